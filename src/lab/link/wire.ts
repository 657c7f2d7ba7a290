/**
 * Wire: the commands that build and break one WAN line of one site. Pure.
 *
 *   gateway ──veth── [line: gw | core] ──veth── core ──veth── [line] ── other gateways, servers
 *
 * A line is a namespace of its own, the access router that stands at the customer's. It routes
 * between `gw`, to the gateway, and `core`, to the network. Egress of `core` is the line's up
 * direction, egress of `gw` its down direction: so each line has its own rate, delay, loss and cuts
 * each way, whoever the other end is, and nothing on the gateway is touched but the interface it is
 * given. The core is one namespace that only routes, and has no limits of its own.
 * Measured against cables without any namespace between, five TCP flows over VXLAN on five 1 Gb/s
 * lines: 4.60 of 4.60 Gb/s, processors 39 % busy instead of 37 %. So there is no leaner wiring.
 *
 * Between line and core there are only link-local addresses (IPv4 routes go via them, RFC 5549), so
 * a lab has no transfer networks to plan. A cut drops what is forwarded, also what the delay line
 * held, but not what already waits in the shaper's queue; the line's own address still answers, as
 * a modem does whose provider has failed.
 */
import type { BitsPerSecond } from '../../net/rate.ts';
import { inNamespace, type Command } from './command.ts';
import type { Direction } from './direction.ts';
import type { LinkSpec } from './link-spec.ts';
import { addNetem, type ImpairmentKind } from './netem.ts';
import { addShaper, changeRate, type Shape, type ShaperParent } from './shaping.ts';

/** The subnet between a gateway and its line. */
export interface LineSubnet {
  /** `192.0.2.0/30` or `2001:db8:1::/64`. */
  readonly prefix: string;
  /** The line's address, which is the gateway's next hop. */
  readonly nextHop: string;
  /** Given to the gateway's interface; absent if the gateway configures itself. */
  readonly gateway?: string;
}

export interface Line {
  readonly namespace: string;
  readonly gateway: { readonly namespace: string; readonly interface: string };
  /** The core, and how its interface to this line is called there. */
  readonly core: { readonly namespace: string; readonly interface: string };
  readonly subnets: readonly LineSubnet[];
  readonly link: LinkSpec;
}

/** The line's interface out of which a direction leaves. */
export const EGRESS: Readonly<Record<Direction, string>> = { up: 'core', down: 'gw' };

const LINE_LINK_LOCAL = 'fe80::1';
const CORE_LINK_LOCAL = 'fe80::2';
const TABLE = 'inet wamptcp_lab';

const ROUTER_SETTINGS = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  // Asymmetric paths are what several WANs are about; a provider's core does not mind them.
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  // Nobody else is on these cables: an address may be used at once.
  'net.ipv6.conf.default.accept_dad=0',
  // After an interface was down and up again the line must be as before.
  'net.ipv6.conf.all.keep_addr_on_down=1',
];

/** `addresses` are what the core calls itself in ICMP errors, such as 198.51.100.1/32. */
export function buildCore(namespace: string, addresses: readonly string[] = []): Command[] {
  return [
    ...newRouter(namespace),
    ...addresses.map((address) => ip(namespace, 'address', 'add', address, 'dev', 'lo')),
  ];
}

export function buildLine(line: Line, impairment: ImpairmentKind): Command[] {
  const { namespace, gateway, core, subnets, link } = line;
  const parent = shaperParent(impairment);
  return [
    ...newRouter(namespace),
    cable(namespace, 'gw', link.mtu, gateway.namespace, gateway.interface),
    cable(namespace, 'core', link.mtu, core.namespace, core.interface),
    ...subnets.map(({ prefix, nextHop }) =>
      ip(
        namespace,
        'address',
        'add',
        `${nextHop}/${lengthOf(prefix)}`,
        'dev',
        'gw',
        ...dad(prefix),
      ),
    ),
    ...subnets.flatMap(({ prefix, gateway: address }) =>
      address === undefined
        ? []
        : [
            ip(
              gateway.namespace,
              ...['address', 'add', `${address}/${lengthOf(prefix)}`],
              ...['dev', gateway.interface, ...dad(prefix)],
            ),
          ],
    ),
    linkLocal(namespace, 'core', LINE_LINK_LOCAL),
    linkLocal(core.namespace, core.interface, CORE_LINK_LOCAL),
    ip(namespace, 'link', 'set', 'gw', 'up'),
    ip(namespace, 'link', 'set', 'core', 'up'),
    ip(core.namespace, 'link', 'set', core.interface, 'up'),
    ip(gateway.namespace, 'link', 'set', gateway.interface, 'up'),
    ip(namespace, '-4', 'route', 'add', 'default', 'via', 'inet6', CORE_LINK_LOCAL, 'dev', 'core'),
    ip(namespace, '-6', 'route', 'add', 'default', 'via', CORE_LINK_LOCAL, 'dev', 'core'),
    ...subnets.map(({ prefix }) => routeInCore(line, prefix, 'add')),
    ...(impairment === 'netem'
      ? [...addNetem(namespace, EGRESS.up, link.up), ...addNetem(namespace, EGRESS.down, link.down)]
      : []),
    ...addShaper(namespace, EGRESS.up, link.up, parent),
    ...addShaper(namespace, EGRESS.down, link.down, parent),
    inNamespace(namespace, ['nft', '-f', '-'], faultTable({ up: false, down: false })),
  ];
}

