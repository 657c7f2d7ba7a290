/**
 * Does several things one after the other, of which none shall keep the next from being done.
 *
 * @param onFailure is told what any of them threw
 */
export async function eachInTurn(
  works: readonly (() => Promise<unknown>)[],
  onFailure: (error: unknown) => void,
): Promise<void> {
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      onFailure(error);
    }
  }
}
