/** Sites for tests, read from YAML as a user writes it. */
import assert from 'node:assert/strict';

import { parseSite } from '../../src/config/parse.ts';
import { formatProblem } from '../../src/config/problem.ts';
import type { SiteConfig } from '../../src/config/site.ts';
import { address } from '../../src/net/address.ts';
import { parseInterfaceAddress } from '../../src/net/address.ts';
import type { InterfaceAddress } from '../../src/net/address.ts';
import type { Address } from '../../src/net/address.ts';
import { NO_FACTS } from '../../src/plan/facts.ts';
import type { Facts, InterfaceFacts } from '../../src/plan/facts.ts';
import { OPTIONAL_SWITCHES } from '../../src/plan/proxy-endpoints.ts';

export function siteFrom(yaml: string, file = 'site.yaml'): SiteConfig {
  const parsed = parseSite(yaml, file);
  if (parsed.ok) return parsed.value.site;
  assert.fail(parsed.error.map((problem) => formatProblem(problem, yaml)).join('\n'));
}

/** A branch with so many WANs of 100 Mb/s, `wan1` on `w1` and so on, and a hub. */
export function branch(wans: number, more = ''): SiteConfig {
  const numbers = Array.from({ length: wans }, (_, index) => index + 1);
  return siteFrom(
    [
      'site: branch',
      'lan: lan1',
      'wans:',
      ...numbers.map(
        (n) =>
          `  - { name: wan${n}, interface: w${n}, address: 192.0.2.${4 * n + 2}/30, ` +
          `nexthop: 192.0.2.${4 * n + 1}, subnet: 10.10.${n}.0/24 }`,
      ),
      'peers:',
      '  - name: hub',
      '    prefixes: [10.20.0.0/16]',
      '    paths:',
      ...numbers.map((n) => `      - { wan: wan${n}, remote: 203.0.113.${n} }`),
      more,
    ].join('\n'),
  );
}

export function interfaceAddress(text: string): InterfaceAddress {
  const parsed = parseInterfaceAddress(text);
  assert.ok(parsed, text);
  return parsed;
}

export function addresses(...texts: readonly string[]): readonly Address[] {
  return texts.map(address);
}

export function interfacesOf(site: SiteConfig): readonly string[] {
  return [...site.lan.interfaces, ...site.wans.map((wan) => wan.interface)];
}

/** Every interface of the site is there, with an MTU of 1500 and nothing on it. */
export function plainFacts(site: SiteConfig): Facts {
  const plain: InterfaceFacts = { mtu: 1500, addresses: [], ways: [] };
  return {
    ...NO_FACTS,
    interfaces: new Map(interfacesOf(site).map((name) => [name, plain])),
    switches: new Set(OPTIONAL_SWITCHES.map((key) => key.join('/'))),
    haproxy: 'wrapped',
    ownedTables: true,
    mainRoutes: [],
    nameServers: [],
  };
}
