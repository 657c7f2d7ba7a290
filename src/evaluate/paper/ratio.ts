/** One printed figure as a part of another; undefined where either is no number. */
export function printedRatio(
  one: string | undefined,
  other: string | undefined,
): string | undefined {
  const ratio = Number(one) / Number(other);
  return Number.isNaN(ratio) ? undefined : ratio.toFixed(2);
}
