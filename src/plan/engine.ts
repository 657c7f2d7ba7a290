/**
 * The configuration of the path engine, BIRD 2: BFD on every path, and every detour as a static
 * route that BFD withdraws. It is the kernel's twin of an OpenFlow fast-failover group: the engine
 * repairs by itself, with one route replacement per table and prefix.
 *
 * Always holds: the best route that is usable wins, by these preferences (greater is better):
 *   1000 − r   candidate r while BFD says it is up
 *    500 − r   the same while held (hold-down, damping, drained by the peer)
 *    200 − r   any candidate whatever BFD says: when all are down, or BFD itself is broken, nothing
 *              is better than the planned path (so a killed engine's peer goes on forwarding)
 *    100 − r   the same for a path that was last seen down
 *      1       unreachable: a peer's prefix never leaks to the Internet in clear
 * A direct path has no BFD: its probes' verdict comes with the configuration (overrides), and the engine
 * itself sees that a cable is out.
 */
import type { SiteConfig } from '../config/site.ts';
import { prefixFamily } from '../net/prefix.ts';
import { EVERYWHERE } from './direct-path.ts';
import type { DirectRoute, ForwardingRoute, ForwardingTable } from './forwarding.ts';
import type { Overrides } from './overrides.ts';
import type { PathPlan } from './path.ts';
import { IPV6_LEAST_MTU } from './tunnels.ts';

const LIVE = 1000;
const HELD = 500;
const LAST_RESORT = 200;
const SUSPECT = 100;
const UNREACHABLE = 1;

/** RFC 5880 6.8.3 wants ≥ 1 s while a session is down; a repaired line should not wait for that. */
const IDLE_INTERVAL_MS = 100;

export function planEngine(
  site: SiteConfig,
  paths: readonly PathPlan[],
  tables: readonly ForwardingTable[],
  overrides: Overrides,
): string {
  return [
    `# wamptcp ${site.site}: written by wamptcp, read by BIRD; changes by hand are overwritten`,
    `router id 0.0.0.1;`,
    `timeformat log iso long us;`,
    `timeformat protocol iso long us;`,
    `protocol device { scan time 60; }`,
    bfd(site, paths),
    ...tables.map((table) => forwardingTable(table, overrides)),
    '',
  ].join('\n');
}

function bfd(site: SiteConfig, paths: readonly PathPlan[]): string {
  const { interval, multiplier } = site.detection;
  const sessions = paths.map(
    (path) => `  neighbor ${path.farAddress}%'${path.device}' local ${path.localAddress};`,
  );
  const timers =
    `interval ${interval * 1000} us; multiplier ${multiplier}; ` +
    `idle tx interval ${Math.max(interval, IDLE_INTERVAL_MS) * 1000} us;`;
  return [
    'protocol bfd bfd1 {',
    '  debug { states, events };',
    // One listening socket per session instead of one for all addresses, which would take the control
    // packets of another BFD daemon on this machine (FRR, say). Measured with 3,000 sessions: 1.3 MB more.
    '  strict bind yes;',
    ...paths.map((path) => `  interface "${path.device}" { ${timers} };`),
    ...sessions,
    '}',
  ].join('\n');
}

function forwardingTable(table: ForwardingTable, overrides: Overrides): string {
  const channel = table.family;
  const name = `t${table.table}_${table.family}`;
  const slots = Math.max(0, ...table.routes.map((route) => route.candidates.length));
  const statics = Array.from({ length: slots }, (_, slot) => [
    // One protocol per slot and kind: a route whose preference changes stays in its protocol, and
    // so is changed in place instead of being withdrawn from one and announced by another.
    staticProtocol(`${name}_live${slot}`, channel, name, table.routes, (route) =>
      liveRoute(route, slot, overrides),
    ),
    staticProtocol(`${name}_last${slot}`, channel, name, table.routes, (route) =>
      lastResortRoute(route, slot, overrides),
    ),
  ]).flat();
  return [
    `${channel} table ${name};`,
    ...statics,
    staticProtocol(`${name}_unreachable`, channel, name, table.routes, (route) =>
      routeLine(route.prefix, 'unreachable', UNREACHABLE),
    ),
    ...(table.direct === undefined ? [] : directProtocols(table, name, table.direct, overrides)),
    `protocol kernel kernel_${name} {`,
    `  ${channel} { table ${name}; import none; export all; };`,
    `  kernel table ${table.table};`,
    // Forwarding outlives the engine.
    '  persist;',
    '  scan time 20;',
    '}',
  ].join('\n');
}

