/**
 * The loads between two namespaces joined by two veth pairs, each host with an address per pair: what
 * is asked for as MPTCP is MPTCP with two subflows, what is sent arrives, nothing stays behind.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { runBulk } from '../../src/lab/traffic/bulk-run.ts';
import { runIperf3 } from '../../src/lab/traffic/iperf3.ts';
import { launch } from '../../src/lab/traffic/launch.ts';
import { mptcpActivity, readMptcpCounters } from '../../src/lab/traffic/mptcp-counters.ts';
import { runStream } from '../../src/lab/traffic/stream-run.ts';
import { busiestSubflow, listSubflows } from '../../src/lab/traffic/subflows.ts';
import { runTransactions } from '../../src/lab/traffic/transactions-run.ts';
import { startServer, type TrafficServer } from '../../src/lab/traffic/traffic-server.ts';
import { runWebLoad } from '../../src/lab/traffic/web-load-run.ts';
import { WEB_PAGE } from '../../src/lab/traffic/web-page.ts';
import { startWebServer } from '../../src/lab/traffic/web-server.ts';

const CLIENT = `tr-client-${process.pid}`;
const SERVER = `tr-server-${process.pid}`;
const HOST = { v4: '10.77.1.2', v6: 'fd77:1::2' } as const;

async function ip(...args: string[]): Promise<string> {
  return (await execa('ip', args)).stdout;
}

async function createHosts(): Promise<void> {
  const hosts = [
    { namespace: CLIENT, number: 1, accept: '8' },
    { namespace: SERVER, number: 2, accept: '0' },
  ];
  for (const { namespace, accept } of hosts) {
    await ip('netns', 'add', namespace);
    const inside = ['netns', 'exec', namespace];
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    // Receivers of MPTCP may stall with less.
    await ip(...inside, 'sysctl', '-qw', 'net.ipv4.tcp_rmem=4096 131072 67108864');
    await ip(...inside, 'ip', 'mptcp', 'limits', 'set', 'subflows', '8');
    await ip(...inside, 'ip', 'mptcp', 'limits', 'set', 'add_addr_accepted', accept);
  }
  for (const wan of ['1', '2']) {
    const dev = `wan${wan}`;
    const peer = ['peer', 'name', dev, 'netns', SERVER];
    await ip('link', 'add', dev, 'netns', CLIENT, 'type', 'veth', ...peer);
    for (const { namespace, number } of hosts) {
      await ip('-n', namespace, 'address', 'add', `10.77.${wan}.${number}/24`, 'dev', dev);
      await ip('-n', namespace, 'address', 'add', `fd77:${wan}::${number}/64`, 'dev', dev, 'nodad');
      await ip('-n', namespace, 'link', 'set', dev, 'up');
    }
  }
  // The server announces its second address; the client's route to it leaves by the second pair.
  for (const address of ['10.77.2.2', 'fd77:2::2']) {
    await ip('netns', 'exec', SERVER, 'ip', 'mptcp', 'endpoint', 'add', address, 'signal');
  }
}

async function processesIn(namespace: string): Promise<string> {
  return ip('netns', 'pids', namespace);
}

/** Of objects, whatever their order. */
function sizes(objects: readonly { readonly path: string; readonly bytes: number }[]): string[] {
  return objects.map(({ path, bytes }) => `${path} ${bytes}`).sort();
}

