/**
 * Netem: the tc arguments for delay and jitter where the kernel has them built in. Pure.
 *
 * Always: netem is the interface's root and the shaper its child, so packets are delayed first and
 * wait for the rate after that, and netem's own limit, which counts what is under way, is so large
 * that only the shaper's queue ever drops. A rate is given with jitter because netem keeps packets in
 * order only then; it is so high that it delays nothing. Loss is not netem's task here: it would
 * lose segmentation bundles of up to 64 kB at a time, see impairment.ts.
 */
import type { Command } from './command.ts';
import type { Delaying } from './held-packets.ts';

/** What holds packets back in a lab: the kernel's netem, or our delay line. */
export type ImpairmentKind = 'netem' | 'delay-line';

const LIMIT_PACKETS = '1000000';

export function addNetem(namespace: string, device: string, how: Delaying): Command[] {
  return netem('add', namespace, device, how);
}

/** The child, that is the shaper with its queue, stays. */
export function changeNetem(namespace: string, device: string, how: Delaying): Command[] {
  return netem('change', namespace, device, how);
}

function netem(verb: string, namespace: string, device: string, how: Delaying): Command[] {
  const jitter = how.jitter > 0 ? [microseconds(how.jitter)] : [];
  const inOrder = how.jitter > 0 && !how.reorder ? ['rate', '1000gbit'] : [];
  const what = ['limit', LIMIT_PACKETS, 'delay', microseconds(how.delay), ...jitter, ...inOrder];
  const where = ['qdisc', verb, 'dev', device, 'root', 'handle', '1:'];
  return [{ argv: ['tc', '-n', namespace, ...where, 'netem', ...what] }];
}

function microseconds(milliseconds: number): string {
  return `${Math.round(milliseconds * 1000)}us`;
}
