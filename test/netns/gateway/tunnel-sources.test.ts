/** Whose packets a gateway takes out of a tunnel: those of the peer's networks, and no others. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ETH_P_ALL, EthernetSocket } from '../../support/dhcp/ethernet.ts';
import { enterNamespace, leave } from '../../support/namespace.ts';
import { icmp } from '../../support/packet.ts';
import { dropped, droppedAtTheEnd } from './dropped.ts';
import { eventually } from './gateway-under-test.ts';
import { hostAddress, outsideAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

const ECHO = { ipv4: 8, ipv6: 128 } as const;

describe('out of a tunnel', () => {
  let two: TwoGateways;
  let tunnel: EthernetSocket;
  let header: Buffer;

  before(async () => {
    two = await TwoGateways.create({ wans: 2, dualStack: true });
    const macs = await Promise.all(
      two.gateways.map(async ({ namespace }) => {
        const text = await namespace.run('ip', '-o', 'link', 'show', 'dev', 'wt101');
        return Buffer.from(/link\/ether (\S+)/.exec(text)![1]!.replaceAll(':', ''), 'hex');
      }),
    );
    header = Buffer.concat(macs);
    enterNamespace(two.hub.namespace.name);
    tunnel = new EthernetSocket('wt101', ETH_P_ALL);
    leave();
  });
  after(async () => {
    tunnel.close();
    await two.remove();
  });

  const send = (packet: Buffer): void => {
    const type = packet[0]! >> 4 === 4 ? [0x08, 0x00] : [0x86, 0xdd];
    assert.ok(tunnel.send(Buffer.concat([header, Buffer.from(type), packet])));
  };

  /** Echo requests that have reached the branch's host. */
  const heard = async (): Promise<number> => {
    const text = await two.branchHost.run('nstat', '-asz', 'IcmpInEchos', 'Icmp6InEchos');
    return [...text.matchAll(/InEchos\s+(\d+)/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  };

  for (const family of ['ipv4', 'ipv6'] as const) {
    const destination = hostAddress('branch', 1, family);
    const echo = (source: string): Buffer =>
      icmp({ source, destination }, ECHO[family], 0, Buffer.from([0, 1, 0, 1]));

    test(`${family}: from networks of the peer, tied to this path or to none or to another`, async () => {
      const before = await heard();
      for (const wan of [0, 1, 2]) send(echo(hostAddress('hub', wan, family, 9)));
      await eventually('all have come', async () => (await heard()) === before + 3);
    });

    test(`${family}: a source of our own LAN is dropped and counted`, async () => {
      const [before, words] = [await heard(), family === 'ipv4' ? 'ip saddr' : 'ip6 saddr'];
      const counted = await dropped(two.branch.namespace, 'tunnel_spoofed', words);
      send(echo(hostAddress('branch', 2, family, 9)));
      await eventually(
        'counted',
        async () => (await dropped(two.branch.namespace, 'tunnel_spoofed', words)) === counted + 1,
      );
      assert.equal(await heard(), before);
    });

    test(`${family}: a source that does not lie behind the peer is dropped and counted`, async () => {
      const before = await heard();
      const counted = await droppedAtTheEnd(two.branch.namespace, 'tunnel_rest');
      send(echo(family === 'ipv4' ? '10.30.0.9' : '2001:db8:30::9'));
      await eventually(
        'counted',
        async () => (await droppedAtTheEnd(two.branch.namespace, 'tunnel_rest')) === counted + 1,
      );
      assert.equal(await heard(), before);
    });
  }

  test('an ICMP error of the peer itself passes, by whatever address it has', async () => {
    const counted = await droppedAtTheEnd(two.branch.namespace, 'tunnel_rest');
    const before = await unreachables();
    const lost = icmp(
      { source: hostAddress('branch', 1), destination: hostAddress('hub', 1) },
      ECHO.ipv4,
      0,
      Buffer.from([0, 1, 0, 1]),
    );
    const ends = {
      source: outsideAddress('hub', 1, 'ipv4'),
      destination: hostAddress('branch', 1),
    };
    send(icmp(ends, 3, 1, Buffer.concat([Buffer.alloc(4), lost])));
    await eventually('it has come', async () => (await unreachables()) === before + 1);
    assert.equal(await droppedAtTheEnd(two.branch.namespace, 'tunnel_rest'), counted);
  });

  test('the two ends speak by IPv4 link-local addresses, but not on to hosts', async () => {
    const counted = await droppedAtTheEnd(two.branch.namespace, 'tunnel_rest');
    const before = await heard();
    const source = '169.254.100.2';
    for (const destination of [hostAddress('branch', 1), '169.254.100.1']) {
      send(icmp({ source, destination }, ECHO.ipv4, 0, Buffer.from([0, 1, 0, 1])));
    }
    await eventually(
      'counted',
      async () => (await droppedAtTheEnd(two.branch.namespace, 'tunnel_rest')) === counted + 1,
    );
    assert.equal(await heard(), before);
  });

  test('and the tunnels stay up', async () => {
    await two.waitForPaths('up', 'up');
  });

  async function unreachables(): Promise<number> {
    const text = await two.branchHost.run('nstat', '-asz', 'IcmpInDestUnreachs');
    return Number(/IcmpInDestUnreachs\s+(\d+)/.exec(text)?.[1]);
  }
});
