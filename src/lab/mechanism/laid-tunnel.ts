/**
 * The paper's "MPTCP Tunnel" between two gateways of a lab, whichever program moves the packets: all TCP
 * of a site's hosts in one MPTCP connection, with a subflow per WAN.
 *
 * Always holds: `stop` takes away what was started here, except the gateways' TCP settings, which go with
 * the lab; the programs are processes of the gateways' namespaces and so end with the lab whatever
 * became of whoever started them.
 */
import { WamptcpError } from '../../lib/errors.ts';
import type { Address } from '../../net/address.ts';
import { isReached } from '../../system/is-reached.ts';
import { lastWords, startDetached } from '../detached.ts';
import type { Lab } from '../lab.ts';
import { inNamespace, runCommand, runCommands } from '../link/command.ts';
import { processesOfSession } from '../processes.ts';
import {
  addEndpoints,
  endSession,
  gatewayOf,
  prepareMptcp,
  removeEndpoints,
} from './mptcp-gateway.ts';
import type { Gateway } from './mptcp-gateway.ts';
import { tunnelDeviceCommands, tunnelSetup, withoutTunnelDevice } from './tunnel-setup.ts';
import type { TunnelSetup } from './tunnel-setup.ts';

/** A line may be slow, and a caller waits a second after each attempt. */
const PATIENCE_MS = 15_000;

/** What a kernel does not know is left out. */
const SYSCTL = ['sysctl', '-qew'];

/** What is started on each gateway, until it is ended. */
export interface TunnelEngine {
  /** Packets that wait for it in the device of each gateway; what has no room is lost. */
  readonly queue: number;
  /** For sysctl(8) in each gateway, as `key=value`. */
  readonly settings: readonly string[];
  /** Calls the hub. */
  branch(setup: TunnelSetup): readonly [string, ...string[]];
  /** Listens. */
  hub(setup: TunnelSetup): readonly [string, ...string[]];
}

export interface Tunnel {
  /** The one connection, as it is seen inside the WANs' tunnels: where it ends at the hub. */
  readonly connection: {
    readonly address: Address;
    readonly port: number;
    /** For pcap-filter(7). */
    readonly filter: string;
  };
  /** All of both ends at the moment, for their processor time. */
  processes(): Promise<readonly number[]>;
  /**
   * Until the connection has a subflow over every WAN.
   * @throws WamptcpError TUNNEL_NOT_CONNECTED after 15 seconds
   */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface TunnelNames {
  readonly branch: string;
  readonly hub: string;
}

/**
 * TCP between the LANs of both goes through the tunnel when this returns.
 * @throws WamptcpError TUNNEL_NO_WAY, TUNNEL_NOT_CONNECTED, GATEWAY_HAS_PROXY
 */
export async function layTunnel(
  lab: Lab,
  names: TunnelNames,
  engine: TunnelEngine,
): Promise<Tunnel> {
  const [branch, hub] = [await gatewayOf(lab, names.branch), await gatewayOf(lab, names.hub)];
  const setup = tunnelSetup(branch.site, hub.site);
  const ends = [
    { gateway: hub, destinations: setup.toBranch, argv: engine.hub(setup) },
    { gateway: branch, destinations: setup.toHub, argv: engine.branch(setup) },
  ];
  for (const gateway of [branch, hub]) {
    await prepareMptcp(gateway);
    const { namespace } = gateway.node;
    await runCommands(engine.settings.map((each) => inNamespace(namespace, [...SYSCTL, each])));
  }
  const sessions: number[] = [];
  const stop = async (): Promise<void> => {
    for (const { gateway, destinations } of ends) {
      const { node, site } = gateway;
      for (const command of withoutTunnelDevice(node.namespace, site, destinations)) {
        // After half a start there is only half of it.
        await runCommand(command).catch(() => undefined);
      }
    }
    for (const session of sessions) await endSession(session);
    await removeEndpoints(branch.node, setup.from);
  };
  const { listen: address, port } = setup;
  const tunnel: Tunnel = {
    connection: { address, port, filter: `tcp port ${port}` },
    processes: async () => (await Promise.all(sessions.map(processesOfSession))).flat(),
    ready: async () => untilWhole(lab, hub, branch, setup),
    stop,
  };
  try {
    await addEndpoints(branch.node, setup.from);
    for (const { gateway, destinations, argv } of ends) {
      const { node, site } = gateway;
      await runCommands(tunnelDeviceCommands(node.namespace, site, destinations, engine.queue));
      const started = await startDetached(lab.name, node, argv);
      if (started !== undefined) sessions.push(started.pid);
    }
    await tunnel.ready();
    return tunnel;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilWhole(
  lab: Lab,
  hub: Gateway,
  branch: Gateway,
  { port, from }: TunnelSetup,
): Promise<void> {
  const asked = ['ss', '-Htn', 'state', 'established', `sport = :${port}`];
  let open = 0;
  const whole = await isReached(async () => {
    const { stdout } = await lab.exec(hub.node.name, asked);
    open = stdout.split('\n').filter((line) => line !== '').length;
    return open >= from.length;
  }, PATIENCE_MS);
  if (whole) return;
  const said = await Promise.all(
    [hub, branch].map(async ({ node }) => `${node.name}: ${await lastWords(lab.name, node.name)}`),
  );
  throw new WamptcpError(
    'TUNNEL_NOT_CONNECTED',
    `the tunnel has ${open} of ${from.length} subflows:\n${said.join('\n')}`,
    { advice: 'Linux opens no subflow again that was closed: stop the tunnel and start it anew.' },
  );
}
