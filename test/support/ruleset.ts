/** The firewall of a site, chain by chain. */
import type { SiteConfig } from '../../src/config/site.ts';
import { planFirewall } from '../../src/plan/firewall.ts';
import { NO_OVERRIDES } from '../../src/plan/overrides.ts';
import { planPaths } from '../../src/plan/path.ts';

export function ruleset(site: SiteConfig): string {
  return planFirewall(site, planPaths(site), 1450, NO_OVERRIDES);
}

/** The rules of one chain, in their order. */
export function rules(site: SiteConfig, chain: string): readonly string[] {
  const [, body = ''] = ruleset(site).split(`\tchain ${chain} {\n`);
  return body
    .slice(0, body.indexOf('\n\t}'))
    .split('\n')
    .map((line) => line.trim());
}
