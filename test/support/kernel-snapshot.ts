/**
 * Everything in a network namespace that a gateway could touch, as text.
 *
 * Always holds: nothing in it differs between two namespaces that were brought to the same state
 * (numbers of interfaces, random MACs of far ends), and everything else is in it: equal text is an
 * equal machine.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { engineConfig, enginePid } from '../../src/dataplane/kernel/engine.ts';
import { show } from '../../src/dataplane/kernel/ip-show.ts';
import { proxyConfigOf } from '../../src/dataplane/kernel/proxy.ts';
import { provisionerConfig } from '../../src/dataplane/kernel/provisioner.ts';
import { run } from '../../src/system/command.ts';
import { runDirectory } from '../../src/system/run-directory.ts';
import { provisionersOf } from './programs.ts';

const VOLATILE = new Set([
  // `link` is the other end of a line; an interface has its queue from when it is first set up.
  ...[
    'ifindex',
    'link',
    'link_index',
    'ifindexes',
    'broadcast',
    'operstate',
    'promiscuity',
    'qdisc',
  ],
  ...['tentative', 'dadfailed', 'link_netnsid', 'stats', 'stats64', 'info_slave_data'],
]);
/** The other ends of our lines, which have random MACs. */
const FAR = /-far\b/;
/** Of processes of the proxy: with a number by chance, and gone when they are. */
const LIVES = /^table inet wamptcp_proxy_\d+ \{.*?^\}\n/gms;
const SECRET = new Set(['stable_secret']);

/** What `ip` is asked of each kind of thing. */
const QUESTIONS = {
  address: 'address show',
  neigh: 'neigh show nud permanent',
  route: 'route show table all',
  rule: 'rule show',
  endpoint: 'mptcp endpoint show',
  // Last, since it changes what the same process says of addresses.
  link: 'link show',
} as const;
type Kind = keyof typeof QUESTIONS;
const KINDS = Object.keys(QUESTIONS) as readonly Kind[];

export async function kernelSnapshot(): Promise<string> {
  const directory = runDirectory();
  const [shown, rules, limits, ruleset, entries, config, handedOut, proxied] = await Promise.all([
    Promise.all(KINDS.map((kind) => listed(kind, '-d'))),
    // Only rules have to be asked for by family.
    listed('rule', '-d', '-6'),
    show(['mptcp', 'limits', 'show']),
    run(['nft', '-s', '-t', 'list', 'ruleset']),
    run(['bridge', 'fdb', 'show']),
    engineConfig(directory),
    provisionerConfig(directory),
    proxyConfigOf(directory),
  ]);
  const parts = [...shown.flat(), ...rules];
  return [
    ...tunnelEntries(entries),
    ...parts.filter((line) => !FAR.test(line)).toSorted(),
    ruleset.replaceAll(LIVES, ''),
    ...sysctls(),
    ...tcpSysctls(),
    `engine ${config ?? 'does not run'}`,
    `provisioner, ${provisionersOf(directory).length} of them: ${handedOut ?? 'does not run'}`,
    `proxy: ${proxied ?? 'does not run'}`,
    limits,
  ].join('\n');
}

/** The snapshot once two in a row are equal: the engine writes its routes a moment later. */
export async function settledSnapshot(): Promise<string> {
  let last = await kernelSnapshot();
  if ((await enginePid(runDirectory())) === undefined) return last;
  for (const deadline = performance.now() + 10_000; performance.now() < deadline;) {
    await sleep(100);
    const now = await kernelSnapshot();
    if (now === last) return now;
    last = now;
  }
  throw new Error('the machine does not come to rest');
}

/** Where tunnels lead; other devices have the kernel's own multicast groups there. */
function tunnelEntries(shown: string): readonly string[] {
  return shown
    .split('\n')
    .filter((line) => / dst /.test(line))
    .map((line) => `fdb ${line}`)
    .toSorted();
}

/** A line of text for each thing of this kind. */
async function listed(kind: Kind, ...options: readonly string[]): Promise<readonly string[]> {
  const things = JSON.parse(await show(QUESTIONS[kind].split(' '), options)) as readonly object[];
  return things.flatMap((one) => linesOf(kind, one));
}

/** One per address: those of others stand beside ours. */
function linesOf(kind: Kind, one: object): readonly string[] {
  if (!('addr_info' in one) || !('ifname' in one)) return [`${kind} ${textOf(one)}`];
  return (one.addr_info as readonly object[]).map(
    (own) => `${kind} ${String(one.ifname)} ${textOf(own)}`,
  );
}

function textOf(one: object): string {
  return JSON.stringify(one, (key, value: unknown) => (VOLATILE.has(key) ? undefined : value));
}

function sysctls(): readonly string[] {
  return ['ipv4', 'ipv6'].flatMap((family) => {
    const root = join('/proc/sys/net', family, 'conf');
    return readdirSync(root)
      .filter((name) => !FAR.test(name))
      .toSorted()
      .flatMap((name) =>
        readdirSync(join(root, name))
          .filter((key) => !SECRET.has(key))
          .map((key) => `${family} ${name} ${key} ${valueOf(join(root, name, key))}`),
      );
  });
}

/** Those of the machine's own TCP, which a proxy needs in good order. */
function tcpSysctls(): readonly string[] {
  return [
    ...[
      'tcp_rmem',
      'tcp_wmem',
      'tcp_notsent_lowat',
      'tcp_rto_min_us',
      'tcp_frto',
      'tcp_syncookies',
      'tcp_max_syn_backlog',
      'tcp_tw_reuse',
    ].map((key) => join('/proc/sys/net/ipv4', key)),
    ...['stale_loss_cnt', 'blackhole_timeout'].map((key) => join('/proc/sys/net/mptcp', key)),
  ].map((path) => `${path} ${valueOf(path)}`);
}

function valueOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Some can only be written.
    return '-';
  }
}
