/** What a stranger on a WAN can make a gateway say by whatever they send: nothing but what must be. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';

import { FLAG, icmp, packet, tcp, udp } from '../../support/packet.ts';
import { dropped, droppedAtTheEnd } from './dropped.ts';
import { eventually } from './gateway-under-test.ts';
import { hostAddress, outsideAddress } from './site-files.ts';
import { Stranger, STRANGER } from './stranger.ts';
import { TwoGateways } from './two-gateways.ts';

/** Ports with something behind, and others. */
const PORT = {
  everywhere: 22,
  onOneAddress: 2222,
  allowed: 443,
  closed: 8443,
  closedHigh: 40_000,
  dns: 53,
  dhcp: 67,
  dhcpClient: 68,
  dhcp6Client: 546,
  dhcp6: 547,
  bfd: 3784,
  bfdMultihop: 4784,
  tunnel: 4789,
} as const;
const PORTS = Object.values(PORT);

/** As nmap names them. */
const SCANS = {
  SYN: FLAG.syn,
  ACK: FLAG.ack,
  FIN: FLAG.fin,
  NULL: 0,
  XMAS: FLAG.fin | FLAG.psh | FLAG.urg,
  Maimon: FLAG.fin | FLAG.ack,
  window: FLAG.ack | FLAG.psh,
  'SYN and ACK': FLAG.syn | FLAG.ack,
  'SYN and FIN': FLAG.syn | FLAG.fin,
  'SYN and RST': FLAG.syn | FLAG.rst,
  RST: FLAG.rst,
} as const;

/** Those from which replies come. */
const SOURCES = [50_000, 53, 67, 123, 443, 547, 4789];

const DNS_QUESTION = Buffer.from(
  'abcd01000001000000000000076578616d706c6503636f6d0000010001',
  'hex',
);

