/**
 * The site of the README's five minutes, as a reader has it before the first line:
 *
 *   host eth0 ── eth0 branch eth1 ── Internet ── wan0 hub lan0 ── eth0 server
 *                            eth2 ──          ── wan1
 *
 * Always holds: `branch.yaml` and `hub.yaml` are the examples which the README links; the branch's
 * WANs have what DHCP would have brought; everything is removed by name.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../support/documents.ts';
import { GatewayUnderTest } from '../gateway/gateway-under-test.ts';
import { Namespace } from '../gateway/namespace.ts';
import { siteFile } from '../gateway/site-files.ts';
import type { Side } from '../gateway/site-files.ts';

const EXAMPLE_OF = { branch: 'smallest.yaml', hub: 'hub-two-wans.yaml' } as const;

export class RealSite {
  readonly branch: GatewayUnderTest;
  readonly hub: GatewayUnderTest;
  readonly host: Namespace;
  readonly #others: readonly Namespace[];

  private constructor(
    gateways: Readonly<Record<Side, GatewayUnderTest>>,
    host: Namespace,
    others: readonly Namespace[],
  ) {
    this.branch = gateways.branch;
    this.hub = gateways.hub;
    this.host = host;
    this.#others = others;
  }

  /** @param directory where the site files are put. */
  static async create(directory: string): Promise<RealSite> {
    const made: { remove(): Promise<void> }[] = [];
    const namespace = async (role: string): Promise<Namespace> => {
      const one = await Namespace.create(`doc-${role}`);
      made.push(one);
      return one;
    };
    const gateway = async (side: Side): Promise<GatewayUnderTest> => {
      const one = new GatewayUnderTest(
        await namespace(side),
        siteFile(side, { wans: 2 }),
        directory,
      );
      made.push(one);
      copyFileSync(join(ROOT, 'examples', EXAMPLE_OF[side]), one.file);
      return one;
    };
    try {
      const internet = await namespace('internet');
      const [branch, hub] = [await gateway('branch'), await gateway('hub')];
      const [host, server] = [await namespace('host'), await namespace('server')];
      await internet.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
      await connect([branch.namespace, 'eth1'], internet, '192.0.2.1/30');
      await connect([branch.namespace, 'eth2'], internet, '198.51.100.1/30');
      await connect([hub.namespace, 'wan0'], internet, '203.0.113.2/30');
      await connect([hub.namespace, 'wan1'], internet, '203.0.113.6/30');
      await branch.namespace.ip(
        'address add 192.0.2.2/30 dev eth1',
        'route add default via 192.0.2.1 dev eth1 proto dhcp metric 100',
        'address add 198.51.100.2/30 dev eth2',
        'route add default via 198.51.100.1 dev eth2 proto dhcp metric 200',
      );
      await connect([branch.namespace, 'eth0'], host, null);
      await connect([hub.namespace, 'lan0'], server, '10.20.0.2/24');
      await server.ip('route add default via 10.20.0.1');
      return new RealSite({ branch, hub }, host, [internet, server]);
    } catch (error) {
      for (const one of made.toReversed()) await one.remove();
      throw error;
    }
  }

  async remove(): Promise<void> {
    for (const one of [this.branch, this.hub, this.host, ...this.#others]) await one.remove();
  }
}

/** A line from an interface to the far side's; `eth0` on a host, numbered on the Internet. */
async function connect(
  [namespace, name]: readonly [Namespace, string],
  far: Namespace,
  address: string | null,
): Promise<void> {
  const links = await far.run('ip', '-brief', 'link', 'show', 'type', 'veth');
  const farName = `eth${links.split('\n').filter((line) => line !== '').length}`;
  await namespace.ip(
    `link add ${name} type veth peer name ${farName} netns ${far.name}`,
    `link set ${name} up`,
  );
  await far.ip(
    `link set ${farName} up`,
    ...(address === null ? [] : [`address add ${address} dev ${farName}`]),
  );
}
