/**
 * Middleboxes of the topology, between hosts and their gateway → what stands on which side. Pure.
 *
 * Always holds: IPv4 only; outside a middlebox has one free address in the subnet of each WAN; a NAT
 * has as many networks inside, of its own, in the same order.
 */
import type { Reporter } from '../../config/source.ts';
import type { SiteConfig } from '../../config/site.ts';
import { formatInterfaceAddress } from '../../net/address.ts';
import type { Address, InterfaceAddress } from '../../net/address.ts';
import type { InterfaceName } from '../../net/interface-name.ts';
import { nthAddress, prefix, prefixFamily, prefixLength, prefixOf } from '../../net/prefix.ts';
import type { Prefix } from '../../net/prefix.ts';
import { nodeNamespace } from '../names.ts';
import type { LanMiddlebox } from '../plan.ts';
import type { TopologyMiddlebox } from './topology.ts';

/** A middlebox as its hosts are planned by it. */
export interface PlacedMiddlebox {
  readonly name: string;
  readonly site: SiteConfig;
  readonly lan: InterfaceName;
  readonly kind: TopologyMiddlebox['kind'];
  /** Its own, in the order of the WANs. */
  readonly outside: readonly InterfaceAddress[];
  /** The networks of its hosts, with the router that they are told of. */
  readonly subnets: readonly { readonly prefix: Prefix; readonly router: Address }[];
}

/** Takes the next free address of a subnet; undefined: there is none. */
export type Take = (site: SiteConfig, subnet: Prefix) => Address | undefined;

export function placeMiddleboxes(
  boxes: readonly TopologyMiddlebox[],
  sites: ReadonlyMap<string, SiteConfig>,
  take: Take,
  report: Reporter,
): PlacedMiddlebox[] {
  return boxes.flatMap((box) => {
    const site = sites.get(box.site.value);
    // A site that is not there, or cannot be read, was reported where it is named.
    if (site === undefined) return [];
    const [lan] = site.lan.interfaces;
    const subnets = site.wans
      .flatMap((wan) => wan.subnets)
      .filter((each) => each.interface === lan && prefixFamily(each.prefix) === 'ipv4');
    const outside = subnets.flatMap(({ prefix: subnet }) => {
      const address = take(site, subnet);
      return address === undefined ? [] : [{ address, length: prefixLength(subnet) }];
    });
    if (lan === undefined || subnets.length === 0 || outside.length < subnets.length) {
      report.error(
        box.site.span,
        `site \`${site.site}\` has no room for middlebox \`${box.name.value}\``,
        'give its WANs subnets of IPv4 on its first LAN interface, with an address to spare',
      );
      return [];
    }
    const { kind } = box;
    const own = subnets.map(({ prefix: subnet, gateway }, index) =>
      kind === 'firewall' ? { prefix: subnet, router: gateway } : ownNetwork(index + 1),
    );
    return [{ name: box.name.value, site, lan, kind, outside, subnets: own }];
  });
}

export function planMiddlebox(
  lab: string,
  { name, site, kind, outside, subnets }: PlacedMiddlebox,
  hosts: readonly InterfaceAddress[],
): LanMiddlebox {
  const [first] = outside;
  const router = site.wans
    .flatMap((wan) => wan.subnets)
    .find((subnet) => first !== undefined && subnet.prefix === prefixOf(first))?.gateway;
  if (first === undefined || router === undefined) {
    throw new TypeError(`middlebox ${name} has no subnet`);
  }
  return {
    name,
    namespace: nodeNamespace(lab, name),
    router,
    outside: outside.map(formatInterfaceAddress),
    inside:
      kind === 'firewall'
        ? []
        : subnets.map((each) => `${each.router}/${prefixLength(each.prefix)}`),
    hosts: hosts.map(({ address }) => address),
    translates:
      kind === 'firewall'
        ? []
        : subnets.map((each, index) => ({
            from: each.prefix,
            to: (kind === 'nat' ? (outside[index] ?? first) : first).address,
          })),
  };
}

/** RFC 1918; the same behind every NAT, as usual. */
function ownNetwork(number: number): { readonly prefix: Prefix; readonly router: Address } {
  const network = prefix(`192.168.${number}.0/24`);
  const router = nthAddress(network, 1n);
  if (router === undefined) throw new TypeError(`${network} is empty`);
  return { prefix: network, router };
}
