/**
 * Differentiated Services code points (RFC 2474): a number of six bits, and the names that the
 * standards give to some of them.
 *
 * Always holds: a name stands for one code point, whatever the case of its letters.
 */

const GREATEST = 63;

/** Class selectors RFC 2474, AF RFC 2597, EF RFC 3246, voice-admit RFC 5865, lower effort RFC 8622. */
const NAMED: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 8 }, (_, selector) => [`CS${selector}`, selector << 3] as const),
  ...[1, 2, 3, 4].flatMap((group) =>
    [1, 2, 3].map((drop) => [`AF${group}${drop}`, (group << 3) | (drop << 1)] as const),
  ),
  ['EF', 46],
  ['VA', 44],
  ['LE', 1],
]);

/** CS6, network control: what BIRD sends BFD with. */
export const ENGINE_DSCP = 48;

/** The name, where it has one. */
export function formatDscp(dscp: number): string {
  return [...NAMED].find(([, value]) => value === dscp)?.[0] ?? String(dscp);
}

/** `EF`, `af41` or `46`; undefined if it is none. */
export function parseDscp(text: string): number | undefined {
  const named = NAMED.get(text.toUpperCase());
  if (named !== undefined) return named;
  return /^\d{1,2}$/.test(text) && Number(text) <= GREATEST ? Number(text) : undefined;
}
