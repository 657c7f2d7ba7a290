/**
 * What a host sees through the proxies when connections end, when a WAN dies, and when a proxy does.
 * Needs root.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { runBulk } from '../../../src/lab/traffic/bulk-run.ts';
import { mptcpActivity, readMptcpCounters } from '../../../src/lab/traffic/mptcp-counters.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { until } from '../lab/lab-of-test.ts';
import { ask, end, ENDINGS, knock, open } from './endings.ts';
import type { ClientSaw, Ending } from './endings.ts';
import { ProxiedLab } from './proxied-lab.ts';
import type { EndingsServer } from './proxied-lab.ts';

const SERVER = '10.20.0.2';
/** In the server's network, where nobody is. */
const NOBODY = '10.20.0.77';
const PORT = 7000;
/** What the proxy leaves alone: the same as `PORT`, direct. */
const DIRECT = 7001;
const CLOSED = 9;
const TRANSFERS = 200;
const DOWNLOADS = 100;
/** What comes from the server is lost. */
const DEAF = [
  'add table inet deaf',
  'add chain inet deaf input { type filter hook input priority 0; }',
  `add rule inet deaf input tcp sport ${PORT} drop`,
].join('; ');

interface Expected {
  readonly client: ClientSaw;
  /** How the server saw it end, and how many bytes after the first line. */
  readonly server: string;
}

const DIRECT_OUTCOMES: Readonly<Record<Ending, Expected>> = {
  'client half-closes': { client: ['connected', 'data 8', 'end'], server: 'end 0' },
  'server half-closes': { client: ['connected', 'data 4', 'end'], server: 'end 1000' },
  'client resets': { client: ['connected'], server: 'ECONNRESET 0' },
  'server resets': { client: ['connected', 'ECONNRESET'], server: 'none 0' },
};

/** The proxies make of a reset an end, either way; docs/proxy.md says so. */
const PROXIED_OUTCOMES: typeof DIRECT_OUTCOMES = {
  ...DIRECT_OUTCOMES,
  'client resets': { client: ['connected'], server: 'end 0' },
  'server resets': { client: ['connected', 'end'], server: 'none 0' },
};

