/**
 * By which WANs each flow leaves a gateway, and with how many packets.
 *
 * Always holds: a flow is told by its destination port; counted by a table that is none of the
 * gateway's.
 */
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { FIRST_VNI } from './site-files.ts';

const TABLE = `table inet flows {
  set seen { type ifname . inet_service; size 65535; flags dynamic; counter; }
  chain leave {
    type filter hook postrouting priority 100;
    meta l4proto { tcp, udp } oifname "wt*" add @seen { oifname . th dport }
  }
}
`;

interface Listed {
  readonly nftables: readonly {
    readonly set?: {
      readonly elem?: readonly {
        readonly elem: {
          readonly val: { readonly concat: readonly [string, number] };
          readonly counter: { readonly packets: number };
        };
      }[];
    };
  }[];
}

export class FlowPaths {
  readonly #gateway: GatewayUnderTest;

  private constructor(gateway: GatewayUnderTest) {
    this.#gateway = gateway;
  }

  static async of(gateway: GatewayUnderTest): Promise<FlowPaths> {
    await gateway.namespace.nft(TABLE);
    return new FlowPaths(gateway);
  }

  /** Forgets what was counted. */
  async begin(): Promise<void> {
    await this.#gateway.namespace.nft('flush set inet flows seen\n');
  }

  /** Since {@link begin}: packets by the number of the WAN, by port. */
  async read(): Promise<ReadonlyMap<number, ReadonlyMap<number, number>>> {
    const text = await this.#gateway.namespace.run(
      'nft',
      '-j',
      'list',
      'set',
      'inet',
      'flows',
      'seen',
    );
    const elements = (JSON.parse(text) as Listed).nftables.flatMap(({ set }) => set?.elem ?? []);
    const paths = new Map<number, Map<number, number>>();
    for (const { elem } of elements) {
      const [device, port] = elem.val.concat;
      const packets = paths.get(port) ?? new Map<number, number>();
      packets.set(Number(device.slice('wt'.length)) - FIRST_VNI + 1, elem.counter.packets);
      paths.set(port, packets);
    }
    return paths;
  }
}
