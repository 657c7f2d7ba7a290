/**
 * How large a packet fits through a tunnel: a search over sizes, by questions that are answered or
 * not (packetization-layer path MTU discovery, RFC 8899). It needs no ICMP, which many lines swallow.
 *
 * Always holds: what comes out was answered, the last thing of all; a line that answers nothing, or
 * goes silent while it is asked, says nothing.
 */

/** Which of these sizes, in octets, came through and back. */
export type Ask = (sizes: readonly number[]) => Promise<ReadonlySet<number>>;

/** A control packet of BFD: on a path that is up, so much has come through. */
export const LEAST_MTU = 72;

/** Hardly any line takes less: it is IPv6's least MTU (RFC 8200 section 5) without the headers outside. */
const USUAL_LEAST = 1200;

/**
 * So many sizes at once. Each is a process; in four rounds, each as long as a lost answer, one
 * size among 300 is found.
 */
const WAYS = 6;

/**
 * @param full what the tunnel's device takes, octets.
 * @param known what came out the last time: where it still holds, one question is enough.
 * @returns the greatest size that comes through, 72 … full; undefined: not even the least does.
 */
export async function searchPathMtu(
  ask: Ask,
  full: number,
  known: number = full,
): Promise<number | undefined> {
  const first = await ask(known < full ? [known, known + 1, full] : [full]);
  if (first.has(full)) return full;
  if (first.has(known) && !first.has(known + 1)) return known;
  const found =
    (await searchFrom(ask, USUAL_LEAST, full)) ??
    (await searchFrom(ask, LEAST_MTU, Math.min(USUAL_LEAST, full)));
  if (found === undefined || found === full) return found;
  // A line that died in between has answered only what was asked early.
  return (await ask([found])).has(found) ? found : undefined;
}

/** @returns undefined: not even `least` comes through. */
async function searchFrom(ask: Ask, least: number, full: number): Promise<number | undefined> {
  if (full <= least) return undefined;
  let passes: number | undefined;
  let fails = full;
  // The full size is asked once more: one loss is no verdict.
  let asked: readonly number[] = [least, ...between(least, full), full];
  while (asked.length > 0) {
    const answered = await ask(asked);
    const greatest: number = Math.max(passes ?? 0, ...answered);
    if (greatest < least) return undefined;
    passes = greatest;
    // Whatever was not answered below it was lost for another reason.
    fails = Math.min(fails, ...asked.filter((size) => size > greatest));
    asked = between(passes, fails);
  }
  return passes;
}

/** At most {@link WAYS} sizes that divide what lies between, evenly; none when nothing does. */
function between(passes: number, fails: number): readonly number[] {
  const gap = fails - passes;
  const parts = Math.min(WAYS + 1, gap);
  return Array.from(
    { length: Math.max(0, parts - 1) },
    (_, index) => passes + Math.floor((gap * (index + 1)) / parts),
  );
}
