/** Faults of a WAN: on its way, of its interface, of its address, of the tunnel over it. */
import { outsideAddress } from '../site-files.ts';
import { on, tryOn } from './fault.ts';
import type { FaultKind, Target, Undo } from './fault.ts';
import { session, sysctl, tunnel, underlay } from './look.ts';
import { isManaged, portOf, tunnelOf } from './net.ts';

const BRIEFLY = [300, 2500] as const;

function wanOf({ wan }: Target): string {
  return `wan${wan}`;
}

/** In the middle, of packets that come from these gateways. */
function onTheWay(
  name: string,
  set: 'dead' | 'lossy' | 'worse',
  from: (target: Target) => readonly ('branch' | 'hub')[],
): FaultKind {
  return {
    ...{ name, harms: 'wan', lasts: BRIEFLY, lane: set, look: session },
    strike: async (target) => {
      const ports = from(target).map((side) => `"${portOf(side, target.wan)}"`);
      const elements = `element bridge middle ${set} { ${ports.join(', ')} }\n`;
      await target.net.middle.nft(`add ${elements}`);
      // A fault of the other side may have deleted the element: added first, it can be deleted.
      return () => target.net.middle.nft(`add ${elements}delete ${elements}`);
    },
  };
}

/** Something is done to the interface, and undone as it came. */
function interfaceFault(
  name: string,
  strike: (target: Target) => Promise<Undo>,
  more: Partial<FaultKind> = {},
): FaultKind {
  return { name, harms: 'wan', lasts: BRIEFLY, lane: 'interface', look: session, strike, ...more };
}

/** Something of ours is taken away. */
function removal(
  name: string,
  look: FaultKind['look'],
  argv: (target: Target) => readonly string[],
  lane = 'interface',
): FaultKind {
  return {
    ...{ name, harms: 'wan', lane, look },
    strike: async (target) => {
      await tryOn(target, ...argv(target));
    },
  };
}

export const WAN_FAULTS: readonly FaultKind[] = [
  onTheWay('cut', 'dead', () => ['branch', 'hub']),
  onTheWay('one-way', 'dead', ({ side }) => [side]),
  onTheWay('loss of 10 %', 'lossy', () => ['branch', 'hub']),
  onTheWay('loss of 50 %', 'worse', ({ side }) => [side]),
  interfaceFault(
    'delay by a full queue',
    async ({ net, side, wan }) => {
      const device = ['dev', portOf(side, wan), 'root'];
      const shape = ['tbf', 'rate', '4mbit', 'burst', '16k', 'latency', '400ms'];
      await net.middle.run('tc', 'qdisc', 'replace', ...device, ...shape);
      return async () => {
        await net.middle.run('tc', 'qdisc', 'delete', ...device);
      };
    },
    {},
  ),
  interfaceFault('carrier lost', async ({ net, side, wan }) => {
    await net.middle.ip(`link set ${portOf(side, wan)} down`);
    return () => net.middle.ip(`link set ${portOf(side, wan)} up`);
  }),
  interfaceFault('unplugged', async (target) => {
    const { net, side, wan } = target;
    await on(target, 'ip', 'link', 'delete', wanOf(target));
    return () => net.plug(side, wan);
  }),
  interfaceFault('renamed', async (target) => {
    const { gateway, net, side, wan } = target;
    const name = wanOf(target);
    await gateway.namespace.ip(`link set ${name} down`, `link set ${name} name x-${name}`);
    await gateway.namespace.ip(`link set x-${name} up`);
    return async () => {
      await gateway.namespace.ip(`link set x-${name} down`, `link set x-${name} name ${name}`);
      await net.manage(side, wan);
    };
  }),
  interfaceFault(
    'renumbered',
    async (target) => {
      const { gateway, net, side, wan } = target;
      const name = wanOf(target);
      const [own, other] = [outsideAddress(side, wan, 'ipv4'), '203.0.113.77'];
      await gateway.namespace.ip(
        `address add ${other}/30 dev ${name}`,
        `address delete ${own}/30 dev ${name}`,
      );
      return async () => {
        await gateway.namespace.ip(`address delete ${other}/30 dev ${name}`);
        await net.manage(side, wan);
      };
    },
    { strikes: isManaged },
  ),
  interfaceFault('MTU of the interface', async (target) => {
    const name = wanOf(target);
    await on(target, 'ip', 'link', 'set', name, 'mtu', target.draw < 0.5 ? '1300' : '1000');
    return async () => {
      await on(target, 'ip', 'link', 'set', name, 'mtu', '1500');
    };
  }),
  interfaceFault('interface set down', async (target) => {
    const { net, side, wan } = target;
    await on(target, 'ip', 'link', 'set', wanOf(target), 'down');
    return () => net.manage(side, wan);
  }),
  interfaceFault('IPv6 off and on in the tunnel', async (target) => {
    const key = `net.ipv6.conf.${tunnelOf(target.wan)}.disable_ipv6`;
    await tryOn(target, 'sysctl', '-qw', `${key}=1`);
    return async () => {
      await tryOn(target, 'sysctl', '-qw', `${key}=0`);
    };
  }),
  interfaceFault('IPv6 off and on of the WAN', async (target) => {
    const key = `net.ipv6.conf.${wanOf(target)}.disable_ipv6`;
    await tryOn(target, 'sysctl', '-qw', `${key}=1`);
    return async () => {
      await tryOn(target, 'sysctl', '-qw', `${key}=0`);
    };
  }),
  removal('tunnel deleted', tunnel, ({ wan }) => ['ip', 'link', 'delete', tunnelOf(wan)]),
  removal('tunnel set down', tunnel, ({ wan }) => ['ip', 'link', 'set', tunnelOf(wan), 'down']),
  removal('MTU of the tunnel', tunnel, ({ wan }) => [
    ...['ip', 'link', 'set', tunnelOf(wan), 'mtu', '1280'],
  ]),
  removal('addresses of the tunnel', tunnel, ({ wan }) => [
    ...['ip', 'address', 'flush', 'dev', tunnelOf(wan)],
  ]),
  removal('neighbours of the tunnel', tunnel, ({ wan }) => [
    ...['ip', 'neigh', 'flush', 'nud', 'permanent', 'dev', tunnelOf(wan)],
  ]),
  removal('FDB entry of the tunnel', tunnel, ({ wan }) => [
    ...['bridge', 'fdb', 'delete', '00:00:00:00:00:00', 'dev', tunnelOf(wan)],
  ]),
  removal('routes of the WAN', underlay, ({ wan }) => [
    ...['ip', 'route', 'flush', 'table', String(5100 + wan)],
  ]),
  interfaceFault(
    'address of the WAN',
    async (target) => {
      // The kernel takes the routes along.
      await tryOn(target, 'ip', '-4', 'address', 'flush', 'dev', wanOf(target));
      return () => target.net.manage(target.side, target.wan);
    },
    { strikes: (side, wan) => !isManaged(side, wan) },
  ),
  ...(
    [
      ['net.ipv4.conf.TUNNEL.forwarding', '0'],
      ['net.ipv4.conf.WAN.arp_ignore', '0'],
      ['net.ipv6.conf.TUNNEL.forwarding', '0'],
    ] as const
  ).map(([key, value]): FaultKind => ({
    name: key.replace('net.', '').replaceAll('conf.', ''),
    harms: 'wan',
    lane: 'interface',
    look: sysctl(key),
    strike: async (target) => {
      const own = key.replace('WAN', wanOf(target)).replace('TUNNEL', tunnelOf(target.wan));
      await tryOn(target, 'sysctl', '-qw', `${own}=${value}`);
    },
  })),
];
