/**
 * What is looked at to see that a fault is healed: the same text as before, of the part that it harmed.
 *
 * Always holds: what the engine chooses by the state of other paths is not in it.
 */
import { control, enginePid } from '../../../../src/dataplane/kernel/engine.ts';
import { provisionerPid } from '../../../../src/dataplane/kernel/provisioner.ts';
import { proxyProcesses } from '../../../../src/dataplane/kernel/proxy.ts';
import { on, sorted } from './fault.ts';
import type { Target } from './fault.ts';
import { tunnelOf } from './net.ts';

/** The BFD session of the WAN's path at both ends. */
export async function session({ net, wan }: Target): Promise<string> {
  const ends = await Promise.all(
    net.gateways.map(async ({ directory }) => {
      const text = await control(directory, 'show', 'bfd', 'sessions');
      const line = text.split('\n').find((one) => one.includes(` ${tunnelOf(wan)} `));
      return line?.trim().split(/\s+/)[2] ?? 'none';
    }),
  );
  return ends.join();
}

export async function rules(target: Target): Promise<string> {
  const [ipv4, ipv6] = [await on(target, 'ip', '-4', 'rule'), await on(target, 'ip', '-6', 'rule')];
  // Those of one priority may come in any order.
  return `${sorted(ipv4)}\n${sorted(ipv6)}`;
}

/** Without what sets learn. */
export async function ruleset(target: Target): Promise<string> {
  const text = await on(target, 'nft', '-s', 'list', 'table', 'inet', 'wamptcp');
  return text.replaceAll(
    /^\tset \S+ \{\n(?:\t\t.*\n)*?\t\tflags [^\n]*(?:dynamic|timeout)(?:.*\n)*?\t\}\n/gm,
    '',
  );
}

/** The WAN's own table. */
export async function underlay(target: Target): Promise<string> {
  const table = String(5100 + target.wan);
  return sorted(await on(target, 'ip', 'route', 'show', 'table', table));
}

/** How many routes the engine has in the kernel. */
export async function engineRoutes(target: Target): Promise<string> {
  const counts = await Promise.all(
    ['-4', '-6'].map(
      async (family) =>
        (await on(target, 'ip', family, 'route', 'show', 'table', 'all', 'proto', 'bird')).split(
          '\n',
        ).length,
    ),
  );
  return counts.join();
}

/** The tunnel of the WAN with all that hangs on it, and its session. */
export async function tunnel(target: Target): Promise<string> {
  const device = tunnelOf(target.wan);
  const parts = await Promise.all([
    on(target, 'ip', '-d', '-o', 'link', 'show', 'dev', device),
    on(target, 'ip', '-o', 'address', 'show', 'dev', device),
    on(target, 'ip', 'neigh', 'show', 'nud', 'permanent', 'dev', device),
    on(target, 'bridge', 'fdb', 'show', 'dev', device),
    session(target),
  ]);
  return parts
    .map((part) => sorted(part.replaceAll(/^\d+: |valid_lft.*$| qdisc \S+| state \S+/gm, '')))
    .join('\n');
}

export function sysctl(...keys: readonly string[]): (target: Target) => Promise<string> {
  return (target) => on(target, 'sysctl', ...keys.map((key) => keyOf(target, key)));
}

/** `WAN` and `TUNNEL` stand for the devices of the target. */
export function keyOf({ wan }: Target, key: string): string {
  return key.replace('WAN', `wan${wan}`).replace('TUNNEL', tunnelOf(wan));
}

export async function lan(target: Target): Promise<string> {
  const text = await on(target, 'ip', '-o', 'address', 'show', 'dev', 'lan0');
  const link = await on(target, 'ip', '-o', 'link', 'show', 'dev', 'lan0');
  return `${sorted(text.replaceAll(/^\d+: |valid_lft.*$/gm, ''))} ${String(/[<,]UP[,>]/.test(link))}`;
}

export async function endpoints(target: Target): Promise<string> {
  return sorted(await on(target, 'ip', 'mptcp', 'endpoint', 'show'));
}

/** All three programs run and can do their work; and all sessions are there. */
export async function programs(target: Target): Promise<string> {
  const { directory } = target.gateway;
  const pids = await Promise.all([
    enginePid(directory),
    provisionerPid(directory),
    ...proxyProcesses(directory).map(({ pid }) => pid()),
  ]);
  const stopped = await Promise.all(
    pids.map(async (pid) =>
      pid === undefined ? 'ended' : (await on(target, 'ps', '-o', 'stat=', '-p', String(pid)))[0],
    ),
  );
  const sessions = await session(target);
  // Asleep or at work is all the same.
  return `${stopped.map((state) => state?.replace(/[SRD]/, 'runs')).join()} ${sessions}`;
}

/** The daemon answers and is content. */
export async function daemon(target: Target): Promise<string> {
  const { site } = await target.gateway.status();
  return JSON.stringify(site);
}
