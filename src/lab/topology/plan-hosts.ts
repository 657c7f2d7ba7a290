/**
 * Hosts of the topology → hosts with addresses, one per subnet of their LAN. Pure.
 *
 * Always holds: no address is given twice, none is a gateway's, and every host has a router for each
 * family it has addresses of.
 */
import type { At } from '../../config/draft.ts';
import type { Reporter } from '../../config/source.ts';
import type { SiteConfig, WanSubnet } from '../../config/site.ts';
import { familyOf } from '../../net/address.ts';
import { rangeContains } from '../../net/address-range.ts';
import type { AddressRange } from '../../net/address-range.ts';
import type { Address, InterfaceAddress } from '../../net/address.ts';
import type { InterfaceName } from '../../net/interface-name.ts';
import {
  addressCount,
  nthAddress,
  prefixContains,
  prefixFamily,
  prefixLength,
  prefixOf,
} from '../../net/prefix.ts';
import type { Prefix } from '../../net/prefix.ts';
import { poolOf } from '../../plan/pools.ts';
import { nodeNamespace } from '../names.ts';
import type { HostNode } from '../plan.ts';
import { chooseClient } from './choose-client.ts';
import type { ClientChoice } from './choose-client.ts';
import type { PlacedMiddlebox } from './plan-middleboxes.ts';
import type { TopologyHost } from './topology.ts';

export interface PlacedHost extends HostNode {
  /** The LAN interface of the gateway it is connected to. */
  readonly lan: InterfaceName;
  /** The middlebox it is behind; null: none. */
  readonly behind: string | null;
}

interface Subnet {
  readonly prefix: Prefix;
  readonly router: Address;
  /** What the site's gateway hands out of it. */
  readonly pool: AddressRange | undefined;
}

export class HostPlanner {
  readonly #lab: string;
  readonly #report: Reporter;
  /** By site: what is in use. */
  readonly #taken = new Map<string, Set<Address>>();

  constructor(lab: string, report: Reporter) {
    this.#lab = lab;
    this.#report = report;
  }

  /** For what is no host, and is on the LAN all the same. */
  take(site: SiteConfig, prefix: Prefix): Address | undefined {
    const subnet = site.wans.flatMap((wan) => wan.subnets).find((each) => each.prefix === prefix);
    const pool = subnet === undefined ? undefined : handedOut(site, subnet);
    const free = this.#free(prefix, pool, this.#takenIn(site));
    if (free !== undefined) this.#takenIn(site).add(free);
    return free;
  }

  /** Addresses that the file gives come first, so that none of them is handed out. */
  plan(
    hosts: readonly TopologyHost[],
    sites: ReadonlyMap<string, SiteConfig>,
    boxes: readonly PlacedMiddlebox[],
  ): PlacedHost[] {
    for (const { site, subnets } of boxes) {
      for (const { router } of subnets) this.#takenIn(site).add(router);
    }
    const given = hosts.filter((host) => host.addresses !== undefined);
    const rest = hosts.filter((host) => host.addresses === undefined);
    const planned = new Map(
      [...given, ...rest].map((host) => [
        host,
        this.#planHost(host, sites.get(host.site.value), boxes),
      ]),
    );
    return hosts.flatMap((host) => planned.get(host) ?? []);
  }

