/**
 * Plain TCP through the proxies of two gateways, on two lines of 100 Mb/s: it uses both, the server
 * sees its client and nothing of the proxies, and who speaks MPTCP is left alone. Needs root.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';

import { runBulk } from '../../../src/lab/traffic/bulk-run.ts';
import { launch } from '../../../src/lab/traffic/launch.ts';
import { mptcpActivity, readMptcpCounters } from '../../../src/lab/traffic/mptcp-counters.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { proxiesOf } from '../../support/programs.ts';
import { runDirectoryOf } from '../../../src/system/run-directory.ts';
import { namespaceInode } from '../../../src/lab/namespace.ts';
import { until } from '../lab/lab-of-test.ts';
import { ask, knock, open } from './endings.ts';
import { ProxiedLab } from './proxied-lab.ts';
import type { EndingsServer } from './proxied-lab.ts';

const SERVER = { ipv4: '10.20.0.2', ipv6: 'fd00:20::2' };
const PORT = 7000;
/** Left alone by the proxy, after a change. */
const EXCEPTED = 7001;
const TWIN = 5787;
/** Far from what one line could carry of it by chance, and not so near to a half that noise decides. */
const LEAST_SHARE = 0.25;
const CONNECTIONS = 2000;
/** Of a gateway that has few: enough for one burst and the calls that ask whether the twin lives. */
const PORTS = { first: 40_000, last: 40_255 };
const BURST = 200;
/** The kernel does not give a port anew within the first second. */
const REST_MS = 2000;

