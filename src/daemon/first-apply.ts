/**
 * What a daemon does to the machine when it begins.
 *
 * Always holds: an unconfirmed apply keeps its time, and is neither confirmed nor undone by a restart;
 * what was not confirmed is not applied by a restart, nor by a reboot: it may be what locks somebody
 * out.
 */
import type { SiteSource } from '../apply/state.ts';
import type { SiteConfig } from '../config/site.ts';
import { messageOf } from '../lib/errors.ts';
import type { Event } from '../observe/event.ts';
import type { ApplyReport, Gateway } from './gateway.ts';
import { refuseAnotherSite } from './refusals.ts';
import { readKeptSite } from './kept-sites.ts';

export interface FirstApply {
  readonly gateway: Pick<Gateway, 'apply' | 'kept' | 'reconverge' | 'rollback' | 'state'>;
  readonly site: SiteConfig;
  readonly file: string;
  /** What is in the file. */
  readonly text?: string | undefined;
  /** The site may take the place of another one. */
  readonly replaceSite?: boolean | undefined;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

/** @returns undefined: nothing is applied. */
export async function firstApply(options: FirstApply): Promise<ApplyReport | undefined> {
  const { gateway, site, file, text, replaceSite = false, onEvent } = options;
  await gateway.rollback(true);
  const { pending, refused, applied } = await gateway.state();
  if (pending !== undefined) return await gateway.reconverge();
  if (applied !== undefined && isSame(refused?.site, site)) {
    onEvent({
      kind: 'apply-failed',
      text:
        `${file} was rolled back as it is now and is not applied again: what was applied before it ` +
        `stays. \`wamptcp apply -c ${file}\` applies it all the same.`,
    });
    return await gateway.reconverge();
  }
  if (!replaceSite) refuseAnotherSite(applied, site);
  const lost = applied === undefined ? await beforeReboot(options) : undefined;
  if (lost !== undefined) {
    onEvent({
      kind: 'apply-failed',
      text:
        `${file} was not confirmed before the reboot and is not applied: ${lost.confirmed.file}, as it was ` +
        `confirmed last, is. \`wamptcp apply -c ${file}\` applies it all the same.`,
    });
    return await gateway.apply(lost.confirmed.site, lost.confirmed.file, {
      ...textOf(lost.confirmed.text),
      whateverFails: true,
      insteadOf: lost.unconfirmed,
    });
  }
  return await gateway.apply(site, file, { ...textOf(text), replaceSite, whateverFails: true });
}

/** Undefined: the file may come up, since it does not wait for confirmation, or nothing else is known. */
async function beforeReboot({
  gateway,
  site,
  onEvent,
}: FirstApply): Promise<
  { readonly confirmed: SiteSource; readonly unconfirmed: SiteSource } | undefined
> {
  try {
    const kept = await gateway.kept();
    if (kept.confirmed === undefined || kept.unconfirmed === undefined) return undefined;
    const unconfirmed = await readKeptSite(kept.unconfirmed);
    if (unconfirmed === undefined || !isSame(unconfirmed.site, site)) return undefined;
    const confirmed = await readKeptSite(kept.confirmed);
    return confirmed && { confirmed, unconfirmed };
  } catch (error) {
    onEvent({
      kind: 'apply-failed',
      text: `which site was confirmed last is not known: ${messageOf(error)}`,
    });
    return undefined;
  }
}

function textOf(text: string | undefined): { readonly text?: string } {
  return text === undefined ? {} : { text };
}

/** One of them may come from a file of ours, where it was written as JSON. */
function isSame(one: SiteConfig | undefined, other: SiteConfig): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
