/**
 * The faults a line has at a moment, and what they come to. Pure.
 *
 * Always holds: one fault of a kind per scope (a second one replaces the first), so the whole state
 * follows from the list, and setting it twice is as good as once.
 */
import type { Delaying } from '../link/held-packets.ts';
import type { Direction } from '../link/direction.ts';
import type { CutSets } from '../build/core.ts';
import type { Attachment, LabLine } from '../plan.ts';
import { formatAttachment } from '../topology/topology.ts';
import type { Fault } from './fault.ts';

/** Null: the whole line; else one attachment, `branch.fibre`. */
export type Scope = string | null;

type Lasting = Exclude<Fault, { readonly kind: 'up' | 'replug' | 'oneway' }>;

export type ActiveFault =
  | (Lasting & { readonly scope: Scope })
  /** What this attachment sends is dropped. */
  | { readonly kind: 'oneway'; readonly scope: string };

export function keyOf(attachment: Attachment): string {
  return formatAttachment(attachment.name);
}

/**
 * The faults after one more. `scope` is where it applies; for `oneway` the attachment that is no
 * longer heard, for `unplug` the attachment that is unplugged.
 */
export function afterFault(
  active: readonly ActiveFault[],
  fault: Fault,
  scope: Scope,
): readonly ActiveFault[] {
  const without = (...kinds: readonly string[]): ActiveFault[] =>
    active.filter(
      (each) => !(kinds.includes(each.kind) && (scope === null || each.scope === scope)),
    );
  switch (fault.kind) {
    case 'up':
      return without('down', 'oneway', 'loss', 'delay', 'unplug');
    case 'replug':
      return without('unplug');
    case 'down':
    case 'unplug':
      return [...without(fault.kind), { kind: fault.kind, scope }];
    case 'oneway':
      if (scope === null) throw new TypeError('oneway without a site');
      return [...without('oneway'), { kind: 'oneway', scope }];
    case 'loss':
      return fault.part === 0 ? without('loss') : [...without('loss'), { ...fault, scope }];
    case 'delay':
      return fault.delay === 0 ? without('delay') : [...without('delay'), { ...fault, scope }];
  }
}

/** Which interfaces of the core are cut. */
export function cutSets(line: LabLine, active: readonly ActiveFault[]): CutSets {
  const isCut = (attachment: Attachment): boolean =>
    active.some(({ kind, scope }) => kind === 'down' && scope === keyOf(attachment));
  const isMute = (attachment: Attachment): boolean =>
    active.some(({ kind, scope }) => kind === 'oneway' && scope === keyOf(attachment));
  const all = active.some(({ kind, scope }) => kind === 'down' && scope === null);
  const interfaces = (wanted: (attachment: Attachment) => boolean): string[] =>
    line.attachments.filter(wanted).map(({ access }) => access.core.interface);
  return {
    from: interfaces((each) => all || isCut(each) || isMute(each)),
    to: interfaces(isCut),
  };
}

/**
 * What an access does to packets of one direction. A fault of the whole line counts once for each
 * packet, where it enters; one of a single access both ways there.
 */
export function impairmentOf(
  attachment: Attachment,
  active: readonly ActiveFault[],
  direction: Direction,
): Delaying {
  const own: Delaying = attachment.access.link[direction];
  const applies = ({ scope }: ActiveFault): boolean =>
    scope === keyOf(attachment) || (scope === null && direction === 'up');
  const here = active.filter(applies);
  const losses = here.flatMap((each) => (each.kind === 'loss' ? each.part : []));
  const delays = here.flatMap((each) => (each.kind === 'delay' ? each.delay : []));
  return {
    delay: delays.reduce((sum, delay) => sum + delay, own.delay),
    jitter: own.jitter,
    reorder: own.reorder,
    loss: 1 - losses.reduce((kept, part) => kept * (1 - part), 1 - own.loss),
  };
}

export function isUnplugged(attachment: Attachment, active: readonly ActiveFault[]): boolean {
  return active.some(({ kind, scope }) => kind === 'unplug' && scope === keyOf(attachment));
}
