/** The word a person probably meant. */

/** The candidate closest to `word`; undefined when none is close enough, or several are as close. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const given = normal(word);
  let best: string | undefined;
  let bestDistance = Infinity;
  let ties = 0;
  for (const candidate of candidates) {
    const distance = editDistance(given, normal(candidate));
    if (distance === bestDistance) ties += 1;
    if (distance < bestDistance) [best, bestDistance, ties] = [candidate, distance, 0];
  }
  if (ties > 0) return undefined;
  // A third of the letters may be wrong: `subent` is `subnet`, `mtu` is not `vni`.
  return best !== undefined && bestDistance <= Math.max(1, Math.floor(best.length / 3))
    ? best
    : undefined;
}

/** People write `holdDown`, `hold_down` and `Hold-Down`. */
function normal(word: string): string {
  return word
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const replace = (last[j - 1] ?? 0) + Number(one[i - 1] !== other[j - 1]);
      let distance = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replace);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    [beforeLast, last] = [last, row];
  }
  return last[other.length] ?? 0;
}
