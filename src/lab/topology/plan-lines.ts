/**
 * Lines of the topology and the sites on them → accesses with their addresses and routes. Pure.
 *
 * Always holds: a WAN of a site is on one line at most; on a line every address is one gateway's,
 * and every path of the sites' files finds its far end there.
 */
import type { At } from '../../config/draft.ts';
import type { Reporter } from '../../config/source.ts';
import type { SiteConfig, Wan } from '../../config/site.ts';
import { addressBits, familyOf, formatInterfaceAddress } from '../../net/address.ts';
import type { Address, InterfaceAddress } from '../../net/address.ts';
import { nthAddress, prefixContains, prefixOf } from '../../net/prefix.ts';
import type { Prefix } from '../../net/prefix.ts';
import { accessNamespace, coreNamespace, nodeNamespace } from '../names.ts';
import type { AccessRouting, Attachment, LabLine, LentAddress, LineMiddlebox } from '../plan.ts';
import { planLinks } from './plan-link.ts';
import { formatAttachment } from './topology.ts';
import type { AttachmentName, TopologyAttachment, TopologyLine } from './topology.ts';

/** A WAN on a line, with the addresses it has there. */
interface Placed {
  readonly name: At<AttachmentName>;
  readonly site: SiteConfig;
  readonly wan: Wan;
  readonly addresses: readonly InterfaceAddress[];
  readonly nexthops: readonly Address[];
  /** The addresses are the lab's to give. */
  readonly lent: boolean;
  readonly middlebox: LineMiddlebox | null;
}

export interface LineSites {
  /** Those of which the files are good. */
  readonly sites: ReadonlyMap<string, SiteConfig>;
  /** All that the topology names. */
  readonly named: ReadonlySet<string>;
}

export function planLines(
  lab: string,
  lines: readonly TopologyLine[],
  { sites, named }: LineSites,
  report: Reporter,
): LabLine[] {
  const used = new Map<string, string>();
  return lines.map((line) => {
    const placed = line.connects.map((name) => {
      const key = formatAttachment(name.value);
      const other = used.get(key);
      if (other !== undefined) {
        report.error(
          name.span,
          `\`${key}\` is on line \`${other}\` already`,
          'a WAN has one interface, so it is on one line; connect several sites to that line',
        );
        return undefined;
      }
      used.set(key, line.name.value);
      return place(name, line, { sites, named }, report);
    });
    const there = placed.filter((each) => each !== undefined);
    if (there.length === placed.length) checkLine(line, there, report);
    const links = planLinks(line);
    return {
      name: line.name.value,
      core: coreNamespace(lab, line.name.value),
      values: line.values,
      mtu: line.mtu,
      attachments: placed.flatMap((each, index): Attachment[] => {
        const link = links[index];
        if (each === undefined || link === undefined) return [];
        return [
          {
            name: each.name.value,
            access: {
              namespace: accessNamespace(lab, line.name.value, each.name.value),
              gateway: {
                namespace: nodeNamespace(lab, each.site.site),
                interface: each.wan.interface,
              },
              core: {
                namespace: coreNamespace(lab, line.name.value),
                interface: `access${index + 1}`,
              },
              // The addresses are in `routing`, since others may live in the same subnet.
              subnets: [],
              link,
            },
            routing: planRouting(each, there),
            middlebox: each.middlebox,
          },
        ];
      }),
    };
  });
}

function place(
  name: At<AttachmentName>,
  line: TopologyLine,
  { sites, named }: LineSites,
  report: Reporter,
): Placed | undefined {
  const key = formatAttachment(name.value);
  const site = sites.get(name.value.site);
  if (site === undefined) {
    // What is wrong with its file was reported there.
    if (named.has(name.value.site)) return undefined;
    report.error(
      name.span,
      `there is no site \`${name.value.site}\``,
      named.size === 0 ? 'add it to `sites`' : `known sites: ${[...named].join(', ')}`,
    );
    return undefined;
  }
  const wan = site.wans.find((each) => each.name === name.value.wan);
  if (wan === undefined) {
    report.error(
      name.span,
      `site \`${site.site}\` has no WAN \`${name.value.wan}\``,
      `it has ${site.wans.map((each) => each.name).join(', ')}`,
    );
    return undefined;
  }
  const own = line.attachments.find((each) => formatAttachment(each.name.value) === key);
  const given = own?.addresses ?? [];
  const middlebox = middleboxOf(line, own);
  if (wan.addresses.length > 0) {
    const [first] = given;
    if (first !== undefined) {
      report.error(
        first.span,
        `\`${key}\` has its addresses from its site file`,
        'remove them here; a lab gives addresses only to WANs that have none',
      );
    }
    return {
      name,
      site,
      wan,
      addresses: wan.addresses,
      nexthops: wan.nexthops,
      lent: false,
      middlebox,
    };
  }
  if (given.length === 0) {
    report.error(
      name.span,
      `\`${key}\` has no address in its site file, and none here`,
      `add \`attachments: { ${key}: { address: 192.0.2.2/24 } }\` to the line`,
    );
    return undefined;
  }
  const addresses = given.map(({ value }) => value);
  const nexthops = addresses.flatMap((address) => {
    const family = familyOf(address.address);
    const told = own?.nexthops.find(({ value }) => familyOf(value) === family)?.value;
    return told ?? wan.nexthops.find((each) => familyOf(each) === family) ?? firstOther(address);
  });
  return { name, site, wan, addresses, nexthops, lent: true, middlebox };
}

