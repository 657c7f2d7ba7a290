/**
 * Makes everything of a plan in the kernel, in the order in which one thing needs another.
 *
 * Always holds: it stops between two steps when asked to; what is there by then is for tear-down.ts.
 */
import type { HostProfile } from '../config/site.ts';
import { inNamespace, runCommand, runCommands } from './link/command.ts';
import type { Command } from './link/command.ts';
import type { Impairment } from './link/impairment.ts';
import type { ImpairmentKind } from './link/netem.ts';
import { buildAccess } from './build/access.ts';
import { buildFaultyCore } from './build/core.ts';
import { buildLanMiddlebox, configureLanMiddlebox } from './build/lan-middlebox.ts';
import {
  buildGateway,
  buildHost,
  buildSwitch,
  configureHost,
  hostSettings,
  unplugHost,
} from './build/nodes.ts';
import { buildServer, connectServer } from './build/servers.ts';
import type { HostNode, LabLine, LabPlan } from './plan.ts';

/**
 * What users' servers have, or what is nearest to it. Measured over 5 × 1 Gb/s: one connection fills
 * 98 % with CUBIC or Reno, 96 % with BBR, which keeps leaving its lines to look at their delay.
 */
const CONGESTION_CONTROL = 'net.ipv4.tcp_congestion_control';
const PREFERRED_CONTROLS = ['cubic', 'reno'];

/** Tried in a namespace without a name, which is gone whenever this ends, however it ends. */
export async function kernelImpairment(): Promise<ImpairmentKind> {
  const netem = ['tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'];
  const tried = runCommand({ argv: ['unshare', '--net', ...netem] });
  return tried.then(
    () => 'netem',
    () => 'delay-line',
  );
}

export async function makeNodes(plan: LabPlan, stop: AbortSignal): Promise<void> {
  const { name } = plan;
  const nodes = [
    ...plan.gateways.map((gateway) => buildGateway(name, gateway)),
    ...plan.hosts.map((host) => buildHost(name, host)),
    ...plan.middleboxes.map((box) => buildLanMiddlebox(name, box)),
    ...plan.servers.map((server) => buildServer(name, server)),
  ];
  await inPairs(nodes, async (commands) => runCommands(commands), stop);
  // Those that end connections are hosts, and their programs listen as soon as they run.
  await inPairs(plan.gateways, async ({ namespace }) => preferControl(namespace), stop);
  await inPairs(
    plan.switches.map((lan) => buildSwitch(name, lan)),
    async (commands) => runCommands(commands),
    stop,
  );
  await inPairs(
    plan.middleboxes.map(configureLanMiddlebox),
    async (commands) => runCommands(commands),
    stop,
  );
  await inPairs(plan.hosts, setUpHost, stop);
}

export async function makeLines(
  plan: LabPlan,
  impairment: Impairment,
  stop: AbortSignal,
): Promise<void> {
  const places = new Map(plan.lines.map((line, place) => [line, place]));
  const make = async (line: LabLine): Promise<void> => {
    await runCommands(buildFaultyCore(plan.name, line.core));
    for (const attachment of line.attachments) {
      stop.throwIfAborted();
      const commands = buildAccess(plan.name, attachment, places.get(line) ?? 0, impairment.kind);
      await runCommands(commands);
    }
    for (const [place, server] of plan.servers.entries()) {
      await runCommands(connectServer(server, place, line, places.get(line) ?? 0));
    }
  };
  await inPairs(plan.lines, make, stop);
  // One after the other: the first one starts the delay line for all.
  for (const { access } of plan.lines.flatMap((line) => line.attachments)) {
    stop.throwIfAborted();
    await impairment.start(access.namespace, access.link);
  }
}

async function setUpHost(host: HostNode): Promise<void> {
  if (host.client !== 'static') {
    await runCommands(unplugHost(host));
    if (host.profile !== null) await preferControl(host.namespace);
    return;
  }
  const settings = host.profile === null ? [] : await profileSettings(host.namespace, host.profile);
  await runCommands(configureHost(host, settings));
  if (host.profile !== null) await preferControl(host.namespace);
}

/** `key=value` of what a profile asks for, as far as this kernel has it. */
export async function profileSettings(
  namespace: string,
  profile: HostProfile,
): Promise<readonly string[]> {
  const wanted = hostSettings(profile);
  const known = await knownSettings(namespace, Object.keys(wanted));
  return Object.entries(wanted)
    .filter(([key]) => known.has(key))
    .map(([key, value]) => `${key}=${value}`);
}

/** A namespace may use only what the machine as a whole allows; then the default has to do. */
async function preferControl(namespace: string): Promise<void> {
  for (const control of PREFERRED_CONTROLS) {
    const set = ['sysctl', '-qw', `${CONGESTION_CONTROL}=${control}`] as const;
    const done = await runCommand(inNamespace(namespace, set)).then(
      () => true,
      () => false,
    );
    if (done) return;
  }
}

/** Older kernels lack some, and to set those would fail. */
async function knownSettings(
  namespace: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const asked: Command = inNamespace(namespace, ['sysctl', '--ignore', ...keys]);
  const text = await runCommand(asked);
  return new Set(text.split('\n').map((line) => line.split(' = ', 1)[0] ?? ''));
}

/** Two at a time: a machine with little else to do is quicker so, and never has many to wait for. */
async function inPairs<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const rest = [...items];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      if (stop.aborted || failures.length > 0) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  // All have come to rest when this returns, so that nothing is made behind the back of a removal.
  await Promise.all([worker(), worker()]);
  stop.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
