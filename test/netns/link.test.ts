/**
 * Links as the kernel carries them: two gateways, each with a line of its own, and the core between.
 * Needs root. Bounds are wide: this machine may be slow, and another may take its processors for
 * tens of milliseconds, so times are judged by their least or their median.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { inNamespace, runCommand, runCommands } from '../../src/lab/link/command.ts';
import type { Delaying } from '../../src/lab/link/held-packets.ts';
import { openImpairment, type Impairment } from '../../src/lab/link/impairment.ts';
import { linkSpec } from '../../src/lab/link/link-spec.ts';
import {
  buildCore,
  buildLine,
  carrier,
  cut,
  removeLine,
  setRate,
  type Line,
} from '../../src/lab/link/wire.ts';

const PREFIX = `dl-${process.pid}`;
const CORE = `${PREFIX}-core`;
const NONE: Delaying = { delay: 0, jitter: 0, loss: 0, reorder: false };
const directory = mkdtempSync(join(tmpdir(), 'wamptcp-link-'));

function site(number: 1 | 2, rate: number): Line {
  return {
    namespace: `${PREFIX}-line${number}`,
    gateway: { namespace: `${PREFIX}-gw${number}`, interface: 'wan' },
    core: { namespace: CORE, interface: `line${number}` },
    subnets: [
      {
        prefix: `192.0.2.${number * 4}/30`,
        nextHop: `192.0.2.${number * 4 + 1}`,
        gateway: `192.0.2.${number * 4 + 2}`,
      },
      {
        prefix: `2001:db8:${number}::/64`,
        nextHop: `2001:db8:${number}::1`,
        gateway: `2001:db8:${number}::2`,
      },
    ],
    link: linkSpec({ down: { rate }, up: { rate: rate * 2 } }),
  };
}

const near = site(1, 20e6);
const far = site(2, 200e6);
const FAR_V4 = '192.0.2.10';
const FAR_V6 = '2001:db8:2::2';
let impairment: Impairment;

/** Round trips in ms of the pings that came back. */
async function ping(target: string, count: number, ...options: string[]): Promise<number[]> {
  const { stdout } = await execa(
    'ip',
    ['netns', 'exec', near.gateway.namespace, 'ping', '-i', '0.01', '-W', '1'].concat(
      ['-c', String(count)],
      options,
      target,
    ),
    { reject: false },
  );
  return [...stdout.matchAll(/time=([\d.]+)/g)].map((match) => Number(match[1]));
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Mb/s of TCP between the gateways: towards the far one, or back. */
async function throughput(towards: 'far' | 'near'): Promise<number> {
  const server = execa('ip', [
    ...['netns', 'exec', far.gateway.namespace, 'iperf3', '-s', '-1', '-B', FAR_V4],
  ]);
  await sleep(200);
  const client = ['netns', 'exec', near.gateway.namespace, 'iperf3', '-J', '-t', '3', '-O', '1'];
  const reverse = towards === 'near' ? ['-R'] : [];
  const { stdout } = await execa('ip', [...client, '-c', FAR_V4, ...reverse]);
  await server;
  const report = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
  return report.end.sum_received.bits_per_second / 1e6;
}

async function impair(change: Partial<Delaying>): Promise<void> {
  for (const direction of ['up', 'down'] as const) {
    await impairment.set(near.namespace, direction, { ...NONE, ...change });
  }
}

before(async () => {
  impairment = await openImpairment(join(directory, 'delay.sock'));
  await runCommands(buildCore(CORE, ['198.51.100.1/32']));
  for (const line of [near, far]) {
    await runCommand({ argv: ['ip', 'netns', 'add', line.gateway.namespace] });
    await runCommands(buildLine(line, impairment.kind));
    await impairment.start(line.namespace, line.link);
    for (const { nextHop } of line.subnets) {
      await runCommand({
        argv: ['ip', '-n', line.gateway.namespace, 'route', 'add', 'default', 'via', nextHop],
      });
    }
  }
});

after(async () => {
  for (const line of [near, far]) {
    await impairment.stop(line.namespace);
    await runCommands(removeLine(line)).catch(() => undefined);
    await execa('ip', ['netns', 'delete', line.gateway.namespace], { reject: false });
  }
  await execa('ip', ['netns', 'delete', CORE], { reject: false });
  await impairment.end();
  rmSync(directory, { recursive: true, force: true });
});

describe('links', () => {
  test('a delay adds what it says to the round trip, over IPv4 and IPv6', async () => {
    const plain = Math.min(...(await ping(FAR_V4, 50)));
    assert.ok(plain < 5, `without delay: ${plain} ms`);
    await impair({ delay: 10 });
    for (const target of [FAR_V4, FAR_V6]) {
      const added = Math.min(...(await ping(target, 100))) - plain;
      assert.ok(added > 19.5 && added < 22, `${target}: ${added} ms added instead of 20`);
    }
    await impair({});
    assert.ok(Math.min(...(await ping(FAR_V4, 50))) < 5, 'the delay is gone again');
  });

  test('jitter spreads round trips about the delay', async () => {
    await impair({ delay: 20, jitter: 10 });
    const times = await ping(FAR_V4, 200);
    await impair({});
    const middle = median(times);
    assert.ok(middle > 33 && middle < 50, `median ${middle} ms`);
    assert.ok(Math.min(...times) < middle - 4, 'some are much faster');
  });

  test('loss loses its part of single packets, and changes while the line runs', async () => {
    assert.equal((await ping(FAR_V4, 100)).length, 100);
    await impairment.set(near.namespace, 'up', { ...NONE, loss: 0.3 });
    const some = (await ping(FAR_V4, 400)).length;
    // 280 expected, standard deviation 9.
    assert.ok(some > 230 && some < 330, `${some} of 400 came back`);
    await impairment.set(near.namespace, 'up', { ...NONE, loss: 1 });
    assert.equal((await ping(FAR_V4, 20)).length, 0);
    await impair({});
    assert.equal((await ping(FAR_V4, 100)).length, 100);
  });

  test('cuts: both ways, one way, carrier; the line itself still answers', async () => {
    await runCommands(cut(near, { up: true, down: true }));
    assert.equal((await ping(FAR_V4, 5)).length, 0);
    assert.equal((await ping('192.0.2.5', 5)).length, 5);
    await runCommands(cut(near, { up: false, down: true }));
    const received = await received4(far.gateway.namespace);
    assert.equal((await ping(FAR_V4, 5)).length, 0);
    assert.ok((await received4(far.gateway.namespace)) >= received + 5, 'the way out is open');
    await runCommands(cut(near, { up: false, down: false }));
    assert.equal((await ping(FAR_V4, 5)).length, 5);
    await impair({ delay: 150 });
    const underWay = ping(FAR_V4, 1);
    await sleep(80);
    await runCommands(cut(near, { up: true, down: true }));
    assert.equal((await underWay).length, 0, 'a cut also takes what is under way');
    await runCommands(cut(near, { up: false, down: false }));
    await impair({});
    await runCommands(carrier(near, 'down'));
    const state = await runCommand(
      inNamespace(near.gateway.namespace, ['cat', '/sys/class/net/wan/carrier']),
    );
    assert.equal(state, '0');
    await runCommands(carrier(near, 'up'));
    for (const target of [FAR_V4, FAR_V6]) {
      assert.ok((await ping(target, 20)).length > 0, `${target} is back after carrier`);
    }
  });

  test('each direction has its own rate, and can be given another', async () => {
    const up = await throughput('far');
    const down = await throughput('near');
    assert.ok(up / down > 1.6 && up / down < 2.4, `up ${up} Mb/s, down ${down} Mb/s`);
    assert.ok(down > 15 && down < 20, `down ${down} Mb/s`);
    await runCommands(setRate(near, 'down', { rate: 60e6, queue: 'priority' }, impairment.kind));
    const faster = await throughput('near');
    await runCommands(setRate(near, 'down', { rate: 20e6, queue: 'priority' }, impairment.kind));
    assert.ok(faster / down > 2.2 && faster < 60, `${down} Mb/s became ${faster} Mb/s`);
  });

  test('CS6 goes first through a full line, over IPv4 and IPv6', async () => {
    for (const target of [FAR_V4, FAR_V6]) {
      const load = throughput('far');
      await sleep(1500);
      const [first, rest] = await Promise.all([ping(target, 100, '-Q', '0xc0'), ping(target, 100)]);
      await load;
      assert.ok(
        median(first) < median(rest) / 2,
        `${target}: CS6 ${median(first)} ms, others ${median(rest)} ms`,
      );
    }
  });

  test('when the delay line dies, packets pass undelayed until it is started again', async (t) => {
    if (impairment.kind !== 'delay-line') {
      t.skip('the kernel delays by itself');
      return;
    }
    await impair({ delay: 25 });
    assert.ok(Math.min(...(await ping(FAR_V4, 20))) > 49);
    const process_ = (await impairment.statistics())?.process;
    assert.ok(process_ !== undefined);
    process.kill(process_, 'SIGKILL');
    await sleep(100);
    assert.ok(Math.min(...(await ping(FAR_V4, 20))) < 5);
    const held = { ...NONE, delay: 25 };
    await impairment.start(near.namespace, { up: held, down: held });
    assert.ok(Math.min(...(await ping(FAR_V4, 20))) > 49);
    await impair({});
  });

  test('a namespace deleted under the delay line is let go, cables and all', async (t) => {
    if (impairment.kind !== 'delay-line') {
      t.skip('nothing holds on to it');
      return;
    }
    await impair({ delay: 5 });
    await runCommand({ argv: ['ip', 'netns', 'delete', near.namespace] });
    const deadline = Date.now() + 5000;
    while ((await interfaces(near.gateway.namespace)).includes('wan')) {
      assert.ok(Date.now() < deadline, 'the cable is still there');
      await sleep(50);
    }
    // As before, and under the same name.
    await runCommands(buildLine(near, impairment.kind));
    await impair({ delay: 5 });
    await runCommand({
      argv: ['ip', '-n', near.gateway.namespace, 'route', 'add', 'default', 'via', '192.0.2.5'],
    });
    assert.ok(Math.min(...(await ping(FAR_V4, 20))) > 9.5);
  });

  test('nothing is left behind', async () => {
    const process_ = (await impairment.statistics())?.process;
    for (const line of [near, far]) {
      await impairment.stop(line.namespace);
      await runCommands(removeLine(line));
      assert.ok(!(await interfaces(line.gateway.namespace)).includes('wan'));
    }
    assert.deepEqual(await interfaces(CORE), ['lo']);
    assert.deepEqual(
      readdirSync('/run/netns').filter((name) => name.startsWith(`${PREFIX}-line`)),
      [],
    );
    await impairment.end();
    await sleep(500);
    assert.ok(!existsSync(join(directory, 'delay.sock')));
    if (process_ !== undefined) assert.throws(() => process.kill(process_, 0), /ESRCH/);
  });
});

async function received4(namespace: string): Promise<number> {
  const text = await runCommand(
    inNamespace(namespace, ['cat', '/sys/class/net/wan/statistics/rx_packets']),
  );
  return Number(text);
}

async function interfaces(namespace: string): Promise<string[]> {
  const text = await runCommand({ argv: ['ip', '-n', namespace, '-j', 'link', 'show'] });
  return (JSON.parse(text) as { ifname: string }[]).map(({ ifname }) => ifname);
}
