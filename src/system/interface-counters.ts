/** Byte counters of the interfaces of this network namespace, from /proc/self/net/dev. */
import { readFileSync } from 'node:fs';

export interface InterfaceCounters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export function readInterfaceCounters(): ReadonlyMap<string, InterfaceCounters> {
  return parseInterfaceCounters(readFileSync('/proc/self/net/dev', 'utf8'));
}

/** Which of these exist. */
export function presentInterfaces(names: readonly string[]): ReadonlySet<string> {
  const all = readInterfaceCounters();
  return new Set(names.filter((name) => all.has(name)));
}

/** proc(5): after the name, eight columns of reception, then eight of transmission. */
export function parseInterfaceCounters(text: string): ReadonlyMap<string, InterfaceCounters> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const match = /^\s*(\S+):\s*(.*)$/.exec(line);
      const columns = (match?.[2] ?? '').trim().split(/\s+/).map(Number);
      const [receivedBytes, sentBytes] = [columns[0], columns[8]];
      if (match?.[1] === undefined || receivedBytes === undefined || sentBytes === undefined) {
        return [];
      }
      return [[match[1], { receivedBytes, sentBytes }] as const];
    }),
  );
}