  #planHost(
    host: TopologyHost,
    site: SiteConfig | undefined,
    boxes: readonly PlacedMiddlebox[],
  ): PlacedHost[] {
    // A site that is not there, or cannot be read, was reported where it is named.
    if (site === undefined) return [];
    const lan = host.interface?.value ?? site.lan.interfaces[0];
    if (lan === undefined || !site.lan.interfaces.includes(lan)) {
      this.#report.error(
        host.interface?.span ?? host.site.span,
        `site \`${site.site}\` has no LAN interface \`${lan ?? ''}\``,
        `it has ${site.lan.interfaces.join(', ')}`,
      );
      return [];
    }
    const box = this.#boxOf(host, site, boxes);
    if (host.behind !== undefined && box === undefined) return [];
    const client = this.#clientOf(host, site, lan);
    if (client === undefined) return [];
    if (host.addresses !== undefined && host.count !== undefined) {
      this.#report.error(
        host.count.span,
        'several hosts cannot have the same addresses',
        'leave out `addresses`: each host gets the next ones that are free',
      );
      return [];
    }
    const subnets = box === undefined ? subnetsOf(site, lan) : behind(box);
    return hostNames(host).flatMap((name) => {
      const addresses = client.kind === 'static' ? this.#fixed(host, site, subnets) : [];
      if (addresses === undefined) return [];
      return [
        {
          name,
          namespace: nodeNamespace(this.#lab, name),
          site: site.site,
          lan,
          addresses,
          routers: routersFor(addresses, subnets),
          owns: this.#owned(host.owns, site, subnets),
          profile: host.profile === 'off' ? null : site.host,
          endpoints: host.endpoints,
          client: client.kind,
          family: client.family,
          dhcp6: client.dhcp6,
          expects: client.expects,
          behind: box?.name ?? null,
        },
      ];
    });
  }

  #boxOf(
    host: TopologyHost,
    site: SiteConfig,
    boxes: readonly PlacedMiddlebox[],
  ): PlacedMiddlebox | undefined {
    if (host.behind === undefined) return undefined;
    const { value, span } = host.behind;
    const box = boxes.find((each) => each.name === value && each.site === site);
    if (box === undefined) {
      this.#report.error(
        span,
        `site \`${site.site}\` has no middlebox \`${value}\``,
        `add it to \`middleboxes\`: \`${value}: { site: ${site.site}, kind: firewall }\``,
      );
    } else if (host.addresses !== undefined || host.interface !== undefined) {
      this.#report.error(
        span,
        'a host behind a middlebox gets its addresses from the lab',
        'leave out `addresses` and `interface`',
      );
    }
    return box;
  }

  #clientOf(host: TopologyHost, site: SiteConfig, lan: InterfaceName): ClientChoice | undefined {
    const choice = chooseClient(host, site, lan);
    if (choice.ok) return choice.value;
    this.#report.error(choice.error.span, choice.error.message, choice.error.cure);
    return undefined;
  }

  #fixed(
    host: TopologyHost,
    site: SiteConfig,
    subnets: readonly Subnet[],
  ): InterfaceAddress[] | undefined {
    return host.addresses === undefined
      ? this.#nextFree(host, site, subnets)
      : this.#given(host.addresses, site, subnets);
  }

  #nextFree(
    host: TopologyHost,
    site: SiteConfig,
    all: readonly Subnet[],
  ): InterfaceAddress[] | undefined {
    // A host belongs to the WANs; only where there are none, to the other networks of the LAN.
    const tied = all.filter(({ prefix }) => isTied(site, prefix));
    const addresses: InterfaceAddress[] = [];
    for (const { prefix, pool } of tied.length > 0 ? tied : all) {
      const free = this.#free(prefix, pool, this.#takenIn(site));
      if (free === undefined) {
        this.#report.error(
          (host.count ?? host.name).span,
          `${prefix} of site \`${site.site}\` has no room for all of its hosts`,
          pool === undefined
            ? 'have fewer hosts, or a larger subnet in the site file'
            : 'have fewer static hosts: those with a `client` get theirs from the pool',
        );
        return undefined;
      }
      this.#takenIn(site).add(free);
      addresses.push({ address: free, length: prefixLength(prefix) });
    }
    if (addresses.length > 0) return addresses;
    this.#report.error(
      host.site.span,
      `site \`${site.site}\` has no subnet for host \`${host.name.value}\``,
      'give its WANs subnets, or its LAN an address, in the site file',
    );
    return undefined;
  }

  #free(
    prefix: Prefix,
    pool: AddressRange | undefined,
    taken: ReadonlySet<Address>,
  ): Address | undefined {
    // The last address of IPv4 is the broadcast; the first is the network, or all routers.
    const end = addressCount(prefix) - (prefixFamily(prefix) === 'ipv4' ? 1n : 0n);
    for (let index = 1n; index < end; index++) {
      const candidate = nthAddress(prefix, index);
      if (candidate === undefined || taken.has(candidate)) continue;
      // What is handed out to others on demand is nobody's to keep.
      if (pool === undefined || !rangeContains(pool, candidate)) return candidate;
    }
    return undefined;
  }

  #given(
    addresses: readonly At<InterfaceAddress>[],
    site: SiteConfig,
    subnets: readonly Subnet[],
  ): InterfaceAddress[] {
    return addresses.flatMap(({ value, span }) => {
      const prefix = prefixOf(value);
      const known = subnets.map((subnet) => subnet.prefix);
      if (!known.includes(prefix)) {
        this.#report.error(
          span,
          `${prefix} is no network of this LAN of site \`${site.site}\``,
          known.length === 0 ? 'give the site a LAN address' : `it has ${known.join(', ')}`,
        );
        return [];
      }
      if (this.#takenIn(site).has(value.address)) {
        this.#report.error(span, `${value.address} is in use already`, 'give another address');
        return [];
      }
      this.#takenIn(site).add(value.address);
      return [value];
    });
  }

  #owned(
    owns: readonly At<Prefix>[],
    site: SiteConfig,
    subnets: readonly Subnet[],
  ): readonly Prefix[] {
    return owns.flatMap(({ value, span }) => {
      const home = subnets.find(({ prefix }) => prefixContains(prefix, value));
      if (home === undefined) {
        this.#report.error(
          span,
          `${value} is in no network of this LAN of site \`${site.site}\``,
          `choose a part of ${subnets.map(({ prefix }) => prefix).join(' or ')}`,
        );
        return [];
      }
      const inUse = [...this.#takenIn(site)].find((address) => prefixContains(value, address));
      if (inUse === undefined) return [value];
      this.#report.error(
        span,
        `${value} contains ${inUse}, which is in use`,
        'choose a part of the subnet that is free, such as its upper half',
      );
      return [];
    });
  }

  #takenIn(site: SiteConfig): Set<Address> {
    const known = this.#taken.get(site.site);
    if (known !== undefined) return known;
    const taken = new Set([
      ...site.wans.flatMap((wan) => wan.subnets.map((subnet) => subnet.gateway)),
      ...site.lan.addresses.map(({ address }) => address.address),
    ]);
    this.#taken.set(site.site, taken);
    return taken;
  }
}

