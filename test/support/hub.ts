/** A hub with many branches, three paths to each. */
import assert from 'node:assert/strict';

import { hubSite } from '../../bench/hub-site.ts';
import { parseSite } from '../../src/config/parse.ts';
import type { SiteConfig } from '../../src/config/site.ts';

export function hubText(branches: number): string {
  return hubSite({ branches, wans: 3, interval: 1000 });
}

export function hubOf(branches: number): SiteConfig {
  const parsed = parseSite(hubText(branches), 'hub.yaml');
  assert.ok(parsed.ok);
  return parsed.value.site;
}
