/**
 * Choosing a flow by words: its number, its protocol, an address, or a port.
 *
 * Always holds: all words must fit; the first that fits is the one with the most payload.
 */
import type { Flow } from './flow.ts';

/** @param words such as `2`, `mptcp`, `10.20.0.2`, `:5201` or `udp,:5201`. */
export function chooseFlow(flows: readonly Flow[], words: string | undefined): Flow | undefined {
  if (words === undefined) return flows[0];
  if (/^\d+$/.test(words)) return flows[Number(words) - 1];
  return flows.find((flow) => words.split(',').every((word) => fits(flow, word.trim())));
}

function fits({ protocol, halves }: Flow, word: string): boolean {
  if (word === protocol) return true;
  return halves
    .flatMap(({ source, destination }) => [source, destination])
    .some(
      (end) =>
        end === word ||
        end.startsWith(`${word}:`) ||
        end.startsWith(`[${word}]:`) ||
        (word.startsWith(':') && end.endsWith(word)),
    );
}