export function hostNames({ name, count }: TopologyHost): readonly string[] {
  if (count === undefined) return [name.value];
  return Array.from({ length: count.value }, (_, index) => `${name.value}${index + 1}`);
}

function subnetsOf(site: SiteConfig, lan: InterfaceName): readonly Subnet[] {
  return [
    ...site.wans.flatMap((wan) =>
      wan.subnets
        .filter((subnet) => subnet.interface === lan)
        .map((subnet) => ({
          prefix: subnet.prefix,
          router: subnet.gateway,
          pool: handedOut(site, subnet),
        })),
    ),
    ...site.lan.addresses
      .filter((address) => address.interface === lan)
      .map(({ address }) => ({
        prefix: prefixOf(address),
        router: address.address,
        pool: undefined,
      })),
  ];
}

/** What the gateway hands out of a subnet. */
function handedOut(site: SiteConfig, subnet: WanSubnet): AddressRange | undefined {
  return site.provision === undefined || prefixFamily(subnet.prefix) === 'ipv6'
    ? undefined
    : poolOf(subnet);
}

/** As hosts behind a middlebox see their LAN. */
function behind(box: PlacedMiddlebox): readonly Subnet[] {
  return box.subnets.map((subnet) => {
    const own = box.site.wans
      .flatMap((wan) => wan.subnets)
      .find((each) => each.prefix === subnet.prefix);
    return { ...subnet, pool: own === undefined ? undefined : handedOut(box.site, own) };
  });
}

function isTied(site: SiteConfig, prefix: Prefix): boolean {
  return site.wans.some((wan) => wan.subnets.some((subnet) => subnet.prefix === prefix));
}

/** The router of the first address of each family: one default route is enough for all of them. */
function routersFor(
  addresses: readonly InterfaceAddress[],
  subnets: readonly Subnet[],
): HostNode['routers'] {
  const router = (family: 'ipv4' | 'ipv6'): Address | undefined => {
    const first = addresses.find(({ address }) => familyOf(address) === family);
    if (first === undefined) return undefined;
    return subnets.find(({ prefix }) => prefix === prefixOf(first))?.router;
  };
  const ipv4 = router('ipv4');
  const ipv6 = router('ipv6');
  return { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
}