describe('failures and the proxies', () => {
  let proxied: ProxiedLab;
  let traffic: TrafficServer;
  const servers = new Map<number, EndingsServer>();

  before(async () => {
    proxied = await ProxiedLab.create('pfail');
    await proxied.apply('branch', (text) =>
      text.replace('proxy: on', `proxy: { except: [{ port: ${DIRECT} }, { port: 10 }] }`),
    );
    traffic = await startServer({
      namespace: proxied.namespace('server'),
      protocol: 'mptcp',
    });
    for (const port of [PORT, DIRECT]) {
      servers.set(port, await proxied.serve('server', port, 'mptcp'));
    }
  });

  afterEach(() => proxied.lab.fault('fibre', { kind: 'up' }));

  after(async () => {
    for (const server of servers.values()) await server.stop();
    await traffic.stop();
    await proxied.remove();
  });

  const client = (): string => proxied.namespace('client');

  for (const ending of ENDINGS) {
    for (const [way, port, outcomes] of [
      ['direct', DIRECT, DIRECT_OUTCOMES],
      ['by the proxies', PORT, PROXIED_OUTCOMES],
    ] as const) {
      test(`${ending}, ${way}`, async () => {
        const saw = await end(client(), SERVER, port, ending);
        const server = await servers.get(port)!.next(ending);
        assert.deepEqual(
          { client: saw, server: `${server.end} ${server.received}` },
          outcomes[ending],
        );
      });
    }
  }

  // The proxy takes a connection before it knows whether there is anybody at its other end.
  test('a refused port: direct, a refusal', async () => {
    assert.deepEqual(await knock(client(), SERVER, CLOSED + 1), ['ECONNREFUSED']);
  });

  test('a refused port: by the proxies, an end at once', async () => {
    assert.deepEqual(await knock(client(), SERVER, CLOSED), ['connected', 'end']);
  });

  test('nobody there: direct, no route to the host', async () => {
    assert.deepEqual(await knock(client(), NOBODY, DIRECT), ['EHOSTUNREACH']);
  });

  test('nobody there: by the proxies, an end after five seconds', async () => {
    assert.deepEqual(await knock(client(), NOBODY, PORT), ['connected', 'end']);
  });

  test(`${TRANSFERS} transfers survive the death of a WAN, whole`, async () => {
    const transfer = runBulk({
      server: traffic,
      host: SERVER,
      namespace: client(),
      protocol: 'tcp',
      connections: TRANSFERS,
      bytes: 200_000 * TRANSFERS,
      hash: true,
    });
    await transfer.connected;
    await sleep(300);
    await proxied.lab.fault('fibre', { kind: 'down' });
    const { intact, sent } = await transfer.result;
    assert.ok(intact);
    assert.equal(sent.length, TRANSFERS);
  });

  /** One connection that has said something, and gets an answer. */
  const talk = async (port: number, words = 'echo'): Promise<Socket> => {
    const socket = await open(client(), SERVER, port);
    socket.write(`${words}\n`);
    await once(socket, 'data');
    return socket;
  };

  /** `end` or the code of an error. */
  const endingOf = async (socket: Socket): Promise<string> =>
    await new Promise((resolve) => {
      socket.once('end', () => {
        resolve('end');
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      });
      socket.resume();
    });

  const isGone = (pid: number) => async (): Promise<boolean> => !existsSync(`/proc/${pid}`);

  const restarted = async (times: number): Promise<void> => {
    await until('it is started again', async () => {
      const { running, restarts } = await proxied.proxy('branch');
      return running && restarts === times;
    });
  };

  test(`with the proxy killed, all of ${DOWNLOADS} downloads are reset, and new connections work at once`, async () => {
    const idle = await talk(PORT);
    const downloads = await Promise.all(
      Array.from({ length: DOWNLOADS }, async () => await talk(PORT, 'drips')),
    );
    const { pid } = await proxied.proxy('branch');
    const endings = [idle, ...downloads].map(endingOf);
    process.kill(pid!, 'SIGKILL');
    await Promise.race(endings);
    // While the kernel still closes the others: nobody has had time to start it again, and if so, it works
    // as well.
    (await talk(PORT)).destroy();
    assert.deepEqual(new Set(await Promise.all(endings)), new Set(['ECONNRESET']));
    await restarted(1);
    (await talk(PORT)).destroy();
    assert.ok(((await proxied.proxy('branch')).total ?? 0) > 0);
  });

  test('a process that has handed over ends its connections in order, whatever becomes of the next', async () => {
    const { pid: first } = await proxied.proxy('branch');
    const old = await talk(PORT, 'client half-closes');
    await proxied.apply('branch', (text) =>
      text.replace(
        'proxy: on',
        `proxy: { connections: 9000, except: [{ port: ${DIRECT} }, { port: 10 }] }`,
      ),
    );
    const { pid: second } = await proxied.proxy('branch');
    assert.notEqual(second, first);
    await until('the first process listens no more', async () => {
      const { stdout } = await proxied.lab.exec('branch', ['ss', '-Hltnp']);
      return stdout.includes(`pid=${second},`) && !stdout.includes(`pid=${first},`);
    });
    const young = endingOf(await talk(PORT));
    process.kill(second!, 'SIGKILL');
    assert.equal(await young, 'ECONNRESET');
    await restarted(1);
    // It is long gone when its last words arrive.
    await proxied.lab.exec('client', ['nft', DEAF]);
    // Before anything can arrive: an end that nobody listens for is lost.
    const ending = endingOf(old);
    old.end();
    await until('the first process has ended', isGone(first!));
    await proxied.lab.exec('client', ['nft', 'delete table inet deaf']);
    assert.equal(await ending, 'end');
    old.destroy();
  });

  test('with its gateway’s daemon dead as well, plain TCP is forwarded', async () => {
    await proxied.killAll('branch');
    const before_ = await readMptcpCounters(proxied.namespace('branch'));
    (await talk(PORT)).destroy();
    const after_ = await readMptcpCounters(proxied.namespace('branch'));
    assert.equal(mptcpActivity(before_, after_).connections, 0);
    await proxied.start('branch');
    assert.ok((await proxied.proxy('branch')).running);
  });

  test('without the twin one leg has to do: both lines to a server that speaks MPTCP', async () => {
    await proxied.killAll('hub');
    await until('the branch sees it', async () => {
      return (await proxied.proxy('branch')).peers[0]?.answers === false;
    });
    const before_ = await readMptcpCounters(proxied.namespace('server'));
    const seen = await ask(client(), SERVER, PORT, 'who');
    assert.match(seen, /10\.10\.[12]\.\d+/);
    const shares = await proxied.sharesDuring(async () => {
      const transfer = runBulk({
        server: traffic,
        host: SERVER,
        namespace: client(),
        protocol: 'tcp',
        bytes: 16e6,
        hash: true,
      });
      assert.ok((await transfer.result).intact);
    });
    assert.ok(Math.min(...shares) > 0.25, `shares ${shares.join(' ')}`);
    const now = await readMptcpCounters(proxied.namespace('server'));
    assert.equal(mptcpActivity(before_, now).connections, 2);
    await proxied.start('hub');
    await until('the twin is used again', async () => {
      return (await proxied.proxy('branch')).peers[0]?.answers === true;
    });
  });
});
