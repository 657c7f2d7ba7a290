/**
 * What a daemon does to the machine when it begins.
 *
 * Always holds: an unconfirmed apply keeps its time, and is neither confirmed nor undone by a restart;
 * what was rolled back is not applied again by one: it may be what nobody could undo by hand.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Event } from '../observe/event.ts';
import type { ApplyReport, Gateway } from './gateway.ts';

export interface FirstApply {
  readonly gateway: Pick<Gateway, 'apply' | 'reconverge' | 'rollback' | 'state'>;
  readonly site: SiteConfig;
  readonly file: string;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

/** @returns undefined: nothing is applied. */
export async function firstApply({
  gateway,
  site,
  file,
  onEvent,
}: FirstApply): Promise<ApplyReport | undefined> {
  await gateway.rollback(true);
  const { pending, refused, applied } = await gateway.state();
  if (pending !== undefined) return await gateway.reconverge();
  if (applied === undefined || !isSame(refused, site)) {
    return await gateway.apply(site, file, { whateverFails: true });
  }
  onEvent({
    kind: 'apply-failed',
    text:
      `${file} was rolled back as it is now and is not applied again: what was applied before it ` +
      `stays. \`wamptcp apply -c ${file}\` applies it all the same.`,
  });
  return await gateway.reconverge();
}

/** One of them comes from a file of ours, where it was written as JSON. */
function isSame(one: SiteConfig | undefined, other: SiteConfig): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
