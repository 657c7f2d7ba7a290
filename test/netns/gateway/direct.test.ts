/**
 * WANs without a hub, under traffic: three hosts, two direct WANs that translate, one dies and returns,
 * the address of the other changes by DHCP; the prefixes of a hub by tunnel beside it. Needs root.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';

import { labUp } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { runStream } from '../../../src/lab/traffic/stream-run.ts';
import type { StreamRun } from '../../../src/lab/traffic/stream-run.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { run } from '../../../src/system/command.ts';
import { Namespace } from './namespace.ts';
import { labName, leftOf, until } from '../lab/lab-of-test.ts';
import {
  answeredByUdp,
  inNode,
  KeptConnection,
  seenAs,
  seenByUdp,
  serveInternet,
  statusOf,
  untilSeenAs,
} from './internet.ts';

const FILES = join(import.meta.dirname, 'direct');
const CLIENTS = ['client1', 'client2', 'client3'];
const FIBRE = '192.0.2.2';
const LTE = '198.51.100.77';
/** Of client1, in the subnets of fibre and lte. */
const [BY_FIBRE, BY_LTE] = ['10.10.1.2', '10.10.2.2'];

/** What Docker does for a published port and for containers that call somebody. */
const DOCKER = `table ip docker {
  chain in { type nat hook prerouting priority -100; fib daddr type local tcp dport 8080 iifname != "docker0" dnat to 172.17.0.2:80; }
  chain out { type nat hook postrouting priority 100; ip saddr 172.17.0.0/16 oifname != "docker0" masquerade; }
}
`;

