/**
 * Two gateways joined by N WANs, and a host on either LAN:
 *
 *   branchHost ── lan0 branch wan1 ══ wan1 hub lan0 ── hubHost
 *                            wan2 ══ wan2
 *
 * Always holds: a WAN is a plain veth pair; faults are drops at the receiving end, in a table
 * `inet cut` that is none of the gateway's; everything is removed by name, also after a failure.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDisguise } from './as-tcp.ts';
import { GatewayUnderTest } from './gateway-under-test.ts';
import { Namespace } from './namespace.ts';
import { hostAddress, siteFile } from './site-files.ts';
import type { Side, SiteOptions } from './site-files.ts';

/** Which packets of a WAN are lost. */
export type Direction = 'both' | 'to-hub' | 'to-branch';

export interface TwoGatewaysOptions extends SiteOptions {
  /** MTU of the WANs, in their order; default 1500. */
  readonly mtus?: readonly number[];
  /** Default: both daemons are started, and all paths are up. */
  readonly start?: boolean;
}

const CUT_TABLE = `table inet cut {
  set dead { type ifname; }
  chain receive { type filter hook prerouting priority -400; iifname @dead drop; }
}
`;

export class TwoGateways {
  readonly branch: GatewayUnderTest;
  readonly hub: GatewayUnderTest;
  readonly branchHost: Namespace;
  readonly hubHost: Namespace;
  readonly temporary: string;
  readonly #enders: (() => void)[] = [];

  private constructor(
    { branch, hub }: Readonly<Record<Side, GatewayUnderTest>>,
    hosts: Readonly<Record<Side, Namespace>>,
    temporary: string,
  ) {
    this.branch = branch;
    this.hub = hub;
    this.branchHost = hosts.branch;
    this.hubHost = hosts.hub;
    this.temporary = temporary;
  }

  static async create(options: TwoGatewaysOptions): Promise<TwoGateways> {
    const temporary = mkdtempSync(join(tmpdir(), 'wamptcp-gateway-'));
    // Programs that give up root have to get through it.
    chmodSync(temporary, 0o711);
    const made: { remove(): Promise<void> }[] = [];
    const namespace = async (role: string): Promise<Namespace> => {
      const one = await Namespace.create(role);
      made.push(one);
      return one;
    };
    try {
      const gateway = async (side: Side): Promise<GatewayUnderTest> => {
        const one = new GatewayUnderTest(await namespace(side), siteFile(side, options), temporary);
        made.push(one);
        return one;
      };
      const gateways = { branch: await gateway('branch'), hub: await gateway('hub') };
      const hosts = { branch: await namespace('bhost'), hub: await namespace('hhost') };
      for (const side of ['branch', 'hub'] as const) {
        await buildLan(gateways[side].namespace, hosts[side], side, options);
        await gateways[side].namespace.nft(CUT_TABLE);
        await prepareDisguise(hosts[side]);
      }
      for (const wan of numbers(options)) {
        await buildWan(gateways, wan, options.mtus?.[wan - 1] ?? 1500);
      }
      const two = new TwoGateways(gateways, hosts, temporary);
      if (options.start !== false) await two.#start(options.wans);
      return two;
    } catch (error) {
      for (const one of made.toReversed()) await one.remove();
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  get gateways(): readonly GatewayUnderTest[] {
    return [this.branch, this.hub];
  }

  /** From now on these packets of WAN `wan` are lost. */
  async cut(wan: number, direction: Direction = 'both'): Promise<void> {
    await this.#setDead('add', wan, direction);
  }

  async heal(wan: number, direction: Direction = 'both'): Promise<void> {
    await this.#setDead('delete', wan, direction);
  }

  async waitForPaths(...states: Parameters<GatewayUnderTest['waitForPaths']>): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.waitForPaths(...states)));
  }

  async waitForCarriers(...carriers: (number | null)[]): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.waitForCarriers(...carriers)));
  }

  /** Ends what a test has started beside the gateways. */
  onRemove(end: () => void): void {
    this.#enders.push(end);
  }

  async remove(): Promise<void> {
    for (const end of this.#enders) end();
    await Promise.all(this.gateways.map((gateway) => gateway.remove()));
    await Promise.all([this.branchHost.remove(), this.hubHost.remove()]);
    rmSync(this.temporary, { recursive: true, force: true });
  }

  async #start(wans: number): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.start()));
    await this.waitForPaths(...Array.from({ length: wans }, () => 'up' as const));
  }

  async #setDead(verb: 'add' | 'delete', wan: number, direction: Direction): Promise<void> {
    const receivers = { both: this.gateways, 'to-hub': [this.hub], 'to-branch': [this.branch] };
    await Promise.all(
      receivers[direction].map((gateway) =>
        gateway.namespace.nft(`${verb} element inet cut dead { "wan${wan}" }\n`),
      ),
    );
  }
}

/** Makes WAN `wan` of both gateways; also after its ends were deleted. */
export async function buildWan(
  { branch, hub }: Readonly<Record<Side, GatewayUnderTest>>,
  wan: number,
  mtu: number,
): Promise<void> {
  const name = `wan${wan}`;
  await branch.namespace.ip(
    `link add ${name} mtu ${mtu} type veth peer name ${name} mtu ${mtu} netns ${hub.namespace.name}`,
    `link set ${name} up`,
  );
  await hub.namespace.ip(`link set ${name} up`);
}

/** A veth pair, and on the host an address per subnet; one default route is enough for all. */
export async function buildLan(
  gateway: Namespace,
  host: Namespace,
  side: Side,
  options: SiteOptions,
): Promise<void> {
  const families = options.dualStack === true ? (['ipv4', 'ipv6'] as const) : (['ipv4'] as const);
  await gateway.ip(`link add lan0 type veth peer name eth0 netns ${host.name}`);
  const subnets = [...(side === 'hub' ? [0] : []), ...numbers(options)];
  await host.ip(
    'link set eth0 up',
    ...families.flatMap((family) => [
      ...subnets.map(
        (wan) =>
          `address add ${hostAddress(side, wan, family)}/${family === 'ipv4' ? 24 : 64} dev eth0`,
      ),
      // `onlink`: the gateway's address is not there yet.
      `route add default via ${hostAddress(side, 1, family, 1)} dev eth0 onlink`,
    ]),
  );
}

function numbers({ wans }: SiteOptions): readonly number[] {
  return Array.from({ length: wans }, (_, index) => index + 1);
}
