/** The sites of the contract suite. */
import type { SiteConfig } from '../../src/config/site.ts';
import { plan } from '../../src/plan/plan.ts';
import type { ForwardingEntry, Vxlan } from '../../src/plan/resource.ts';
import { plainFacts, siteFrom } from '../support/site.ts';

export interface Variant {
  readonly remote?: string;
  readonly lanGateway?: string;
  readonly wanAddress?: string;
  readonly lanAddress?: string;
  readonly wans?: 1 | 2;
  /** What stands behind `nat:` of the first path. */
  readonly nat?: 'on' | 'off';
  /** What stands behind `provision:`. */
  readonly provision?: string;
  /** What stands behind `proxy:`. */
  readonly proxy?: string;
}

/**
 * Dual stack, one WAN over IPv4 and one over IPv6; a class that prefers
 * the second; hosts get addresses of both families.
 */
export function site(variant: Variant = {}): SiteConfig {
  const { remote = '203.0.113.1', lanGateway = '10.10.1.1', wanAddress = '192.0.2.2/29' } = variant;
  const two = variant.wans !== 1;
  return siteFrom(
    [
      'site: branch',
      `lan: { interface: lan1, addresses: ['${variant.lanAddress ?? '2001:db8:10:9::1/64'}'] }`,
      'wans:',
      `  - { name: one, interface: w1, address: ${wanAddress}, nexthop: 192.0.2.1,`,
      `      subnets: [{ prefix: 10.10.1.0/24, gateway: ${lanGateway} }, '2001:db8:10:1::/64'] }`,
      ...(two
        ? [
            `  - { name: two, interface: w2, address: '2001:db8:2::2/64', nexthop: '2001:db8:2::1',`,
            `      subnets: [10.10.2.0/24] }`,
          ]
        : []),
      'peers:',
      '  - name: hub',
      "    prefixes: [10.20.0.0/16, '2001:db8:20::/48']",
      '    paths:',
      `      - { wan: one, remote: ${remote}, nat: ${variant.nat ?? 'off'} }`,
      ...(two ? [`      - { wan: two, remote: '2001:db8:ee::2' }`] : []),
      ...(two ? ['classes: [{ name: voice, match: { dscp: EF }, prefer: [two] }]'] : []),
      `provision: ${variant.provision ?? 'on'}`,
      `proxy: ${variant.proxy ?? 'off'}`,
    ].join('\n'),
  );
}

/** A WAN whose address is others' business, and one host behind the hub. */
export function managed(): SiteConfig {
  return siteFrom(
    [
      'site: branch',
      'lan: lan1',
      'wans:',
      '  - { name: one, interface: w1, subnet: 10.10.1.0/24 }',
      'peers:',
      '  - name: hub',
      '    prefixes: [10.20.0.5/32]',
      '    paths:',
      '      - { wan: one, remote: 203.0.113.1 }',
    ].join('\n'),
  );
}

/** The tunnels of a site on a machine that has its addresses. */
export function tunnelsOf(wanted: SiteConfig): readonly Vxlan[] {
  return plan(wanted, plainFacts(wanted)).resources.filter(
    (one): one is Vxlan => one.kind === 'vxlan',
  );
}

/** Where those tunnels lead. */
export function entriesOf(wanted: SiteConfig): readonly ForwardingEntry[] {
  return plan(wanted, plainFacts(wanted)).resources.filter(
    (one): one is ForwardingEntry => one.kind === 'forwarding-entry',
  );
}
