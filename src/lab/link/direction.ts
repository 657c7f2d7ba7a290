/** The two ways of a line: `up` from the gateway into the network, `down` to the gateway. */
export type Direction = 'up' | 'down';
export const DIRECTIONS: readonly Direction[] = ['up', 'down'];
