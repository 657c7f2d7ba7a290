/**
 * What paths are called: `<wan>-<peer>` where that is unique; else `<wan>-<peer>-<n>`, with the next
 * n that is free.
 *
 * Always holds: no two paths of a site have one name; a path's name follows from those before it and
 * from what could be taken for it, not from addresses.
 */

/** A peer, and the WAN of each path to it. */
export interface PathsToPeer {
  readonly peer: string;
  readonly wans: readonly string[];
}

export function pathNames(peers: readonly PathsToPeer[]): string[][] {
  const plain = peers.map(({ peer, wans }) => wans.map((wan) => `${wan}-${peer}`));
  const counts = new Map<string, number>();
  for (const name of plain.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const taken = new Set(plain.flat());
  const last = new Map<string, number>();
  return plain.map((names) =>
    names.map((name) => {
      if (counts.get(name) === 1) return name;
      let number = last.get(name) ?? 0;
      do number += 1;
      while (taken.has(`${name}-${number}`));
      last.set(name, number);
      taken.add(`${name}-${number}`);
      return `${name}-${number}`;
    }),
  );
}