/** Cables first: their end is immediate, that of a namespace is not, and names may be wanted again. */
export function removeLine({ namespace }: Pick<Line, 'namespace'>): Command[] {
  return [
    ip(namespace, 'link', 'delete', 'gw'),
    ip(namespace, 'link', 'delete', 'core'),
    { argv: ['ip', 'netns', 'delete', namespace] },
  ];
}

/** Leads a further prefix to the gateway of this line, as a provider does with a customer's own. */
export function routeToGateway(line: Line, prefix: string, via: string): Command[] {
  return [
    ip(line.namespace, 'route', 'replace', prefix, 'via', via, 'dev', 'gw'),
    routeInCore(line, prefix, 'replace'),
  ];
}

export type Cut = Readonly<Record<Direction, boolean>>;

/** Which directions are dead from now on: both, one, or, to heal, none. One atomic change. */
export function cut(line: Pick<Line, 'namespace'>, directions: Cut): Command[] {
  return [inNamespace(line.namespace, ['nft', '-f', '-'], faultTable(directions))];
}

/** Pulls or plugs the gateway's cable: it sees its interface lose carrier. */
export function carrier(line: Pick<Line, 'namespace'>, state: 'up' | 'down'): Command[] {
  return [ip(line.namespace, 'link', 'set', 'gw', state)];
}

/** Another rate for a direction that has one. */
export function setRate(
  line: Pick<Line, 'namespace'>,
  direction: Direction,
  shape: Shape & { readonly rate: BitsPerSecond },
  impairment: ImpairmentKind,
): Command[] {
  return changeRate(line.namespace, EGRESS[direction], shape, shaperParent(impairment));
}

function shaperParent(impairment: ImpairmentKind): ShaperParent {
  return impairment === 'netem' ? 'netem' : 'root';
}

function faultTable({ up, down }: Cut): string {
  // Priority 0 is after the queue's (mangle, -150): what was held when the cut came is cut, too.
  return [
    `table ${TABLE} {}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    '  chain forward {',
    '    type filter hook forward priority 0; policy accept;',
    ...(up ? ['    iifname "gw" counter drop'] : []),
    ...(down ? ['    oifname "gw" counter drop'] : []),
    '  }',
    '}',
    '',
  ].join('\n');
}

function newRouter(namespace: string): Command[] {
  return [
    { argv: ['ip', 'netns', 'add', namespace] },
    inNamespace(namespace, ['sysctl', '-qw', ...ROUTER_SETTINGS]),
    ip(namespace, 'link', 'set', 'lo', 'up'),
  ];
}

function cable(
  namespace: string,
  name: string,
  mtu: number,
  farNamespace: string,
  farName: string,
): Command {
  return ip(
    namespace,
    ...['link', 'add', 'name', name, 'mtu', String(mtu), 'type', 'veth'],
    ...['peer', 'name', farName, 'mtu', String(mtu), 'netns', farNamespace],
  );
}

function linkLocal(namespace: string, device: string, address: string): Command {
  return ip(namespace, 'address', 'add', `${address}/64`, 'dev', device, 'nodad');
}

function routeInCore({ core }: Line, prefix: string, verb: 'add' | 'replace'): Command {
  const via = prefix.includes(':') ? ['via'] : ['via', 'inet6'];
  return ip(
    core.namespace,
    ...['route', verb, prefix, ...via, LINE_LINK_LOCAL, 'dev', core.interface],
  );
}

function lengthOf(prefix: string): string {
  return prefix.slice(prefix.indexOf('/') + 1);
}

function dad(prefix: string): readonly string[] {
  return prefix.includes(':') ? ['nodad'] : [];
}

function ip(namespace: string, ...argv: string[]): Command {
  return { argv: ['ip', '-n', namespace, ...argv] };
}
