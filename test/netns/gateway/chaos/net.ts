/**
 * The two gateways of the chaos tests, as `two-gateways.ts` has them, but with the Internet between them:
 *
 *   branchHost ── lan0 branch wan1 ── b1 │bridge w1│ h1 ── wan1 hub lan0 ── hubHost
 *                             wan2 ── b2 │bridge w2│ h2 ── wan2
 *                             wan3 ── b3 │bridge w3│ h3 ── wan3
 *
 * Always holds: whatever leaves by a WAN passes the middle, and nothing else does: what is lost, slow or
 * seen there needs nothing of the gateways. The branch's last WAN is managed by somebody else: its address
 * is in no site file. Every WAN has a default route in the main table, by which packets would leave in
 * clear. MAC addresses are always the same.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';

import { GatewayUnderTest } from '../gateway-under-test.ts';
import { Namespace } from '../namespace.ts';
import { hostAddress, outsideAddress, siteFile } from '../site-files.ts';
import type { Side, SiteFile, SiteOptions } from '../site-files.ts';
import { prepareDisguise } from '../as-tcp.ts';
import { buildLan } from '../two-gateways.ts';

export const WANS = [1, 2, 3] as const;
export type Wan = (typeof WANS)[number];
export const SIDES = ['branch', 'hub'] as const;

/** Its address is not in the branch's site file. */
export const MANAGED: Wan = 3;

/** Transfers to this port stay with the kernel: a proxy that is killed ends its connections. */
export const UNPROXIED_PORT = 5002;

/** Room for the state, logs of 2 MiB and all else a gateway keeps. */
const RUN_DIRECTORY_BYTES = 16 * 1024 * 1024;

/** Generous: says that a daemon starts at all. */
export const START_MS = 60_000;

/** Bits a second, each way: the machine has other things to do. */
const HOST_RATE = '20mbit';

const OPTIONS: SiteOptions = {
  wans: WANS.length,
  dualStack: true,
  detection: { interval: '20ms', multiplier: 3 },
  recovery: { damping: false, 'hold-down': '100ms' },
};

const MIDDLE_TABLE = `table bridge middle {
  set dead { type ifname; }
  set lossy { type ifname; }
  set worse { type ifname; }
  chain pass {
    type filter hook forward priority 0
    iifname @dead drop
    iifname @lossy numgen random mod 100 < 10 drop
    iifname @worse numgen random mod 100 < 50 drop
  }
}
`;

export class ChaosNet {
  readonly branch: GatewayUnderTest;
  readonly hub: GatewayUnderTest;
  readonly branchHost: Namespace;
  readonly hubHost: Namespace;
  readonly middle: Namespace;
  readonly temporary: string;
  readonly #enders: (() => void)[] = [];

  private constructor(
    gateways: Readonly<Record<Side, GatewayUnderTest>>,
    hosts: Readonly<Record<Side, Namespace>>,
    middle: Namespace,
    temporary: string,
  ) {
    this.branch = gateways.branch;
    this.hub = gateways.hub;
    this.branchHost = hosts.branch;
    this.hubHost = hosts.hub;
    this.middle = middle;
    this.temporary = temporary;
  }

  /** Neither daemon runs yet. */
  static async create(): Promise<ChaosNet> {
    const temporary = mkdtempSync(join(tmpdir(), 'wamptcp-chaos-'));
    chmodSync(temporary, 0o711);
    const namespaces: Namespace[] = [];
    const namespace = async (role: string): Promise<Namespace> => {
      const one = await Namespace.create(role);
      namespaces.push(one);
      return one;
    };
    try {
      const middle = await namespace('middle');
      await middle.nft(MIDDLE_TABLE);
      const gateway = async (side: Side): Promise<GatewayUnderTest> =>
        new GatewayUnderTest(await namespace(side), chaosSite(side), temporary, [
          ...['env', 'NODE_COMPILE_CACHE=/var/cache/wamptcp', process.execPath],
          '--disable-warning=ExperimentalWarning',
          join(import.meta.dirname, 'daemon.ts'),
          clockFile(temporary, side),
        ]);
      const gateways = { branch: await gateway('branch'), hub: await gateway('hub') };
      const hosts = { branch: await namespace('bhost'), hub: await namespace('hhost') };
      const net = new ChaosNet(gateways, hosts, middle, temporary);
      await net.#build(hosts);
      return net;
    } catch (error) {
      for (const one of namespaces.toReversed()) await one.remove();
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  get gateways(): readonly GatewayUnderTest[] {
    return [this.branch, this.hub];
  }

  async start(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.start(START_MS))).catch(
      (error: unknown) => {
        const logs = this.gateways.map(({ log }) => log).join('\n');
        throw new Error(`the gateways do not start: ${logs}`, { cause: error });
      },
    );
    await Promise.all(this.gateways.map((gateway) => gateway.waitForPaths('up', 'up', 'up')));
  }

