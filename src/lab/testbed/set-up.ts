/**
 * Makes the two sites of a testbed for a mechanism, and takes them away: what all mechanisms have in
 * common.
 *
 * Always holds: between two mechanisms only what stands in their traits differs. Buffers, limits and
 * queues are alike for all, and so are hosts' timers, which are the kernel's own unless the mechanism
 * has our profile. A testbed that could not be made whole is not there at all.
 */
import { WamptcpError } from '../../lib/errors.ts';
import { labUp } from '../lab.ts';
import type { Lab } from '../lab.ts';
import { inNamespace, runCommand, runCommands } from '../link/command.ts';
import type { HostSettings, Mechanism, Testbed, TestbedOptions } from '../mechanism/mechanism.ts';
import type { Protocol } from '../traffic/launch.ts';
import { hostNames, lineName, serverAddress, wanInterface } from './address-plan.ts';
import { plainRoutes } from './plain-routes.ts';
import { writeSites } from './write-sites.ts';

/** In what a mechanism differs from the others. */
export interface Traits extends Omit<Mechanism, 'setUp'> {
  readonly protocol: Protocol;
  /** One for each client, or one for each line. */
  readonly addresses: 'one' | 'each-line';
  readonly fastRecovery?: boolean;
  /** The gateways' own proxy. */
  readonly proxy?: boolean;
  /** The kernel's, or those of docs/hosts.md. Default: the kernel's. */
  readonly timers?: 'kernel' | 'profile';
  /** pcap filter of the connection that crosses the lines, where it is one of the gateways'. */
  readonly betweenGateways?: string;
  /** What runs besides, when the sites are up. */
  readonly add?: (lab: Lab, options: TestbedOptions) => Promise<Addition>;
}

export interface Addition {
  /** As {@link Testbed.ready}. Default: nothing to wait for. */
  ready?(): Promise<void>;
  stop(): Promise<void>;
}

/** Linux' own: `TCP_RTO_MIN`, `mptcp_stale_loss_cnt`. */
const KERNEL_TIMERS = { rtoMin: 200, staleLossCount: 4 } as const;
/** The kernel's default, which our profile changes. */
const KERNEL_FRTO = 'net.ipv4.tcp_frto=2';

export function mechanismOf(traits: Traits): Mechanism {
  const { name, title, detects, families, encapsulations } = traits;
  return {
    name,
    title,
    detects,
    families,
    encapsulations,
    setUp: (options) => setUp(traits, options),
  };
}

async function setUp(traits: Traits, options: TestbedOptions): Promise<Testbed> {
  requireClaimed(traits, options);
  const kernelTimers = traits.timers !== 'profile';
  const host = { ...(kernelTimers ? KERNEL_TIMERS : {}), ...options.host };
  const written = await writeSites({
    lab: options.name,
    lines: options.lines,
    family: options.family,
    interval: options.bfd,
    clients: options.clients ?? 1,
    servers: options.servers ?? 1,
    oneAddress: traits.addresses === 'one',
    fastRecovery: traits.fastRecovery ?? false,
    proxy: traits.proxy ?? false,
    host,
  });
  try {
    const gateways = options.encapsulation === 'none' ? { gateways: null } : {};
    const lab = await labUp(written.topology, { replace: true, ...gateways });
    try {
      return await complete(traits, options, lab, () => written.remove());
    } catch (error) {
      await lab.down();
      throw error;
    }
  } catch (error) {
    await written.remove();
    throw error;
  }
}

function requireClaimed(traits: Traits, { family, encapsulation }: TestbedOptions): void {
  const claimed = `${traits.families.join(', ')}; encapsulation ${traits.encapsulations.join(', ')}`;
  if (traits.families.includes(family) && traits.encapsulations.includes(encapsulation)) return;
  throw new WamptcpError(
    'MECHANISM_CANNOT',
    `${traits.name} cannot be set up with ${family} and encapsulation ${encapsulation}`,
    { advice: `It can with ${claimed}.` },
  );
}

async function complete(
  traits: Traits,
  options: TestbedOptions,
  lab: Lab,
  removeFiles: () => Promise<void>,
): Promise<Testbed> {
  const tunnels = options.encapsulation === 'vxlan';
  if (!tunnels) {
    await runCommands(plainRoutes(lab.plan, options.family, options.lines.length));
  }
  const addition = await traits.add?.(lab, options);
  // After the addition, which sets its gateways up as hosts of its own.
  await settle(lab, traits.timers !== 'profile', options.host?.congestionControl);
  await lab.prepareFaults();
  const clients = hostNames('client', options.clients ?? 1);
  const servers = hostNames('server', options.servers ?? 1);
  return {
    mechanism: traits.name,
    lab,
    protocol: traits.protocol,
    clients,
    servers,
    serverAddresses: servers.map((_, index) => serverAddress(index, options.family)),
    lines: options.lines.map((_, line) => lineName(line)),
    wanInterfaces: options.lines.map((_, line) => wanInterface(line)),
    capture: captureOf(traits, clients, servers),
    ready: async () => {
      if (tunnels) await lab.waitForPaths();
      await addition?.ready?.();
    },
    down: async () => {
      try {
        await addition?.stop();
      } finally {
        await lab.down();
        await removeFiles();
      }
    },
  };
}

function captureOf(
  { betweenGateways }: Traits,
  [client = '']: readonly string[],
  [server = '']: readonly string[],
): Testbed['capture'] {
  const at = (host: string, gateway: string): Testbed['capture']['sender'] =>
    betweenGateways === undefined
      ? { node: host, interface: 'eth0', filter: 'tcp' }
      : { node: gateway, interface: 'any', filter: betweenGateways };
  return { sender: at(server, 'hub'), receiver: at(client, 'branch') };
}

/** Gateways, too: those that end connections are hosts. */
async function settle(
  lab: Lab,
  kernelTimers: boolean,
  control: HostSettings['congestionControl'] | undefined,
): Promise<void> {
  const nodes = [...lab.plan.gateways, ...lab.plan.hosts];
  await Promise.all(
    nodes.map(async ({ namespace }) => {
      if (kernelTimers) {
        await runCommand(inNamespace(namespace, ['sysctl', '-qw', KERNEL_FRTO]));
      }
      if (control !== undefined) await setControl(namespace, control);
    }),
  );
}

async function setControl(namespace: string, control: string): Promise<void> {
  const setting = `net.ipv4.tcp_congestion_control=${control}`;
  try {
    await runCommand(inNamespace(namespace, ['sysctl', '-qw', setting]));
  } catch (cause) {
    throw new WamptcpError('CONTROL_NOT_ALLOWED', `no host may use ${control} here`, {
      cause,
      advice: 'Add it to net.ipv4.tcp_allowed_congestion_control of the machine.',
    });
  }
}
