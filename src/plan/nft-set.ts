/** An anonymous set as nft(8) reads it: each element once, in one order whatever the input's. */
export function nftSet(elements: readonly string[]): string {
  return `{ ${[...new Set(elements)].toSorted().join(', ')} }`;
}
