/** The firewall of a site, chain by chain. */
import type { SiteConfig } from '../../src/config/site.ts';
import type { Facts } from '../../src/plan/facts.ts';
import { planFirewall } from '../../src/plan/firewall.ts';
import { NO_OVERRIDES } from '../../src/plan/overrides.ts';
import type { Overrides } from '../../src/plan/overrides.ts';
import { planPaths } from '../../src/plan/path.ts';
import { plainFacts } from './site.ts';

export function ruleset(
  site: SiteConfig,
  overrides: Overrides = NO_OVERRIDES,
  facts: Facts = plainFacts(site),
): string {
  const paths = planPaths(site);
  const mtus = new Map(paths.map(({ device }) => [device, 1450]));
  return planFirewall(site, paths, mtus, overrides, facts);
}

/** The rules of one chain, in their order. */
export function rules(
  site: SiteConfig,
  chain: string,
  overrides: Overrides = NO_OVERRIDES,
  facts: Facts = plainFacts(site),
): readonly string[] {
  const [, body = ''] = ruleset(site, overrides, facts).split(`\tchain ${chain} {\n`);
  return body
    .slice(0, body.indexOf('\n\t}'))
    .split('\n')
    .map((line) => line.trim());
}
