/**
 * What `ip -j` prints, checked and turned into resources; pure.
 *
 * Always holds: only the fields that we use are looked at, and what is not understood is skipped:
 * it is somebody else's.
 */
import { z } from 'zod';

import type { Observed } from '../../apply/actual.ts';
import { addressBits, familyOf, parseAddress } from '../../net/address.ts';
import type { Address, Family, InterfaceAddress } from '../../net/address.ts';
import { parseInterfaceName } from '../../net/interface-name.ts';
import { parsePrefix, prefix, prefixContains } from '../../net/prefix.ts';
import type { MainRoute } from '../../plan/facts.ts';
import { isTunnelName, ROUTE_PROTOCOL } from '../../plan/ids.ts';
import type { ForwardingEntry, Resource, Route, Rule } from '../../plan/resource.ts';

const link = z.object({
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number(),
  address: z.string().optional(),
  ifalias: z.string().optional(),
  addr_info: z
    .array(
      z.object({
        local: z.string().optional(),
        /** The other end of a point-to-point link. */
        address: z.string().optional(),
        prefixlen: z.number().optional(),
        scope: z.string().optional(),
        /** RFC 8981. */
        temporary: z.boolean().optional(),
        /** RFC 4862: not yet known to be alone, found not to be, no longer for new connections. */
        tentative: z.boolean().optional(),
        dadfailed: z.boolean().optional(),
        deprecated: z.boolean().optional(),
        secondary: z.boolean().optional(),
      }),
    )
    .optional(),
  linkinfo: z
    .object({ info_kind: z.string().optional(), info_data: z.unknown().optional() })
    .optional(),
});

const vxlan = z.object({
  id: z.number(),
  port: z.number(),
  port_range: z.object({ low: z.number() }).optional(),
  link: z.string().optional(),
  local: z.string().optional(),
  local6: z.string().optional(),
  df: z.string().optional(),
});

export type Link = z.infer<typeof link>;

/** `ip -j -d address show`. */
export function parseLinks(json: string): readonly Link[] {
  return parseArray(json, link);
}

export function linkResources(links: readonly Link[]): readonly Resource[] {
  return links.flatMap((one) => {
    const name = parseInterfaceName(one.ifname);
    if (name === undefined) return [];
    return [
      ...(one.flags.includes('UP') ? [{ kind: 'link-up' as const, interface: name }] : []),
      ...interfaceAddresses(one).map((own) => ({
        kind: 'address' as const,
        interface: name,
        ...own,
      })),
      ...vxlanResource(one),
    ];
  });
}

function vxlanResource(one: Link): readonly Resource[] {
  const data = vxlan.safeParse(one.linkinfo?.info_data);
  if (one.linkinfo?.info_kind !== 'vxlan' || !data.success) return [];
  const name = parseInterfaceName(one.ifname);
  const local = parseAddress(data.data.local ?? data.data.local6 ?? '::');
  if (!name || !local) return [];
  return [
    {
      kind: 'vxlan',
      name,
      vni: data.data.id,
      port: data.data.port,
      // 0: the machine's own range of ports, by flow.
      sourcePort: data.data.port_range?.low || undefined,
      local,
      df: data.data.df === 'inherit' ? 'inherit' : 'unset',
      lower: parseInterfaceName(data.data.link ?? ''),
      mac: one.address ?? '',
      mtu: one.mtu,
      alias: one.ifalias ?? '',
    },
  ];
}

/** Devices of another kind that have the name of a tunnel that is wanted: tunnels to nowhere. */
export function devicesInTheWay(
  links: readonly Link[],
  wanted: readonly Resource[],
): readonly Resource[] {
  const byName = new Map(links.map((link) => [link.ifname, link]));
  return wanted.flatMap((resource) => {
    if (resource.kind !== 'vxlan') return [];
    const one = byName.get(resource.name);
    return one === undefined || vxlanResource(one).length > 0
      ? []
      : [{ ...resource, vni: 0, mtu: one.mtu, alias: one.ifalias ?? '' }];
  });
}

function interfaceAddresses(one: Link): readonly InterfaceAddress[] {
  return (one.addr_info ?? []).flatMap((info) => {
    const parsed = parseAddress(info.local ?? '');
    return parsed === undefined || info.prefixlen === undefined
      ? []
      : [{ address: parsed, length: info.prefixlen }];
  });
}

const rule = z.object({
  priority: z.number(),
  src: z.string(),
  srclen: z.number().optional(),
  dst: z.string().optional(),
  dstlen: z.number().optional(),
  iif: z.string().optional(),
  oif: z.string().optional(),
  ipproto: z.string().optional(),
  fwmark: z.string().optional(),
  table: z.string().optional(),
  suppress_prefixlen: z.number().optional(),
  protocol: z.string().optional(),
});

/** RTN_LOCAL and RTN_THROW, with `-N`; what is neither has a device or is an orphan of the engine's. */
const TYPES: Readonly<Record<string, Route['type']>> = { '2': 'local', '9': 'throw' };

/** With `-N`, iproute2's word for a protocol that it does not look up. */
const NUMBER_OF_TCP = 'ipproto-6';

/** `ip -j rule show`; the mark of the owner is the protocol. */
export function parseRules(json: string, family: Family): readonly Observed[] {
  return parseArray(json, rule)
    .filter((one) => one.protocol === String(ROUTE_PROTOCOL))
    .map((one): Observed => {
      const resource: Rule = {
        kind: 'rule',
        family,
        priority: one.priority,
        from: one.src === 'all' ? undefined : withLength(one.src, one.srclen),
        to: one.dst === undefined ? undefined : withLength(one.dst, one.dstlen),
        outgoing: one.oif,
        incoming: one.iif,
        ipProtocol: one.ipproto === NUMBER_OF_TCP ? 'tcp' : one.ipproto,
        mark: one.fwmark,
        table: tableNumber(one.table),
        suppressPrefixLength: one.suppress_prefixlen,
      };
      return { resource, owned: true };
    });
}