function middleboxOf(
  { pathMtu, swallowsIcmp }: TopologyLine,
  own: TopologyAttachment | undefined,
): LineMiddlebox | null {
  const firewall = own?.firewall ?? false;
  const nat = own?.nat?.value ?? null;
  if (!firewall && nat === null && pathMtu === undefined && !swallowsIcmp) return null;
  return { firewall, nat, pathMtu: pathMtu ?? null, swallowsIcmp };
}

/** By what a gateway is known on its line: behind a NAT not by its own IPv4 addresses. */
function knownAs({ addresses, middlebox }: Placed): Address[] {
  const own = addresses.map(({ address }) => address);
  const nat = middlebox?.nat ?? null;
  if (nat === null) return own;
  return [nat as Address, ...own.filter((address) => familyOf(address) === 'ipv6')];
}

/** The usual router of a network: its first host. */
function firstOther(address: InterfaceAddress): Address {
  const network = prefixOf(address);
  const first = nthAddress(network, 1n);
  return first === undefined || first === address.address
    ? (nthAddress(network, 2n) ?? address.address)
    : first;
}

function checkLine(line: TopologyLine, placed: readonly Placed[], report: Reporter): void {
  const owners = new Map<Address, Placed>();
  for (const each of placed) {
    for (const address of knownAs(each)) {
      const other = owners.get(address);
      if (other === undefined) owners.set(address, each);
      else {
        report.error(
          each.name.span,
          `\`${formatAttachment(each.name.value)}\` and \`${formatAttachment(other.name.value)}\` both have the address ${address}`,
          'change one of the site files, or connect them to different lines',
        );
      }
    }
  }
  for (const each of placed) {
    for (const peer of each.site.peers) {
      for (const path of peer.paths) {
        if (path.wan !== each.wan.name || owners.has(path.remote)) continue;
        report.error(
          each.name.span,
          `path \`${path.name}\` of site \`${each.site.site}\` leads to ${path.remote}, but nobody on line \`${line.name.value}\` has that address`,
          `connect the WAN of \`${peer.name}\` that has it, or mend \`remote\` in the site file`,
        );
      }
    }
  }
}

function planRouting(self: Placed, all: readonly Placed[]): AccessRouting {
  const others = all.filter((each) => each !== self);
  const taken = new Set(all.flatMap((each) => each.addresses.map(({ address }) => address)));
  const neighbours = (network: Prefix): Address[] =>
    others.flatMap((each) =>
      each.addresses.map(({ address }) => address).filter((one) => prefixContains(network, one)),
    );
  const shared = (network: Prefix): boolean =>
    others.some((each) => each.addresses.some((one) => prefixOf(one) === network));
  const networks = [...new Set(self.addresses.map(prefixOf))];
  return {
    own: self.nexthops
      .filter((nexthop) => !taken.has(nexthop))
      .map((nexthop) => `${nexthop}/${lengthFor(nexthop, self.addresses)}`),
    near: self.addresses.map(({ address }) => address),
    subnets: networks.filter((network) => !shared(network) && !isSingle(network)),
    far: networks.flatMap(neighbours),
    lent: self.lent ? self.addresses.map((address) => lend(address, self.nexthops)) : [],
  };
}

function isSingle(network: Prefix): boolean {
  return network.endsWith(network.includes(':') ? '/128' : '/32');
}

function lend(address: InterfaceAddress, nexthops: readonly Address[]): LentAddress {
  const family = familyOf(address.address);
  return {
    address: formatInterfaceAddress(address),
    nexthop: nexthops.find((each) => familyOf(each) === family) ?? null,
  };
}

/** A next hop is in the gateway's network, or on the cable alone: link-local or off-subnet. */
function lengthFor(nexthop: Address, addresses: readonly InterfaceAddress[]): number {
  const home = addresses.find((address) => prefixContains(prefixOf(address), nexthop));
  if (home !== undefined) return home.length;
  return nexthop.startsWith('fe80:') ? 64 : addressBits(familyOf(nexthop));
}