  /** Puts the cable of a WAN into a gateway: the device, and what a manager of networks does with it. */
  async plug(side: Side, wan: Wan): Promise<void> {
    const name = `wan${wan}`;
    const port = portOf(side, wan);
    await this[side].namespace.ip(
      `link add ${name} address ${macOf(side, wan)} type veth peer name ${port} netns ${this.middle.name}`,
    );
    await this.middle.ip(`link set ${port} addrgenmode none master w${wan} up`);
    await this.manage(side, wan);
  }

  /** What a manager of networks does with a WAN that is there. */
  async manage(side: Side, wan: Wan): Promise<void> {
    const name = `wan${wan}`;
    const far = outsideAddress(side === 'branch' ? 'hub' : 'branch', wan, 'ipv4');
    await this[side].namespace.ip(
      `link set ${name} up`,
      ...(isManaged(side, wan)
        ? [`address replace ${outsideAddress(side, wan, 'ipv4')}/30 dev ${name}`]
        : []),
      `route replace default via ${far} dev ${name} metric ${100 + wan} onlink`,
    );
  }

  /** The daemon of a side believes from now on that it is so much later, or earlier. */
  stepClock(side: Side, milliseconds: number): void {
    writeFileSync(clockFile(this.temporary, side), String(milliseconds));
    const pid = this[side].daemonPid;
    if (pid !== undefined) process.kill(pid, 'SIGUSR2');
  }

  /** Ends what a test has started beside the gateways. */
  onRemove(end: () => void): void {
    this.#enders.push(end);
  }

  async remove(): Promise<void> {
    for (const end of this.#enders) end();
    for (const gateway of this.gateways) {
      await gateway.stop('SIGKILL');
      await gateway.namespace.endProcesses();
      await execa('umount', ['-l', gateway.directory.path], { reject: false });
      await gateway.remove();
    }
    for (const one of [this.branchHost, this.hubHost, this.middle]) {
      await one.endProcesses();
      await one.remove();
    }
    rmSync(this.temporary, { recursive: true, force: true });
  }

  async #build(hosts: Readonly<Record<Side, Namespace>>): Promise<void> {
    for (const wan of WANS) {
      await this.middle.ip(`link add w${wan} type bridge`, `link set w${wan} addrgenmode none up`);
    }
    for (const side of SIDES) {
      const { namespace, directory } = this[side];
      await buildLan(namespace, hosts[side], side, OPTIONS);
      await namespace.ip(`link set lan0 address ${macOf(side, 0)}`);
      for (const wan of WANS) await this.plug(side, wan);
      mkdirSync(directory.path, { recursive: true, mode: 0o700 });
      await execa('mount', [
        ...['-t', 'tmpfs', '-o', `size=${RUN_DIRECTORY_BYTES},mode=0711`],
        ...['tmpfs', directory.path],
      ]);
      await prepareDisguise(hosts[side]);
      await prepareHost(hosts[side], side);
    }
  }
}

export function portOf(side: Side, wan: number): string {
  return `${side.charAt(0)}${wan}`;
}

/** The device of the path over a WAN. */
export function tunnelOf(wan: number): string {
  return `wt${99 + wan}`;
}

export function isManaged(side: Side, wan: Wan): boolean {
  return side === 'branch' && wan === MANAGED;
}

function macOf(side: Side, wan: number): string {
  return `02:c4:a0:00:0${side === 'branch' ? 1 : 2}:0${wan}`;
}

function clockFile(temporary: string, side: Side): string {
  return join(temporary, `clock-${side}`);
}

/** MPTCP with a subflow per WAN, and no more than the machine can carry beside the rest. */
async function prepareHost(host: Namespace, side: Side): Promise<void> {
  await host.run('ip', 'mptcp', 'limits', 'set', 'subflows', '8', 'add_addr_accepted', '8');
  for (const wan of WANS) {
    const flag = side === 'branch' ? 'subflow' : 'signal';
    await host.run('ip', 'mptcp', 'endpoint', 'add', hostAddress(side, wan), 'dev', 'eth0', flag);
  }
  const shape = ['tbf', 'rate', HOST_RATE, 'burst', '64k', 'latency', '50ms'];
  await host.run('tc', 'qdisc', 'add', 'dev', 'eth0', 'root', ...shape);
}

function chaosSite(side: Side): SiteFile {
  const site = siteFile(side, OPTIONS);
  const wans = site.wans.map((wan, index) => {
    if (!isManaged(side, WANS[index] ?? 1)) return wan;
    const managed = { ...wan };
    delete managed.addresses;
    return managed;
  });
  const far = side === 'branch' ? 'hub' : 'branch';
  return {
    ...site,
    wans,
    peers: site.peers.map((peer) => ({ ...peer, proxy: hostAddress(far, 1, 'ipv4', 1) })),
    proxy: { except: [{ port: UNPROXIED_PORT }] },
    provision: true,
  };
}