describe('traffic', () => {
  let server: TrafficServer;
  let plainServer: TrafficServer;
  let folder: string;
  let uploadRaw: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wamptcp-traffic-'));
    uploadRaw = join(folder, 'upload.raw');
    await createHosts();
    server = await startServer({ namespace: SERVER, protocol: 'mptcp', raw: uploadRaw });
    plainServer = await startServer({ namespace: SERVER, protocol: 'tcp', listen: HOST.v4 });
  });

  after(async () => {
    await Promise.all([server.stop(), plainServer.stop()]);
    const left = [await processesIn(CLIENT), await processesIn(SERVER)];
    for (const namespace of [CLIENT, SERVER]) await ip('netns', 'delete', namespace);
    await rm(folder, { recursive: true });
    assert.deepEqual(left, ['', '']);
  });

  for (const family of ['v4', 'v6'] as const) {
    for (const direction of ['download', 'upload'] as const) {
      test(`stream, ${direction}, MPTCP over IP${family}`, async () => {
        const before = await readMptcpCounters(CLIENT);
        const run = runStream({
          ...{ server, host: HOST[family], namespace: CLIENT, protocol: 'mptcp', direction },
          seconds: 1.5,
        });
        const connected = await run.connected;
        assert.equal(connected?.connection.mptcp, true);
        const early = await listSubflows(CLIENT);
        await sleep(700);
        const carrier = busiestSubflow(early, await listSubflows(CLIENT));
        assert.match(carrier?.localAddress ?? '', /^(10\.77\.|fd77:)[12]/);
        let messages = 0;
        for await (const interval of run.intervals) messages += interval.messages;
        const { received, sent } = await run.result;
        assert.deepEqual([received.expected, received.missing, sent.sent], [3000, 0, 3000]);
        assert.ok(received.complete && sent.complete);
        // What came after the last report is in the summary alone.
        assert.ok(messages > 2000 && messages <= 3000, `${messages} messages`);
        const { mptcp, fallback, subflows } = received.connection;
        assert.deepEqual({ mptcp, fallback }, { mptcp: true, fallback: false });
        // An IPv6 socket may also join the IPv4 address that is announced.
        assert.ok(family === 'v4' ? subflows === 2 : subflows >= 2, `${subflows} subflows`);
        const { delayMs, transitMs, lagMs, pause } = received.figures!;
        assert.ok(delayMs.p50 > 0 && delayMs.max < 1000, `delay ${delayMs.max} ms`);
        assert.ok(transitMs.max <= delayMs.max && lagMs.max <= delayMs.max);
        assert.ok(pause.ms < 1000, `pause ${pause.ms} ms`);
        const activity = mptcpActivity(before, await readMptcpCounters(CLIENT));
        assert.deepEqual(activity, { connections: 1, joins: subflows - 1, fallbacks: 0 });
      });

      test(`bulk, ${direction}, MPTCP over IP${family}`, async () => {
        const run = runBulk({
          ...{ server, host: HOST[family], namespace: CLIENT, protocol: 'mptcp', direction },
          ...{ bytes: 50_000_001, connections: 2, hash: true },
        });
        const { received, sent, intact } = await run.result;
        assert.ok(intact, JSON.stringify({ received, sent }));
        assert.equal(received.bytes, 50_000_001);
        assert.equal(new Set(received.sha256).size, 2);
        assert.ok(received.mbps > 0);
        for (const connection of [received, ...sent].flatMap((end) => end.connections)) {
          assert.ok(connection.mptcp && !connection.fallback);
        }
      });
    }
  }

  test('bulk uses both subflows when it lasts', async () => {
    const run = runBulk({
      ...{ server, host: HOST.v4, namespace: CLIENT, protocol: 'mptcp', seconds: 1 },
    });
    const seen = new Set<number>();
    for await (const interval of run.intervals) seen.add(interval.subflows);
    const { received, intact } = await run.result;
    assert.ok(intact && seen.has(2));
    assert.equal(received.connections[0]?.subflows, 2);
  });

  for (const protocol of ['mptcp', 'tcp'] as const) {
    test(`transactions over ${protocol.toUpperCase()}: one after the other, and each is timed`, async () => {
      const run = runTransactions({
        ...{ server, host: HOST.v4, namespace: CLIENT, protocol, seconds: 1 },
        ...{ request: 100, response: 20_000 },
      });
      let counted = 0;
      for await (const interval of run.intervals) counted += interval.transactions;
      const summary = await run.result;
      assert.ok(summary.complete && summary.transactions > 10, JSON.stringify(summary));
      assert.ok(counted > 0 && counted <= summary.transactions);
      assert.ok(Math.abs(summary.perSecond * summary.seconds - summary.transactions) < 1);
      const { p50, max } = summary.latencyMs!;
      assert.ok(p50 > 0 && p50 <= max && max < 1000, `${p50} ${max}`);
      // One is out at any time, so together they fill the time.
      assert.ok(p50 * summary.transactions < 2 * summary.seconds * 1000);
      assert.equal(summary.connection.mptcp, protocol === 'mptcp');
    });
  }

  test('transactions over a connection that breaks are not complete', async () => {
    const own = await startServer({ namespace: SERVER, protocol: 'tcp' });
    const run = runTransactions({
      ...{ server: own, host: HOST.v4, namespace: CLIENT, protocol: 'tcp', seconds: 30 },
    });
    await run.connected;
    await sleep(300);
    await own.stop();
    const { complete, transactions, seconds } = await run.result;
    assert.equal(complete, false);
    assert.ok(transactions > 0 && seconds < 30);
  });

  test('a web page arrives as a whole over six connections that are used again', async (context) => {
    const directory = join(folder, 'web');
    const web = await startWebServer({ namespace: SERVER, protocol: 'mptcp', directory });
    context.after(() => web.stop());
    const common = { server: web, namespace: CLIENT } as const;
    for (const [protocol, host] of [
      ['mptcp', HOST.v4],
      ['tcp', HOST.v6],
    ] as const) {
      const before = (await web.answered()).length;
      const run = runWebLoad({ ...common, protocol, host });
      assert.equal((await run.connected)?.connection.mptcp, protocol === 'mptcp');
      const { summary, objects } = await run.result;
      assert.ok(summary.complete, JSON.stringify(summary));
      assert.deepEqual([summary.objects, summary.failed, summary.neverAsked], [216, 0, 0]);
      assert.deepEqual(sizes(objects), sizes(WEB_PAGE));
      for (const { askedNs, sentNs, firstByteNs, lastByteNs } of objects) {
        assert.ok(askedNs <= sentNs! && sentNs! <= firstByteNs! && firstByteNs! <= lastByteNs!);
      }
      assert.equal(summary.connections.length, 6);
      assert.ok(summary.connections.every(({ mptcp }) => mptcp === (protocol === 'mptcp')));
      const answered = (await web.answered()).slice(before);
      assert.deepEqual(sizes(answered), sizes(WEB_PAGE));
      assert.equal(new Set(answered.map(({ connection }) => connection)).size, 6);
    }
    const one = await runWebLoad({ ...common, protocol: 'tcp', host: HOST.v4, connections: 1 })
      .result;
    assert.equal(one.summary.connections.length, 1);
    const wrong = { namespace: SERVER, protocol: 'tcp', directory, port: 99_999 } as const;
    await assert.rejects(startWebServer(wrong), /nginx: .*invalid port in "99999"/);
  });

  test('a page that stays incomplete says why for each object that was asked for', async (context) => {
    const server = await startWebServer({
      ...{ namespace: SERVER, protocol: 'tcp', directory: join(folder, 'vanishing') },
      port: 8080,
    });
    context.after(() => server.stop());
    // So slow that the page takes longer than it takes to stop the server.
    const shape = ['qdisc', 'add', 'dev', 'wan1', 'root', 'tbf', 'rate', '4mbit'];
    await execa('tc', ['-n', SERVER, ...shape, 'burst', '10kb', 'latency', '100ms']);
    const load = { server, host: HOST.v4, namespace: CLIENT, protocol: 'tcp' } as const;
    const silent = runWebLoad({ ...load, timeout: 2 });
    for await (const { path } of silent.objects) if (path === '/index.html') break;
    process.kill(server.pid, 'SIGSTOP');
    const waited = await silent.result;
    process.kill(server.pid, 'SIGCONT');
    const stopped = runWebLoad(load);
    for await (const { path } of stopped.objects) if (path === '/index.html') break;
    await stopped.stop();
    const vanished = runWebLoad(load);
    for await (const { path } of vanished.objects) if (path === '/index.html') break;
    await server.stop();
    for (const [{ summary, objects }, why] of [
      [waited, /^not there after 2 s$/],
      [await stopped.result, /^stopped before it was there$/],
      [await vanished.result, /^(socket hang up|aborted|read ECONNRESET|connect ECONNREFUSED .*)$/],
    ] as const) {
      assert.equal(summary.complete, false);
      assert.ok(summary.failed > 0 && summary.neverAsked > 0, JSON.stringify(summary));
      assert.equal(summary.objects + summary.failed + summary.neverAsked, 216);
      const errors = objects.flatMap(({ error }) => error ?? []);
      assert.equal(errors.length, summary.failed);
      for (const error of errors) assert.match(error, why);
    }
    await assert.rejects(
      runWebLoad(load).result,
      /web page: \/index\.html: connect ECONNREFUSED 10\.77\.1\.2:8080/,
    );
    await execa('tc', ['-n', SERVER, 'qdisc', 'delete', 'dev', 'wan1', 'root']);
  });

  test('plain TCP is reported as such, whoever has no MPTCP', async () => {
    const common = { namespace: CLIENT, host: HOST.v4, seconds: 0.7 } as const;
    const plain = await runStream({ ...common, server, protocol: 'tcp' }).result;
    assert.deepEqual(plain.received.connection, { mptcp: false, fallback: false, subflows: 1 });
    assert.equal(plain.received.missing, 0);
    const fallen = await runStream({ ...common, server: plainServer, protocol: 'mptcp' }).result;
    assert.deepEqual(fallen.received.connection, { mptcp: false, fallback: true, subflows: 1 });
    const bulk = runBulk({
      ...{ server: plainServer, host: HOST.v4, namespace: CLIENT, protocol: 'tcp' },
      ...{ bytes: 10_000_000, hash: true },
    });
    const { received, intact } = await bulk.result;
    assert.ok(intact);
    assert.equal(received.connections[0]?.mptcp, false);
  });

  test('the raw record has every message, whichever end receives', async () => {
    const raw = join(folder, 'download.raw');
    const common = { server, host: HOST.v4, namespace: CLIENT, protocol: 'mptcp' } as const;
    await runStream({ ...common, seconds: 0.7, raw }).result;
    await runStream({ ...common, seconds: 0.7, direction: 'upload' }).result;
    for (const file of [raw, uploadRaw]) {
      const [heading, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
      assert.match(heading!, /^# seq sent_ns received_ns due_ns/);
      assert.equal(lines.length, 1400);
      for (const [index, line] of lines.entries()) {
        const [seq, sentNs, receivedNs, dueNs] = line.split(' ').map(Number);
        assert.ok(seq === index && dueNs! <= sentNs! + 1 && sentNs! <= receivedNs!, line);
      }
    }
  });

  test('a stream through an outage misses nothing and feels it', async () => {
    const run = runStream({
      ...{ server, host: HOST.v4, namespace: CLIENT, protocol: 'tcp', seconds: 3 },
    });
    await run.connected;
    await sleep(1000);
    await ip('-n', SERVER, 'link', 'set', 'wan1', 'down');
    await sleep(400);
    await ip('-n', SERVER, 'link', 'set', 'wan1', 'up');
    // The kernel drops IPv6 addresses with the link.
    await ip('-n', SERVER, 'address', 'replace', 'fd77:1::2/64', 'dev', 'wan1', 'nodad');
    const { received } = await run.result;
    assert.equal(received.missing, 0);
    const { delayMs, pause, worst } = received.figures!;
    assert.ok(delayMs.max >= 350 && pause.ms >= 350, `delay ${delayMs.max}, pause ${pause.ms} ms`);
    assert.ok(worst.atSeconds > 0.5 && worst.atSeconds < 2.5, `at ${worst.atSeconds} s`);
  });

  test('stopped early, each end has the figures so far', async () => {
    for (const direction of ['download', 'upload'] as const) {
      const run = runStream({
        ...{ server, host: HOST.v4, namespace: CLIENT, protocol: 'mptcp', direction },
        seconds: 30,
      });
      await run.connected;
      await sleep(1000);
      await run.stop();
      const { received } = await run.result;
      assert.equal(received.complete, false);
      assert.ok(received.received > 500 && received.received < 20_000, `${received.received}`);
      assert.notEqual(received.figures, null);
      const bulk = runBulk({
        ...{ server, host: HOST.v4, namespace: CLIENT, protocol: 'mptcp', direction },
        ...{ seconds: 30, connections: 2 },
      });
      await bulk.connected;
      await sleep(300);
      await bulk.stop();
      const { received: counted, sent } = await bulk.result;
      assert.ok(counted.bytes > 0 && sent.every((end) => !end.complete));
    }
  });

  test('iperf3 over MPTCP and TCP', async () => {
    for (const protocol of ['mptcp', 'tcp'] as const) {
      for (const direction of ['download', 'upload'] as const) {
        const result = await runIperf3({
          ...{ clientNamespace: CLIENT, serverNamespace: SERVER, host: HOST.v4, protocol },
          ...{ direction, seconds: 1, omitSeconds: 1 },
        });
        assert.equal(result.error, undefined);
        assert.equal(result.mptcp, protocol === 'mptcp');
        assert.ok(result.mbps > 0 && result.samples.length > 10, JSON.stringify(result));
        assert.equal(result.activity.joins > 0, protocol === 'mptcp');
      }
    }
  });

  test('what cannot be reached is an error in plain words', async () => {
    const host = '10.77.1.2';
    const nobody = { ...server, port: 9 };
    const run = runStream({ server: nobody, host, namespace: CLIENT, protocol: 'tcp' });
    await assert.rejects(run.result, /ECONNREFUSED/);
    assert.equal(await run.connected, undefined);
    const wrong = { namespace: SERVER, protocol: 'tcp', listen: '10.99.9.9' } as const;
    await assert.rejects(startServer(wrong), /EADDRNOTAVAIL/);
  });

  test('a program dies with its parent, even if that is killed', async () => {
    const module = new URL('../../src/lab/traffic/launch.ts', import.meta.url).href;
    const script = `
      import { launch } from '${module}';
      const child = launch({ namespace: '${CLIENT}', command: ['sleep', '600'] });
      console.log(child.pid);
    `;
    const parent = launch({
      command: [process.execPath, '--input-type=module', '--eval', script],
    });
    const pid = await parent.lines.find((line): line is string => /^\d+$/.test(line));
    assert.ok(pid !== undefined && (await processesIn(CLIENT)).split('\n').includes(pid));
    process.kill(parent.pid, 'SIGKILL');
    for (let tries = 0; (await processesIn(CLIENT)) !== '' && tries < 100; tries++) await sleep(20);
    assert.equal(await processesIn(CLIENT), '');
  });
});