describe('direct WANs', { timeout: 300_000 }, () => {
  const name = labName('direct');
  const directory = mkdtempSync(join(tmpdir(), 'wamptcp-direct-'));
  let lab: Lab;
  let server: TrafficServer;

  before(async () => {
    lab = await labUp(join(FILES, 'topology.yaml'), { name, patience: 40_000 });
    await serveInternet(lab);
    server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
    await until('both WANs lead to the Internet', async () => (await direct()) === 'up up up');
  });

  after(async () => {
    await server.stop();
    await lab.down();
    rmSync(directory, { recursive: true });
    assert.deepEqual(leftOf(name), []);
  });

  /** The states of fibre/ipv4, fibre/ipv6 and lte/ipv4. */
  async function direct(): Promise<string> {
    const { wans } = await statusOf(lab, 'shop');
    return wans.flatMap((wan) => (wan.direct ?? []).map(({ state }) => state)).join(' ');
  }

  async function conntrack(node: string): Promise<string> {
    return (await lab.exec(node, ['conntrack', '-L'])).stdout;
  }

  /** A connection of each host with a subflow on each WAN, on which messages come steadily. */
  async function streams(seconds: number): Promise<readonly StreamRun[]> {
    const runs = CLIENTS.map((client) =>
      runStream({
        server,
        host: '9.9.9.9',
        namespace: lab.namespace(client),
        protocol: 'mptcp',
        rate: 200,
        seconds,
        realtime: false,
      }),
    );
    for (const run of runs) {
      for await (const { subflows } of run.intervals) if (subflows === 2) break;
    }
    return runs;
  }

  async function nothingMissing(runs: readonly StreamRun[]): Promise<void> {
    for (const run of runs) {
      const { received } = await run.result;
      assert.deepEqual([received.complete, received.missing], [true, 0]);
      assert.equal(received.connection.fallback, false);
    }
  }

  /** The whole events of the shop's daemon, one a line. */
  async function events(): Promise<string> {
    return (await lab.wamptcp('shop', ['events'])).stdout;
  }

  test('the Internet sees the address of the WAN to which a subnet belongs', async () => {
    assert.equal(await seenAs(lab, 'client1', BY_FIBRE), FIBRE);
    assert.equal(await seenAs(lab, 'client1', BY_LTE), LTE);
    assert.equal(
      await seenAs(lab, 'client1', 'fd10:10:1::2', '2620:fe::9'),
      '2001:0db8:0002:0000:0000:0000:0000:0002',
    );
    assert.equal(await answeredByUdp(lab, 'client1', BY_LTE), FIBRE, 'UDP takes the best WAN');
  });

  test('what goes by tunnel is not tracked, at neither end', async () => {
    for (const from of [BY_FIBRE, BY_LTE]) {
      const target = `TCP4:10.20.0.2:9,bind=${from},connect-timeout=3`;
      const { stderr } = await lab.exec('client1', ['socat', '-u', '/dev/null', target]);
      assert.match(stderr, /Connection refused/, 'there and back');
    }
    assert.match((await lab.exec('client1', ['fping', '10.20.0.2'])).stdout, /alive/);
    assert.doesNotMatch(await conntrack('shop'), /=10\.20\.|dport=4789|=203\.0\.113\./);
    const { stdout } = await lab.exec('hub', ['sysctl', '-n', 'net.netfilter.nf_conntrack_count']);
    assert.equal(stdout, '0');
  });

  test('nobody out there gets in by an address that a host has out there', async () => {
    assert.equal(await answeredByUdp(lab, 'client1', BY_LTE), FIBRE);
    const listener = inNode(lab, 'client1', ['socat', '-u', `UDP4-RECV:5000,bind=${BY_LTE}`, '-']);
    let heard = '';
    listener.stdout.on('data', (data: Buffer) => (heard += data.toString()));
    await until('the host listens', async () =>
      (await lab.exec('client1', ['ss', '-Hlun'])).stdout.includes(':5000 '),
    );
    // From the port of the server that was asked; and first from another one, that was not.
    await until('the one that was asked is heard', async () => {
      for (const port of [70, 7]) {
        const say = `echo from ${port} | socat -u - UDP4:${FIBRE}:5000,bind=9.9.9.9:${port},reuseaddr`;
        await lab.exec('server', ['sh', '-c', say]);
      }
      return heard.includes('from 7\n');
    });
    assert.doesNotMatch(heard, /from 70/);
    listener.kill('SIGKILL');
  });

  test('a direct WAN is no way through: neither to a host, nor on to another WAN', async () => {
    const { core, attachments } = lab.plan.lines.find((line) => line.name === 'fibre')!;
    const { access } = attachments[0]!;
    // Somebody out there sends what is for the LAN, and for the other WAN, to our gateway.
    for (const network of ['10.10.1.0/24', '198.51.100.1/32']) {
      await lab.exec('server', [
        'ip',
        'route',
        'replace',
        network,
        'via',
        'inet6',
        'fe80::2',
        'dev',
        'line1',
      ]);
      const inner = ['via', 'inet6', 'fe80::1', 'dev', access.core.interface];
      await run(['ip', '-n', core, 'route', 'replace', network, ...inner]);
      await run(['ip', '-n', access.namespace, 'route', 'replace', network, 'via', FIBRE]);
    }
    const ping = async (to: string): Promise<string> =>
      (await lab.exec('server', ['fping', '-t', '300', '-r', '0', to])).stdout;
    assert.match(await ping(FIBRE), /alive/);
    assert.match(await ping(BY_FIBRE), /unreachable/);
    assert.match(await ping('198.51.100.1'), /unreachable/);
    await lab.exec('server', ['ip', 'route', 'delete', '198.51.100.1']);
  });

  describe('with a container on the gateway, as Docker has it', () => {
    const CONTAINER = '172.17.0.2';
    let container: Namespace;

    before(async () => {
      container = await Namespace.create('container');
      await run(['ip', '-n', lab.namespace('shop'), '-batch', '-'], {
        stdin: [
          'link add docker0 type bridge',
          'address add 172.17.0.1/16 dev docker0',
          `link add ctr type veth peer name eth0 netns ${container.name}`,
          'link set ctr master docker0 up',
          'link set docker0 up',
          '',
        ].join('\n'),
      });
      await container.ip(
        'link set eth0 up',
        `address add ${CONTAINER}/16 dev eth0`,
        'route add default via 172.17.0.1',
      );
      await lab.exec('shop', ['sysctl', '-qw', 'net.ipv4.conf.docker0.forwarding=1']);
      await lab.exec('shop', ['sh', '-c', `nft -f - <<'EOF'\n${DOCKER}EOF`]);
      const [program, ...prefix] = container.prefix;
      spawn(
        program,
        [...prefix, 'socat', 'TCP4-LISTEN:80,fork,reuseaddr', 'SYSTEM:echo $SOCAT_PEERADDR'],
        {
          stdio: 'ignore',
        },
      );
      await until('the daemon has seen the bridge', async () => {
        const { stdout } = await lab.exec('shop', ['ip', 'route', 'show', 'table', 'all']);
        return stdout.includes('throw 172.17.0.0/16');
      });
    });

    after(async () => {
      await lab.exec('shop', ['nft', 'delete', 'table', 'ip', 'docker']);
      await lab.exec('shop', ['ip', 'link', 'delete', 'docker0']);
      await container.endProcesses();
      await container.remove();
    });

    /** Whom the container sees when its published port is called. */
    async function callsIt(node: string, address: string): Promise<string> {
      const target = `TCP4:${address}:8080,connect-timeout=2`;
      return (await lab.exec(node, ['socat', '-T', '5', '-u', target, '-'])).stdout.trim();
    }

    test('its published port answers the Internet on every WAN, the LAN and the hub', async () => {
      // By the WAN that was called, too, whichever is the best one.
      for (const address of [FIBRE, LTE]) {
        await until(
          `${address} answers`,
          async () => (await callsIt('server', address)) === '9.9.9.9',
        );
      }
      assert.equal(await callsIt('client1', '10.10.1.1'), BY_FIBRE);
      assert.equal(await callsIt('office', '10.10.1.1'), '10.20.0.2');
    });

    test('it gets out with the address of the best WAN', async () => {
      const target = 'TCP4:9.9.9.9:7,connect-timeout=3';
      const { stdout } = await execa('ip', [
        ...['netns', 'exec', container.name, 'sh', '-c'],
        `echo hello | socat -t 5 - ${target}`,
      ]);
      assert.deepEqual(stdout.split('\n'), [FIBRE, 'hello']);
    });

    test('what nobody translates does not get out', async () => {
      await lab.exec('shop', ['nft', 'flush', 'chain', 'ip', 'docker', 'out']);
      const ping = await container.run('fping', '-t', '300', '-r', '0', '9.9.9.9').catch(String);
      assert.match(ping, /unreachable/);
    });

    test('and what goes by tunnel is still not tracked', async () => {
      await lab.exec('client1', ['fping', '10.20.0.2']);
      assert.doesNotMatch(await conntrack('shop'), /src=10\.10\.\S+ dst=10\.20\.|dport=4789/);
    });
  });

  describe('when one dies and returns', () => {
    let runs: readonly StreamRun[];
    let old: KeptConnection;
    let opened: KeptConnection;

    test('new connections go elsewhere', async () => {
      old = new KeptConnection(lab, 'client1', BY_FIBRE);
      await old.opened();
      runs = await streams(15);
      await lab.fault('fibre', { kind: 'down' });
      await until('fibre is left', async () => (await direct()) === 'down down up');
      await until('new connections take lte', async () => {
        return (await seenAs(lab, 'client1', BY_FIBRE)) === LTE;
      });
      opened = new KeptConnection(lab, 'client1', BY_FIBRE);
      await opened.opened();
      assert.match(await events(), /repair +fibre to the Internet: new connections now by lte/);
    });

    test('datagrams of an old flow begin anew on another WAN', async () => {
      await until('UDP is answered', async () => {
        return (await seenByUdp(lab, 'client1', BY_LTE)) === LTE;
      });
    });

    test('nothing of an old connection leaves by another WAN', async () => {
      assert.equal(await old.echoes('lost', 300), false);
      assert.match(await conntrack('shop'), new RegExp(`src=${BY_FIBRE} .*dst=${FIBRE} `));
    });

    test('a daemon that is killed meanwhile changes nothing, and finds what it knew', async () => {
      await lab.stopGateway('shop', 'SIGKILL');
      assert.equal(await seenAs(lab, 'client1', BY_FIBRE), LTE);
      await lab.startGateway('shop');
      await until('it is back', async () => (await direct().catch(() => '')) === 'down down up');
      assert.equal(await seenAs(lab, 'client1', BY_FIBRE), LTE);
    });

    test('they come back when it returns, and every connection goes on', async () => {
      await lab.fault('fibre', { kind: 'up' });
      await until('fibre is used', async () => (await direct()) === 'up up up');
      await until('new connections take fibre', async () => {
        return (await seenAs(lab, 'client1', BY_FIBRE)) === FIBRE;
      });
      assert.ok(await opened.echoes('here', 20_000), 'begun on lte, it stays there');
      assert.ok(await old.echoes('again', 40_000), 'begun on fibre, it was waiting');
      await nothingMissing(runs);
      for (const connection of [old, opened]) connection.close();
    });
  });

  test('a WAN is drained for new connections; those that there are stay', async () => {
    const kept = new KeptConnection(lab, 'client1', BY_FIBRE);
    await kept.opened();
    await lab.wamptcp('shop', ['wan', 'drain', 'fibre']);
    await until('new ones take lte', async () => {
      return (await seenAs(lab, 'client1', BY_FIBRE)) === LTE;
    });
    assert.match(await direct(), /^drained drained up$/);
    assert.ok(await kept.echoes('still here', 20_000));
    await lab.wamptcp('shop', ['wan', 'restore', 'fibre']);
    await until('new ones take fibre', async () => {
      return (await seenAs(lab, 'client1', BY_FIBRE)) === FIBRE;
    });
    kept.close();
  });

  test('an address that changes by DHCP is followed under traffic', async () => {
    const access = lab.plan.lines.find((line) => line.name === 'lte')!.attachments[0]!.access
      .namespace;
    const dnsmasq = async (address: string): Promise<() => Promise<void>> => {
      const pid = join(directory, `${address}.pid`);
      const argv = [
        ...['dnsmasq', '--conf-file=/dev/null', '--port=0', '--interface=gw', '--bind-dynamic'],
        ...[`--dhcp-range=${address},${address},255.255.255.0,2m`, '--dhcp-authoritative'],
        ...['--dhcp-option=3,198.51.100.1', '--no-ping', `--pid-file=${pid}`, '--user=root'],
        `--dhcp-leasefile=${join(directory, `${address}.leases`)}`,
      ];
      await run(['ip', 'netns', 'exec', access, ...argv]);
      return async () => {
        process.kill(Number(await readFile(pid, 'utf8')));
        await sleep(100);
      };
    };
    const end = await dnsmasq('198.51.100.100');
    const client = inNode(lab, 'shop', [
      ...['udhcpc', '-f', '-i', 'eth2', '-t', '20', '-T', '1', '-A', '1'],
      ...['-s', join(FILES, 'udhcpc.sh')],
    ]);
    const seen = async (address: string): Promise<void> => {
      await untilSeenAs(lab, 'client1', BY_LTE, address);
    };
    await seen('198.51.100.100');
    const runs = await streams(8);
    const old = new KeptConnection(lab, 'client1', BY_LTE);
    await old.opened();
    await end();
    const again = await dnsmasq('198.51.100.150');
    client.kill('SIGUSR1');
    await seen('198.51.100.150');
    // Translated packets take the new address at once, the daemon only when the kernel has told it.
    await until('the status follows', async () => {
      return (await statusOf(lab, 'shop')).wans[1]?.direct?.[0]?.address === '198.51.100.150';
    });
    assert.doesNotMatch(await conntrack('shop'), /src=10\.10\.[^\n]*dst=198\.51\.100\.100 /);
    await until('the old connection is told by a reset', async () => {
      await old.echoes('anybody?', 200);
      return old.ended;
    });
    await nothingMissing(runs);
    await again();
    client.kill('SIGTERM');
  });
});
