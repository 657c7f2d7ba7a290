/**
 * For what is asked for again and again, by a timer say: while the last time is not over, it is not
 * begun once more, so that a slow one leaves no queue behind it.
 *
 * @param work must not reject
 */
export function unlessPending(work: () => Promise<unknown>): () => void {
  let pending = false;
  return () => {
    if (pending) return;
    pending = true;
    void work().finally(() => {
      pending = false;
    });
  };
}
