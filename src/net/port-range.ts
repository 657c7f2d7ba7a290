/**
 * Ports of a transport protocol, both ends included: `5060` or `16384-32767`.
 *
 * Always holds: 1 ≤ first ≤ last ≤ 65535.
 */

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const GREATEST = 65_535;

export function parsePortRange(text: string): PortRange | undefined {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (from === undefined) return undefined;
  const [first, last] = [Number(from), Number(to)];
  return first >= 1 && first <= last && last <= GREATEST ? { first, last } : undefined;
}

export function formatPortRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