/** How a route leaves. */
export const hop = z.object({
  gateway: z.string().optional(),
  /** A next hop of the other family. */
  via: z.object({ host: z.string() }).optional(),
  dev: z.string().optional(),
});

const route = z.object({
  type: z.string().optional(),
  dst: z.string(),
  ...hop.shape,
  table: z.string().optional(),
});

/** `ip -j route show …`. */
export function parseRoutes(json: string, family: Family): readonly Route[] {
  return parseArray(json, route).flatMap((one): readonly Route[] => {
    const device = parseInterfaceName(one.dev ?? 'lo');
    if (device === undefined) return [];
    return [
      {
        kind: 'route',
        family,
        table: tableNumber(one.table),
        type: TYPES[one.type ?? ''] ?? 'unicast',
        destination: withLengthOfHost(one.dst),
        interface: device,
        via: viaOf(one),
      },
    ];
  });
}

const forwardingEntry = z.object({
  mac: z.string(),
  ifname: z.string(),
  dst: z.string().optional(),
  /** Its name; of an interface that is gone, `if` and its former number. */
  viaIf: z.string().optional(),
});

/** `bridge -j fdb show`: those that lead somewhere, as a VXLAN device's do. */
export function parseForwardingEntries(json: string): readonly ForwardingEntry[] {
  return parseArray(json, forwardingEntry).flatMap((one): readonly ForwardingEntry[] => {
    const device = parseInterfaceName(one.ifname);
    const remote = parseAddress(one.dst ?? '');
    if (!device || !remote) return [];
    const lower = parseInterfaceName(one.viaIf ?? '');
    return [{ kind: 'forwarding-entry', interface: device, mac: one.mac, remote, lower }];
  });
}

const mainRoute = z.object({
  /** RTN_UNICAST where there is none: it leads somewhere. */
  type: z.literal('1').optional(),
  dst: z.string(),
  dev: z.string().optional(),
  nexthops: z.array(z.object({ dev: z.string() })).optional(),
});

/** Multicast, and what stays on its link. */
const ON_LINK = ['169.254.0.0/16', '224.0.0.0/4', 'fe80::/10', 'ff00::/8'].map(prefix);

/** `ip -N -j route show table main`: routes to networks; those by our tunnels, thousands on a hub, are none. */
export function parseMainRoutes(json: string): readonly MainRoute[] {
  return parseArray(json, mainRoute).flatMap(({ dst, dev, nexthops = [] }) => {
    if (dev !== undefined && isTunnelName(dev)) return [];
    const destination = parsePrefix(withLengthOfHost(dst));
    const interfaces = [...(dev === undefined ? [] : [dev]), ...nexthops.map((hop) => hop.dev)];
    if (destination === undefined || interfaces.length === 0) return [];
    if (ON_LINK.some((link) => prefixContains(link, destination))) return [];
    return [{ destination, interfaces }];
  });
}

const neighbour = z.object({
  dst: z.string(),
  dev: z.string(),
  lladdr: z.string().optional(),
  state: z.array(z.string()).optional(),
});

/** `ip -j neigh show nud permanent`. */
export function parseNeighbours(json: string): readonly Resource[] {
  return parseArray(json, neighbour).flatMap((one): readonly Resource[] => {
    const parsed = parseAddress(one.dst);
    const device = parseInterfaceName(one.dev);
    if (!parsed || !device || one.lladdr === undefined) return [];
    return [{ kind: 'neighbour', interface: device, address: parsed, mac: one.lladdr }];
  });
}

export interface NeighbourSeen {
  readonly interface: string;
  readonly address: Address;
  readonly mac: string;
}

/** `ip -j neigh show`: those that answered, or were not asked since. */
export function parseSeen(json: string): readonly NeighbourSeen[] {
  return parseArray(json, neighbour).flatMap(({ dst, dev, lladdr, state }) => {
    const address = parseAddress(dst);
    const gone = state?.some((each) => each === 'FAILED' || each === 'INCOMPLETE') ?? false;
    if (address === undefined || lladdr === undefined || gone) return [];
    return [{ interface: dev, address, mac: lladdr }];
  });
}

export function viaOf({ gateway, via }: z.infer<typeof hop>): Address | undefined {
  return parseAddress(gateway ?? via?.host ?? '');
}

/** A host rule has no length in the output. */
function withLength(text: string, length: number | undefined): string {
  const parsed = parseAddress(text);
  if (parsed === undefined || length === undefined) return text;
  return length === addressBits(familyOf(parsed)) ? parsed : `${parsed}/${length}`;
}

/** A route to one host is printed without a length. */
function withLengthOfHost(text: string): string {
  const host = parseAddress(text);
  return host === undefined ? text : `${host}/${addressBits(familyOf(host))}`;
}

const NAMED_TABLES: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };

function tableNumber(text = 'main'): number {
  return NAMED_TABLES[text] ?? Number(text);
}

/** An empty answer of `ip -j` is an empty text or `[{}]`. */
export function parseArray<T>(json: string, item: z.ZodType<T>): readonly T[] {
  if (json.trim() === '') return [];
  const raw = z.array(z.unknown()).parse(JSON.parse(json));
  return raw.flatMap((value) => {
    const parsed = item.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });
}