describe('plain TCP by the proxies', () => {
  let proxied: ProxiedLab;
  let traffic: TrafficServer;
  let backwards: TrafficServer;
  const servers: EndingsServer[] = [];

  before(async () => {
    proxied = await ProxiedLab.create('proxy');
    const { lab } = proxied;
    traffic = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
    backwards = await startServer({ namespace: lab.namespace('client'), protocol: 'mptcp' });
    for (const port of [PORT, EXCEPTED]) servers.push(await proxied.serve('server', port, 'mptcp'));
  });

  after(async () => {
    for (const server of servers) await server.stop();
    await traffic.stop();
    await backwards.stop();
    await proxied.remove();
  });

  const total = async (): Promise<number> => (await proxied.proxy('branch')).total ?? 0;

  const assertBothLines = (shares: readonly number[]): void => {
    assert.equal(shares.length, 2);
    assert.ok(Math.min(...shares) > LEAST_SHARE, `shares ${shares.join(' ')}`);
  };

  for (const [family, host] of Object.entries(SERVER)) {
    for (const direction of ['download', 'upload'] as const) {
      test(`one connection fills both lines: ${direction}, ${family}`, async () => {
        const before_ = await total();
        const shares = await proxied.sharesDuring(async () => {
          const transfer = runBulk({
            server: traffic,
            host,
            namespace: proxied.namespace('client'),
            protocol: 'tcp',
            direction,
            bytes: 16e6,
            hash: true,
          });
          assert.ok((await transfer.result).intact);
        });
        assertBothLines(shares);
        assert.ok((await total()) > before_, 'by the proxy');
      });
    }

    test(`the server sees the address of its client, and plain TCP: ${family}`, async () => {
      const before_ = await readMptcpCounters(proxied.namespace('server'));
      const seen = await ask(proxied.namespace('client'), host, PORT, 'who');
      const { stdout } = await proxied.lab.exec('client', ['ip', '-o', 'addr', 'show', 'eth0']);
      assert.ok(stdout.includes(` ${seen.replace('::ffff:', '')}/`), `${seen} in ${stdout}`);
      const now = await readMptcpCounters(proxied.namespace('server'));
      assert.equal(mptcpActivity(before_, now).connections, 0);
      assert.equal(now['MPTcpExtMPCapableSYNRX'], before_['MPTcpExtMPCapableSYNRX']);
    });
  }

  test('a host at the hub reaches one at the branch by both lines, too', async () => {
    const { stdout } = await proxied.lab.exec('client', ['ip', '-4', '-o', 'addr', 'show', 'eth0']);
    const host = /10\.10\.2\.\d+/.exec(stdout)?.[0] ?? '';
    const shares = await proxied.sharesDuring(async () => {
      const transfer = runBulk({
        server: backwards,
        host,
        namespace: proxied.namespace('server'),
        protocol: 'tcp',
        bytes: 16e6,
        hash: true,
      });
      assert.ok((await transfer.result).intact);
    });
    assertBothLines(shares);
    assert.ok(((await proxied.proxy('hub')).total ?? 0) > 0);
  });

  test('who speaks MPTCP is not proxied, and uses both lines by himself', async () => {
    const [before_, counters] = [
      await total(),
      await readMptcpCounters(proxied.namespace('server')),
    ];
    const shares = await proxied.sharesDuring(async () => {
      const transfer = runBulk({
        server: traffic,
        host: SERVER.ipv4,
        namespace: proxied.namespace('client'),
        protocol: 'mptcp',
        bytes: 16e6,
      });
      await transfer.result;
    });
    assertBothLines(shares);
    assert.equal(await total(), before_);
    const now = await readMptcpCounters(proxied.namespace('server'));
    assert.equal(mptcpActivity(counters, now).connections, 1);
  });

  test('1,000 connections of MPTCP, and not one of them is tracked', async () => {
    const before_ = await readMptcpCounters(proxied.namespace('server'));
    const holder = launch({
      namespace: proxied.namespace('client'),
      command: [
        process.execPath,
        join(import.meta.dirname, 'hold.ts'),
        ...[SERVER.ipv4, String(PORT), '1000'],
      ],
      protocol: 'mptcp',
    });
    assert.equal(await holder.lines.find((line): line is string => line === 'open'), 'open');
    for (const gateway of ['branch', 'hub']) {
      const file = '/proc/sys/net/netfilter/nf_conntrack_count';
      const { stdout } = await proxied.lab.exec(gateway, ['cat', file]);
      assert.equal(stdout, '0', gateway);
    }
    const now = await readMptcpCounters(proxied.namespace('server'));
    assert.equal(mptcpActivity(before_, now).connections, 1000);
    await holder.stop();
  });

  test('nobody on a LAN reaches the ports of the proxies', async () => {
    for (const [from, to] of [
      ['client', '10.20.0.1'],
      ['client', '10.10.1.1'],
      ['server', '10.20.0.1'],
      ['server', '10.10.1.1'],
    ] as const) {
      const socket = await open(proxied.namespace(from), to, TWIN);
      const answer = await Promise.race([
        once(socket, 'connect').then(
          () => 'connected',
          (error: unknown) => (error as NodeJS.ErrnoException).code,
        ),
        sleep(300, 'silence'),
      ]);
      socket.destroy();
      assert.equal(answer, 'silence', `${from} to ${to}`);
    }
    // The next port is the LAN side's own, on the loopback: nobody listens there on any address.
    assert.deepEqual(await knock(proxied.namespace('client'), '10.10.1.1', TWIN + 1), [
      'ECONNREFUSED',
    ]);
  });

  test('a change is taken up without a connection lost', async () => {
    const { pid } = await proxied.proxy('branch');
    const transfer = runBulk({
      server: traffic,
      host: SERVER.ipv4,
      namespace: proxied.namespace('client'),
      protocol: 'tcp',
      bytes: 40e6,
      hash: true,
    });
    await transfer.connected;
    await proxied.apply('branch', (text) =>
      text.replace('proxy: on', `proxy: { connections: 3000, except: [{ port: ${EXCEPTED} }] }`),
    );
    const changed = await proxied.proxy('branch');
    assert.notEqual(changed.pid, pid);
    assert.equal(changed.limit, 3000);
    await ask(proxied.namespace('client'), SERVER.ipv4, PORT, 'who');
    assert.ok((await transfer.result).intact);
    const inode = await namespaceInode(proxied.namespace('branch'));
    await until(
      'the old process ends with its last connection',
      async () => proxiesOf(runDirectoryOf(inode!)).length === 2,
    );
  });

  test('what the site file excepts is forwarded as it is', async () => {
    const before_ = await total();
    await ask(proxied.namespace('client'), SERVER.ipv4, EXCEPTED, 'who');
    assert.equal(await total(), before_);
    await ask(proxied.namespace('client'), SERVER.ipv4, PORT, 'who');
    assert.equal(await total(), before_ + 1);
  });

  test(`${CONNECTIONS} connections at once, each of them served`, async () => {
    const sockets = [];
    for (let count = 0; count < CONNECTIONS; count++) {
      sockets.push(await open(proxied.namespace('client'), SERVER.ipv4, PORT));
    }
    const answers = sockets.map((socket) => once(socket, 'data'));
    for (const socket of sockets) socket.write('echo\n');
    const all = await Promise.all(answers);
    assert.ok(all.every(([data]) => String(data) === 'bye\n'));
    assert.equal((await proxied.proxy('branch')).connections, CONNECTIONS);
    assert.equal((await proxied.proxy('hub')).forPeers, CONNECTIONS);
    for (const socket of sockets) socket.destroy();
    await until('they are gone', async () => (await proxied.proxy('hub')).forPeers === 0);
  });

  test('ports towards the twin serve again long before their minute of TIME-WAIT is over', async () => {
    const range = `net.ipv4.ip_local_port_range=${PORTS.first} ${PORTS.last}`;
    await proxied.lab.exec('branch', ['sysctl', '-q', '-w', range]);
    const before_ = await readMptcpCounters(proxied.namespace('hub'));
    for (let burst = 1; burst <= 2; burst += 1) {
      await Promise.all(Array.from({ length: BURST }, comeAndGo));
      await sleep(REST_MS);
    }
    const now = await readMptcpCounters(proxied.namespace('hub'));
    // Without a port for the twin a connection is carried by one leg, which the hub only forwards.
    assert.ok(mptcpActivity(before_, now).connections >= 2 * BURST);
  });

  /** The client closes first, so its gateway does as well. */
  async function comeAndGo(): Promise<void> {
    const socket = await open(proxied.namespace('client'), SERVER.ipv4, PORT);
    // Also without an answer it ends.
    socket.resume().end('echo\n');
    await once(socket, 'close');
  }
});
