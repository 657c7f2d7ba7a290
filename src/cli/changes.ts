/**
 * Changes for people: a mark, what, why, and on request the exact commands.
 */
import type { Change } from '../apply/change.ts';
import type { Dataplane } from '../apply/dataplane.ts';
import type { Waiting } from '../plan/facts.ts';
import { resourceKey } from '../plan/resource.ts';
import { colours } from './output.ts';

const MARKS = {
  add: colours.green('+'),
  change: colours.yellow('~'),
  remove: colours.red('-'),
} as const;

export function changeLine(change: Change): string {
  return `${MARKS[change.action]} ${resourceKey(change.resource)}  ${colours.dim(`(${change.reason})`)}`;
}

export function changeList(
  changes: readonly Change[],
  dataplane: Dataplane,
  commands: boolean,
): string {
  return changes
    .flatMap((change) => [
      changeLine(change),
      ...(commands ? dataplane.commands(change).map((text) => indent(text)) : []),
    ])
    .join('\n');
}

export function waitingList(waiting: readonly Waiting[]): string {
  return waiting.map((one) => `${colours.yellow('…')} ${one.what} waits: ${one.reason}`).join('\n');
}

/** 3 to add, 1 to change, 0 to remove. */
export function changeSummary(changes: readonly Change[]): string {
  const count = (action: Change['action']): number =>
    changes.filter((change) => change.action === action).length;
  return `${count('add')} to add, ${count('change')} to change, ${count('remove')} to remove`;
}

export function changeJson(change: Change, dataplane: Dataplane): unknown {
  return {
    action: change.action,
    what: resourceKey(change.resource),
    reason: change.reason,
    commands: dataplane.commands(change),
  };
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `      ${colours.dim(line)}`)
    .join('\n');
}
