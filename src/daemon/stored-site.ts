/**
 * Sites that another version of ours has written, as this version knows them.
 *
 * Always holds: what comes out was read like a site file, so it lacks no key and breaks no rule; the
 * text of the file is asked first, since it says most.
 */
import { parseSite } from '../config/parse.ts';
import { siteText } from '../config/site-text.ts';
import type { SiteConfig } from '../config/site.ts';

/** @returns undefined: this version cannot make a site of it. */
export function readStoredSite(site: unknown, text: unknown): SiteConfig | undefined {
  for (const each of [text, siteText(site)]) {
    if (typeof each !== 'string') continue;
    const parsed = parseSite(each, 'the state');
    if (parsed.ok) return parsed.value.site;
  }
  return undefined;
}
