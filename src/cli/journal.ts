/** What a command did to the machine, as an event: its terminal may be gone. */
import { isInterruption } from '../apply/interruption.ts';
import { EventJournal } from '../daemon/event-journal.ts';
import type { ApplyReport } from '../daemon/gateway.ts';
import { systemClock } from '../lib/clock.ts';
import { brieflyOf } from '../lib/errors.ts';
import { createLogger } from '../lib/logger.ts';
import type { Event } from '../observe/event.ts';
import { resourceKey } from '../plan/resource.ts';
import type { RunDirectory } from '../system/run-directory.ts';

/** A full disk keeps no command from its end. */
export function note({ events }: RunDirectory, kind: Event['kind'], text: string): void {
  new EventJournal(events, createLogger({ level: 'silent' })).add({
    at: systemClock.wall(),
    kind,
    text,
  });
}

/**
 * @param what is done: `site branch is applied`
 * @param command `apply`
 * @param why it was interrupted, behind that word
 */
export function noteReport(
  directory: RunDirectory,
  { done, failure }: ApplyReport,
  what: string,
  command: string,
  why?: string,
): void {
  if (failure === undefined) {
    if (done.length > 0 || why !== undefined) {
      note(directory, 'applied', `${what}: ${done.length} changes by \`wamptcp ${command}\``);
    }
    return;
  }
  const left = failure.notUndone.map(
    ({ change, error }) => `${resourceKey(change.resource)} (${brieflyOf(error)})`,
  );
  const cause = isInterruption(failure.error)
    ? `was interrupted ${why ?? ''}`.trimEnd()
    : `failed: ${brieflyOf(failure.error)}`;
  const end =
    left.length === 0
      ? `the ${done.length} changes made before it were undone`
      : `these could not be undone: ${left.join(', ')}`;
  note(directory, 'apply-failed', `\`wamptcp ${command}\` ${cause}; ${end}`);
}