/** As for peers, for everything else: one protocol per slot and kind. */
function directProtocols(
  { family }: ForwardingTable,
  table: string,
  { candidates, followsDetection }: DirectRoute,
  { directDown, directHeld }: Overrides,
): readonly string[] {
  const protocol = (kind: string, lines: readonly string[]): string =>
    [
      `protocol static ${table}_direct_${kind} {`,
      `  ${family} { table ${table}; };`,
      ...lines.map((line) => `  ${line}`),
      '}',
    ].join('\n');
  const everywhere = EVERYWHERE[family];
  return [
    ...candidates.flatMap(({ name, nexthop, wan }, slot) => {
      // The router of a rented machine lies outside of its /32; a raw-IP modem has none.
      const way =
        nexthop === undefined
          ? `via "${wan.interface}"`
          : `via ${nexthop}%'${wan.interface}' onlink`;
      const down = directDown.has(name);
      const live = routeLine(everywhere, way, (directHeld.has(name) ? HELD : LIVE) - slot);
      const last = routeLine(everywhere, way, (down ? SUSPECT : LAST_RESORT) - slot);
      return [
        protocol(`live${slot}`, ['check link;', ...(followsDetection && down ? [] : [live])]),
        protocol(`last${slot}`, [last]),
      ];
    }),
    protocol('unreachable', [routeLine(everywhere, 'unreachable', UNREACHABLE)]),
  ];
}

function staticProtocol(
  name: string,
  channel: string,
  table: string,
  routes: readonly ForwardingRoute[],
  line: (route: ForwardingRoute) => string | undefined,
): string {
  const lines = routes.flatMap((route) => line(route) ?? []);
  return [
    `protocol static ${name} {`,
    `  ${channel} { table ${table}; };`,
    ...lines.map((text) => `  ${text}`),
    '}',
  ].join('\n');
}

function liveRoute(route: ForwardingRoute, slot: number, overrides: Overrides): string | undefined {
  const path = route.candidates[slot];
  if (path === undefined) return undefined;
  const base = overrides.held.has(path.name) || overrides.drained.has(path.name) ? HELD : LIVE;
  const detection = route.followsDetection ? ' bfd' : '';
  const mtu = greatest(route, path, overrides);
  return routeLine(route.prefix, `${gateway(path)}${detection}`, base - slot, mtu);
}

function lastResortRoute(
  route: ForwardingRoute,
  slot: number,
  overrides: Overrides,
): string | undefined {
  const path = route.candidates[slot];
  if (path === undefined) return undefined;
  const base = overrides.suspect.has(path.name) ? SUSPECT : LAST_RESORT;
  return routeLine(route.prefix, gateway(path), base - slot, greatest(route, path, overrides));
}

/** For IPv6 never less than its least: the kernel would drop what is in between and tell nobody. */
function greatest(
  { prefix }: ForwardingRoute,
  { name }: PathPlan,
  { pathMtu }: Overrides,
): number | undefined {
  const mtu = pathMtu.get(name);
  return mtu === undefined || prefixFamily(prefix) === 'ipv4' ? mtu : Math.max(IPV6_LEAST_MTU, mtu);
}

function gateway(path: PathPlan): string {
  return `via ${path.farAddress}%'${path.device}'`;
}

/**
 * @param mtu goes with the route, so that what is too large is told to its sender, or cut, before it
 * enters the tunnel. Locked: for IPv6 the kernel forwards by the device's MTU otherwise.
 */
function routeLine(prefix: string, target: string, preference: number, mtu?: number): string {
  const limit = mtu === undefined ? '' : ` krt_mtu = ${mtu}; krt_lock_mtu = true;`;
  return `route ${prefix} ${target} { preference = ${preference};${limit} };`;
}
