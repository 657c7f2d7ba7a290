/**
 * The status as a person reads it. Always holds: colour only for meaning; the words of DESIGN.
 */
import { formatDuration } from '../net/duration.ts';
import { formatRate } from '../net/rate.ts';
import type {
  Carriage,
  ClassStatus,
  DirectStatus,
  HostStatus,
  PathStatus,
  ProvisionStatus,
  ProxyStatus,
  Share,
  Status,
  WanStatus,
} from '../observe/status.ts';
import { colours } from './output.ts';
import { table } from './table.ts';

const AWARE_COLOURS: Readonly<Record<HostStatus['wanAware'], (text: string) => string>> = {
  yes: colours.green,
  partly: colours.yellow,
  no: colours.yellow,
};

const STATE_COLOURS: Readonly<Record<string, (text: string) => string>> = {
  up: colours.green,
  down: colours.red,
  held: colours.yellow,
  drained: colours.yellow,
  'drained-by-peer': colours.yellow,
  waiting: colours.red,
};

/** @param now wall clock, milliseconds. */
export function statusText(status: Status, now: number): string {
  return [
    heading(status, now),
    wanTable(status.wans),
    ...(status.paths.length === 0 ? [] : [pathTable(status.paths, now)]),
    ...status.paths.flatMap(({ name, state, reason }) =>
      state === 'down' && reason !== null ? [colours.yellow(`${name} is down: ${reason}`)] : [],
    ),
    ...directText(status.wans, now),
    ...provisionText(status),
    ...(status.proxy === null ? [] : proxyText(status.proxy)),
    ...trafficText(status),
    ...status.waiting.map((one) => colours.yellow(`${one.what} waits: ${one.reason}`)),
    ...status.warnings.map(({ text, advice }) => colours.yellow(`Warning: ${text}\n  = ${advice}`)),
    ...(status.pendingUntil === null
      ? []
      : [colours.yellow('The last apply waits for `wamptcp confirm`.')]),
  ].join('\n');
}

function heading(status: Status, now: number): string {
  const { engine, daemon } = status;
  const restarts = engine.restarts === 0 ? '' : `, restarted ${engine.restarts}×`;
  const bird = engine.running
    ? `BIRD ${engine.pid ?? ''}${restarts}`
    : colours.red('BIRD is not running');
  const watcher =
    daemon === null
      ? colours.red('no daemon watches')
      : `daemon ${daemon.pid} for ${age(daemon.since, now)}`;
  const recovery = status.fastRecovery ? 'Fast Recovery on' : colours.yellow('Fast Recovery off');
  return (
    `${colours.bold(status.site)}  ${watcher}, ${bird}, ` + `${recovery}, ${status.rules} rules`
  );
}

function wanTable(wans: readonly WanStatus[]): string {
  return table(
    [
      '#',
      'WAN',
      'state',
      'interface',
      'subnets',
      'carried by',
      'capacity',
      'in',
      'out',
      'bytes in',
      'bytes out',
    ],
    wans.map((wan) => [
      String(wan.number),
      wan.name,
      stateText(wan.state),
      wan.interface,
      wan.subnets.join('\n') || '–',
      wan.carriedBy.map(carriageText).join('\n') || '–',
      rateText(wan.capacity),
      rateText(wan.counters?.receiveRate),
      rateText(wan.counters?.sendRate),
      bytesText(wan.counters?.receivedBytes),
      bytesText(wan.counters?.sentBytes),
    ]),
  );
}

function pathTable(paths: readonly PathStatus[], now: number): string {
  return table(
    [
      'path',
      'peer',
      'state',
      'since',
      'BFD',
      'detects in',
      'RTT',
      'MTU',
      'device',
      'remote',
      'in',
      'out',
    ],
    paths.map((path) => [
      path.name,
      path.peer,
      // Why it is down is a sentence, and stands below.
      stateText(path.state) +
        (path.reason === null || path.state === 'down' ? '' : `\n${path.reason}`),
      path.since === null ? '–' : age(path.since, now),
      `${path.bfd.state ?? '–'}  ${formatDuration(path.bfd.intervalMs)} × ${path.bfd.multiplier}`,
      formatDuration(path.bfd.detectionMs),
      path.roundTripMs === null ? '–' : `${path.roundTripMs.toFixed(1)} ms`,
      mtuText(path),
      path.device,
      path.remote,
      rateText(path.counters?.receiveRate),
      rateText(path.counters?.sendRate),
    ]),
  );
}

function mtuText({ mtu, deviceMtu }: PathStatus): string {
  if (mtu === null) return '–';
  return mtu === deviceMtu ? String(mtu) : colours.yellow(`${mtu} of ${deviceMtu ?? '?'}`);
}

/** Ways to the Internet without a hub. */
function directText(wans: readonly WanStatus[], now: number): readonly string[] {
  const ways = wans.flatMap((wan) => wan.direct ?? []);
  if (ways.length === 0) return [];
  return [
    table(
      ['direct', 'state', 'since', 'address', 'next hop', 'targets', 'RTT', 'loss'],
      ways.map((way) => [
        way.name,
        stateText(way.state),
        way.since === null ? '–' : age(way.since, now),
        way.address,
        way.nexthop ?? '–',
        way.targets.map(targetText).join('\n'),
        way.targets
          .map((one) => (one.roundTripMs === null ? '–' : `${one.roundTripMs.toFixed(1)} ms`))
          .join('\n'),
        way.targets.map((one) => `${Math.round(one.loss * 100)} %`).join('\n'),
      ]),
    ),
  ];
}

