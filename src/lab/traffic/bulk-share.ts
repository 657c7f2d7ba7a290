/** How the bytes of a bulk transfer are divided among its connections: evenly, the first ones take the rest. */

export function shareOf(bytes: number, connection: number, connections: number): number {
  return Math.floor(bytes / connections) + (connection < bytes % connections ? 1 : 0);
}
