/** What of the machine is in the way of a site, as a person reads it before and after applying it. */
import { findWarnings } from '../daemon/warnings.ts';
import type { SiteConfig } from '../config/site.ts';
import type { Warning } from '../observe/warning.ts';
import { complain } from './output.ts';

export function warningText({ text, advice }: Warning): string {
  return `warning: ${text}\n  = ${advice}`;
}

/** To stderr, so that what a program reads on stdout stays as it is. */
export async function printWarnings(site: SiteConfig): Promise<readonly Warning[]> {
  const { warnings } = await findWarnings(site);
  for (const one of warnings) complain(warningText(one));
  return warnings;
}