function targetText({ address, tcp, alive }: DirectStatus['targets'][number]): string {
  const text = tcp === null ? address : `${address} port ${tcp}`;
  return alive ? text : colours.red(text);
}

/** As many as fit on a screen; `--json` has them all. */
const MOST_HOSTS = 24;

function provisionText({ provision, hosts, wans }: Status): readonly string[] {
  const aware = (kind: HostStatus['wanAware']): number =>
    hosts.filter((host) => host.wanAware === kind).length;
  // Those who lack something first: that is what one looks for.
  const order = ['no', 'partly', 'yes'];
  const shown = hosts
    .toSorted((one, other) => order.indexOf(one.wanAware) - order.indexOf(other.wanAware))
    .slice(0, MOST_HOSTS);
  const left = hosts.length - shown.length;
  return [
    ...(provision === null ? [] : [poolText(provision)]),
    ...(hosts.length === 0
      ? []
      : [
          `Hosts: ${hosts.length}; ${aware('yes')} with every WAN, ${aware('partly')} with several, ` +
            `${aware('no')} with one only`,
          hostTable(shown, wans),
          ...(left === 0 ? [] : [`… and ${left} more; \`wamptcp status --json\` has them all`]),
        ]),
  ];
}

function poolText({ running, pid, restarts, pools }: ProvisionStatus): string {
  const again = restarts === 0 ? '' : `, restarted ${restarts}×`;
  const server = running ? `dnsmasq ${pid ?? ''}${again}` : colours.red('dnsmasq is not running');
  const free = pools.map(({ subnet, size, free: left }) =>
    (left === 0 ? colours.red : String)(`${subnet} ${left} of ${size} free`),
  );
  return `Addresses for hosts: ${[server, ...free].join(', ')}`;
}

function proxyText(proxy: ProxyStatus): readonly string[] {
  const { running, pid, restarts, connections, limit, forPeers, peers } = proxy;
  if (!running) {
    return [colours.red('Proxy: HAProxy is not running; plain TCP is forwarded as it is')];
  }
  const again = restarts === 0 ? '' : `, restarted ${restarts}×`;
  const used = connections === null ? [] : [`${connections} of ${limit} connections`];
  const lent = forPeers === null || forPeers === 0 ? [] : [`${forPeers} for peers`];
  const legs = peers.map(({ peer, twin, answers }) =>
    twin === null
      ? `to ${peer} by itself`
      : answers === false
        ? colours.yellow(`to ${peer} by itself (${twin} does not answer)`)
        : `to ${peer} by ${twin}`,
  );
  return [`Proxy: ${[`HAProxy ${pid ?? ''}${again}`, ...used, ...lent, ...legs].join(', ')}`];
}

function hostTable(hosts: readonly HostStatus[], wans: readonly WanStatus[]): string {
  const columns = wans.filter((wan) => wan.subnets.length > 0).map(({ name }) => name);
  return table(
    ['host', 'Ethernet', ...columns, 'WAN-aware'],
    hosts.map((host) => [
      host.name ?? '–',
      host.mac ?? '–',
      ...columns.map(
        (wan) =>
          host.addresses
            .filter((one) => one.wan === wan)
            .map((one) => one.address)
            .join('\n') || '–',
      ),
      AWARE_COLOURS[host.wanAware](host.wanAware),
    ]),
  );
}

/** What is not TCP, class by class; the last line is for what is in none. */
function trafficText({ classes, best, spread, shares }: Status): readonly string[] {
  const peers = [...new Set(shares.map(({ peer }) => peer))];
  const ways = (one: Pick<ClassStatus, 'spread' | 'carriedBy'>): readonly string[] =>
    one.spread
      ? peers.map((peer) => `to ${peer}: spread, ${sharesText(shares, peer)}`)
      : one.carriedBy.map((each) => `to ${each.peer}: ${carriageText(each)}`);
  return [
    ...classes.flatMap((one) => ways(one).map((way) => `Class ${one.name} ${way}`)),
    ...ways({ spread, carriedBy: best }).map((way) => `UDP and the rest ${way}`),
  ];
}

function sharesText(shares: readonly Share[], peer: string): string {
  return shares
    .filter((one) => one.peer === peer)
    .map(({ path, share }) => `${Math.round(share * 100)} % ${path ?? colours.red('no path')}`)
    .join(', ');
}

function carriageText(one: Carriage): string {
  if (one.path === null) return colours.red('no path');
  return one.detour ? colours.yellow(`${one.path} (detour)`) : one.path;
}

function stateText(state: string): string {
  return (STATE_COLOURS[state] ?? String)(state);
}

/** Three digits are enough for the eye. */
export function rateText(rate: number | undefined): string {
  if (rate === undefined) return '–';
  if (rate === 0) return '0';
  return formatRate(Number(rate.toPrecision(3))).replace('bit', '');
}

export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return '–';
  const steps = ['B', 'KB', 'MB', 'GB', 'TB'];
  const step = Math.min(steps.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${Number((bytes / 1000 ** step).toPrecision(3))} ${steps[step] ?? 'B'}`;
}

function age(since: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