for (const family of ['ipv4', 'ipv6'] as const) {
  describe(`a stranger on the wire of a WAN, ${family}`, () => {
    const target = outsideAddress('branch', 1, family);
    const source = STRANGER[family];
    const ends = { source, destination: target };
    let two: TwoGateways;
    let stranger: Stranger;

    before(async () => {
      two = await TwoGateways.create({ wans: 1, underlay: family, dualStack: true, start: false });
      two.branch.writeSite((site) => {
        site.provision = { resolver: true };
        const from = family === 'ipv4' ? '203.0.113.0/24' : '2001:db8:77::/64';
        site.wans[0]!.allow = [{ port: PORT.allowed, from }];
      });
      await Promise.all(two.gateways.map((gateway) => gateway.start()));
      await two.waitForPaths('up');
      stranger = await Stranger.on(two);
      const [kind, bound] = family === 'ipv4' ? ['4', target] : ['6', `[${target}]`];
      for (const listener of [
        `TCP${kind}-LISTEN:${PORT.everywhere},fork,reuseaddr`,
        `TCP${kind}-LISTEN:${PORT.allowed},fork,reuseaddr`,
        `TCP${kind}-LISTEN:${PORT.onOneAddress},fork,reuseaddr,bind=${bound}`,
        `UDP${kind}-RECVFROM:${PORT.everywhere},fork`,
        `UDP${kind}-RECVFROM:${PORT.onOneAddress},fork,bind=${bound}`,
      ]) {
        const [program, ...prefix] = two.branch.namespace.prefix;
        const process = spawn(program, [...prefix, 'socat', listener, 'PIPE'], { stdio: 'ignore' });
        two.onRemove(() => process.kill());
      }
      await eventually('all listen', async () => {
        const text = await two.branch.namespace.run('ss', '-Hlntu');
        return [`:${PORT.everywhere} `, `:${PORT.allowed} `, `:${PORT.onOneAddress} `].every(
          (port) => text.includes(port),
        );
      });
    });
    after(async () => {
      stranger.close();
      await two.remove();
    });

    for (const [name, flags] of Object.entries(SCANS)) {
      test(`${name} scan by TCP: no answer, all counted`, async () => {
        const before = await counted();
        const probes = PORTS.flatMap((port) => [50_000, 443].map((from) => [from, port] as const));
        assert.deepEqual(
          await stranger.answersTo(...probes.map((ports) => tcp(ends, ports, flags))),
          [],
        );
        // An ACK to a socket that listens on one address comes as far as the socket; its reset does
        // not leave.
        assert.ok((await counted()) - before >= probes.length - 2);
      });
    }

    test('UDP to open ports and others, also from the ports of servers: no answer', async () => {
      for (const from of SOURCES) {
        for (const payload of [Buffer.from('x'), DNS_QUESTION, Buffer.alloc(0)]) {
          const probes = PORTS.map((port) => udp(ends, [from, port], payload));
          assert.deepEqual(await stranger.answersTo(...probes), [], `from ${from}`);
        }
      }
    });

    test('other protocols, and what the kernel cannot make sense of: no answer', async () => {
      const protocols = [2, 4, 41, 47, 50, 51, 89, 103, 112, 132, 136, 253];
      const rest = Buffer.alloc(16);
      assert.deepEqual(
        await stranger.answersTo(
          ...protocols.map((protocol) => packet(ends, protocol, rest)),
          // Timestamps, address masks, router solicitation; node information, router solicitation.
          ...(family === 'ipv4' ? [10, 13, 15, 17, 200] : [133, 139, 144, 200]).map((type) =>
            icmp({ ...ends, hops: 255 }, type, 0, rest),
          ),
        ),
        [],
      );
    });

    test('what is for others, or for our LAN: no answer, and nobody gets it', async () => {
      const targets = [
        hostAddress('branch', 1, family, 1),
        hostAddress('branch', 1, family),
        hostAddress('hub', 1, family),
        family === 'ipv4' ? '198.18.0.1' : '2001:db8:dead::1',
      ];
      const probes = targets.flatMap((destination) =>
        [64, 1].flatMap((hops) => [
          icmp({ source, destination, hops }, family === 'ipv4' ? 8 : 128, 0, Buffer.alloc(4)),
          tcp({ source, destination, hops }, [50_000, 22], FLAG.syn),
        ]),
      );
      const before = await dropped(two.branch.namespace, 'wan_prerouting', 'fib daddr');
      const header = family === 'ipv4' ? 'ip' : 'ip6';
      const lan = await dropped(two.branch.namespace, 'wan_prerouting', `${header} daddr`);
      assert.deepEqual(await stranger.answersTo(...probes), []);
      const { namespace } = two.branch;
      assert.equal((await dropped(namespace, 'wan_prerouting', 'fib daddr')) - before, 8);
      assert.equal((await dropped(namespace, 'wan_prerouting', `${header} daddr`)) - lan, 8);
    });

    test('a forged source of our own LAN is dropped and counted', async () => {
      const forged = { source: hostAddress('branch', 1, family, 77), destination: target };
      const header = family === 'ipv4' ? 'ip' : 'ip6';
      const before = await dropped(two.branch.namespace, 'wan_prerouting', `${header} saddr`);
      await stranger.answersTo(
        tcp(forged, [50_000, PORT.everywhere], FLAG.syn),
        udp(forged, [50_000, PORT.dns], DNS_QUESTION),
      );
      const after = await dropped(two.branch.namespace, 'wan_prerouting', `${header} saddr`);
      assert.equal(after - before, 2);
    });

    test('an echo request is answered, up to a rate', async () => {
      const type = family === 'ipv4' ? 8 : 128;
      const requests = Array.from({ length: 100 }, (_, number) =>
        icmp(ends, type, 0, Buffer.from([0, 1, 0, number])),
      );
      const answers = await stranger.answersTo(...requests);
      assert.ok(answers.length >= 10 && answers.length <= 40, `${answers.length} answers`);
      const reply = family === 'ipv4' ? 'icmp 0/0' : 'icmpv6 129/0';
      assert.deepEqual([...new Set(answers)], [reply]);
    });

    test('the networks that `allow` names reach the port that it names, and no other', async () => {
      const friend = family === 'ipv4' ? '203.0.113.9' : '2001:db8:77::9';
      const from = { source: friend, destination: target };
      if (family === 'ipv4') {
        // So that it is no martian.
        await two.branch.namespace.ip('route add 203.0.113.0/24 dev wan1');
      }
      const before = await counted();
      await stranger.answersTo(tcp(from, [50_000, PORT.everywhere], FLAG.syn));
      assert.equal((await counted()) - before, 1);
      await stranger.answersTo(tcp(from, [50_000, PORT.allowed], FLAG.syn));
      assert.equal((await counted()) - before, 1);
    });

    if (family === 'ipv4') {
      test('ARP is answered for the address of the WAN, not for those of the LAN', async () => {
        assert.equal(await stranger.resolves(target), true);
        assert.equal(await stranger.resolves(hostAddress('branch', 1, 'ipv4', 1)), false);
      });
    } else {
      test('neighbour solicitations are answered', async () => {
        const solicitation = Buffer.concat([
          Buffer.alloc(4),
          Buffer.from('20010db800ff00010000000000000001', 'hex'),
          Buffer.from('0101026666666666', 'hex'),
        ]);
        assert.deepEqual(
          await stranger.answersTo(icmp({ ...ends, hops: 255 }, 135, 0, solicitation)),
          ['icmpv6 136/0'],
        );
      });
    }

    test('and all the while the tunnel is up, and nothing was tracked', async () => {
      await two.waitForPaths('up');
      const events = await two.branch.events('path-down');
      assert.deepEqual(
        events.filter(({ afterMs }) => afterMs !== undefined),
        [],
      );
      const tracked = await two.branch.namespace
        .run('sysctl', '-n', 'net.netfilter.nf_conntrack_count')
        .catch(() => '0');
      assert.equal(tracked, '0');
    });

    /** So that silence means something. Last, since a connection that is half open goes on asking. */
    test('would have been answered without the filter', async () => {
      const { namespace } = two.branch;
      // It would put the filter right at once.
      process.kill(two.branch.daemonPid!, 'SIGSTOP');
      const open: (readonly [chain: string, handle: string])[] = [];
      for (const chain of ['prerouting', 'input', 'output']) {
        const said = await namespace.run(
          ...['nft', '--echo', '--handle', 'insert', 'rule', 'inet', 'wamptcp', chain, 'accept'],
        );
        open.push([chain, /# handle (\d+)/.exec(said)![1]!]);
      }
      const answers = await stranger.answersTo(
        tcp(ends, [50_000, PORT.everywhere], FLAG.syn),
        tcp(ends, [50_001, PORT.closed], FLAG.syn),
        tcp(ends, [50_002, PORT.onOneAddress], FLAG.ack),
        udp(ends, [50_003, PORT.everywhere], Buffer.from('x')),
        udp(ends, [50_004, PORT.closed], Buffer.from('x')),
      );
      for (const [chain, handle] of open) {
        await namespace.nft(`delete rule inet wamptcp ${chain} handle ${handle}\n`);
      }
      process.kill(two.branch.daemonPid!, 'SIGCONT');
      const said = answers.join('\n');
      assert.match(said, /tcp from 22, flags 0x12/);
      assert.match(said, /tcp from 8443, flags 0x14/);
      assert.match(said, /tcp from 2222, flags 0x4/);
      assert.match(said, /udp from 22/);
      assert.match(said, family === 'ipv4' ? /icmp 3\/3/ : /icmpv6 1\/4/);
    });

    async function counted(): Promise<number> {
      const { namespace } = two.branch;
      return (
        (await droppedAtTheEnd(namespace, 'wan_input')) +
        (await dropped(namespace, 'wan_input', 'socket wildcard'))
      );
    }
  });
}
