/**
 * Each mechanism does what its name says: which lines carry, what hosts speak, what a dead line does to
 * what is under way, and that nothing of it is left. Needs root.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'node:test';

import { mechanism } from '../../../src/lab/mechanism/mechanisms.ts';
import { MECHANISMS } from '../../../src/lab/mechanism/mechanism.ts';
import type {
  MechanismName,
  Testbed,
  TestbedOptions,
} from '../../../src/lab/mechanism/mechanism.ts';
import { startCapture } from '../../../src/lab/testbed/capture.ts';
import { receivedByLine } from '../../../src/lab/testbed/carrying-line.ts';
import { runBulk } from '../../../src/lab/traffic/bulk-run.ts';
import type { BulkOptions, BulkRun } from '../../../src/lab/traffic/bulk-run.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { leftOf, until } from './lab-of-test.ts';

interface Promised {
  readonly family: TestbedOptions['family'];
  readonly encapsulation: TestbedOptions['encapsulation'];
  /** Lines that carry one download, or many at once. */
  readonly lines: 'first' | 'both';
  /** What a transfer does when the first line dies; of many at once, all. */
  readonly cut: 'goes on' | 'stands still';
  /** Flows at once. */
  readonly flows?: number;
  /** Also look into a capture: one for each kind of capture point. */
  readonly captured?: true;
  /** Ours, instead of the kernel's. */
  readonly profile?: true;
}

const ipv4 = { family: 'ipv4', encapsulation: 'vxlan' } as const;
const ipv6 = { family: 'ipv6', encapsulation: 'vxlan' } as const;
const direct = { family: 'ipv4', encapsulation: 'none' } as const;
const directIpv6 = { family: 'ipv6', encapsulation: 'none' } as const;

const PROMISES: readonly (readonly [MechanismName, Promised])[] = [
  ['handoff-ping', { ...ipv4, lines: 'first', cut: 'goes on' }],
  ['plain-tcp', { ...direct, lines: 'first', cut: 'stands still', captured: true }],
  ['plain-mptcp', { ...ipv6, lines: 'first', cut: 'stands still' }],
  ['ecmp-tcp', { ...ipv4, lines: 'both', cut: 'goes on', flows: 16 }],
  ['ecmp-tcp', { ...directIpv6, lines: 'both', cut: 'stands still', flows: 16 }],
  ['ecmp-mptcp', { ...ipv6, lines: 'both', cut: 'goes on', flows: 16 }],
  ['handoff', { ...ipv6, lines: 'first', cut: 'goes on' }],
  ['proxy', { ...ipv4, lines: 'both', cut: 'goes on' }],
  ['proxy-fr', { ...ipv6, lines: 'both', cut: 'goes on', captured: true }],
  ['proxy-dante', { ...direct, lines: 'both', cut: 'goes on', captured: true }],
  ['tunnel', { ...ipv6, lines: 'both', cut: 'goes on', captured: true }],
  ['tunnel-openvpn', { ...ipv4, lines: 'both', cut: 'goes on' }],
  ['wamptcp', { ...directIpv6, lines: 'both', cut: 'goes on' }],
  ['wamptcp-fr', { ...ipv4, lines: 'both', cut: 'goes on', captured: true }],
  ['wamptcp-fr-profile', { ...ipv6, lines: 'both', cut: 'goes on', profile: true }],
];

const LINE = { rate: 100, rtt: 1 };
/** More than fits into the send buffer (8 MiB), which the first subflow gets before there are others. */
const BYTES = 20e6;
/** Shorter than any of these stands still, longer than anything that was under way takes. */
const STILL_MS = 1500;

// Two at a time: most of the time each waits for something.
describe('mechanisms', { concurrency: 2 }, () => {
  for (const [number, [name, promise]] of PROMISES.entries()) {
    const { family, encapsulation } = promise;
    test(`${name}, ${family}, encapsulation ${encapsulation}`, async () => {
      const lab = `t-mech${number}-${process.pid}`;
      const options = { name: lab, lines: [LINE, LINE], family, encapsulation, bfd: 50 };
      const bed = await mechanism(name).setUp(options);
      try {
        const namespace = bed.lab.namespace(bed.servers[0]!);
        const server = await startServer({ namespace, protocol: bed.protocol });
        await carries(bed, server, promise);
        await survives(bed, server, promise);
        await server.stop();
        await hasTimers(bed, promise.profile === true ? 10_000 : 200_000);
      } finally {
        await bed.down();
      }
      assert.deepEqual(leftOf(lab), []);
    });
  }

  test('all are here', () => {
    const tested = new Set(PROMISES.map(([name]) => name));
    assert.deepEqual(
      MECHANISMS.filter((name) => !tested.has(name)),
      [],
    );
  });

  test('what a mechanism does not claim is refused before anything is made', async () => {
    const options = { name: 't-mech-refused', lines: [LINE], bfd: 50, ...direct } as const;
    await assert.rejects(mechanism('handoff').setUp(options), { code: 'MECHANISM_CANNOT' });
    await assert.rejects(mechanism('proxy-dante').setUp({ ...options, ...ipv6 }), {
      code: 'MECHANISM_CANNOT',
    });
  });
});

function download(
  bed: Testbed,
  server: TrafficServer,
  { flows = 1 }: Promised,
  much: Pick<BulkOptions, 'bytes' | 'seconds'>,
): BulkRun {
  return runBulk({
    ...much,
    server,
    host: bed.serverAddresses[0]!,
    namespace: bed.lab.namespace(bed.clients[0]!),
    protocol: bed.protocol,
    connections: flows,
  });
}

async function carries(bed: Testbed, server: TrafficServer, promise: Promised): Promise<void> {
  const before = await receivedByLine(bed);
  const directory = `/run/wamptcp/lab-${bed.lab.name}/captures`;
  const capture = promise.captured === true ? await startCapture(bed, directory) : undefined;
  const result = await download(bed, server, promise, { bytes: BYTES }).result;
  const captured = await capture?.stop();
  assert.ok(result.intact);
  const shares = (await receivedByLine(bed)).map((bytes, line) => (bytes - before[line]!) / BYTES);
  const [first = NaN, second = NaN] = shares;
  if (promise.lines === 'both') assert.ok(Math.min(first, second) > 0.02, shares.join(', '));
  else assert.ok(first > 0.9 && second < 0.1, shares.join(', '));
  const connected = server.reports.items.find((report) => report.event === 'connected');
  assert.equal(connected?.connection.mptcp, bed.protocol === 'mptcp');
  if (captured === undefined) return;
  assert.equal(captured.dropped, 0);
  await Promise.all([sawData(bed, captured.sender), sawData(bed, captured.receiver)]);
}

/** The file has the bytes of the download, by the lengths of its packets. */
async function sawData(bed: Testbed, file: string): Promise<void> {
  const words = ['-r', file, '-T', 'fields', '-e', 'tcp.len'];
  const { stdout } = await bed.lab.exec('client', ['tshark', ...words]);
  const bytes = stdout.split('\n').reduce((sum, length) => sum + Number(length), 0);
  assert.ok(bytes >= BYTES, `${file}: ${bytes} bytes`);
}

async function survives(bed: Testbed, server: TrafficServer, promise: Promised): Promise<void> {
  const run = download(bed, server, promise, { seconds: 60 });
  let received = 0;
  void (async () => {
    for await (const { totalBytes } of run.intervals) received = totalBytes;
  })();
  await until('a transfer under way', async () => Promise.resolve(received > BYTES / 10));
  await bed.lab.fault(bed.lines[0]!, { kind: 'down' });
  if (promise.flows !== undefined) {
    await flowsEnd(bed, server, promise);
  } else {
    // What was in queues and buffers has arrived.
    await sleep(STILL_MS);
    const after = received;
    if (promise.cut === 'goes on') {
      await until('the transfer going on', async () => Promise.resolve(received > after));
    } else {
      await sleep(STILL_MS);
      assert.equal(received, after);
    }
  }
  await run.stop();
  await bed.lab.fault(bed.lines[0]!, { kind: 'up' });
  await bed.ready();
}

/** Whether new flows all find a line that lives. */
async function flowsEnd(bed: Testbed, server: TrafficServer, promise: Promised): Promise<void> {
  await sleep(STILL_MS);
  // Little, for what was under way shares the line that is left.
  const run = download(bed, server, promise, { bytes: BYTES / 20 });
  const ended = await Promise.race([
    run.result.then(({ intact }) => intact),
    sleep(4 * STILL_MS, false),
  ]);
  await run.stop();
  assert.equal(ended, promise.cut === 'goes on');
}

async function hasTimers(bed: Testbed, rtoMinMicroseconds: number): Promise<void> {
  const keys = ['net.ipv4.tcp_rto_min_us', 'net.ipv4.tcp_rmem'];
  const { stdout } = await bed.lab.exec(bed.servers[0]!, ['sysctl', '-n', ...keys]);
  const [rtoMin, buffers = ''] = stdout.split('\n');
  assert.equal(Number(rtoMin), rtoMinMicroseconds);
  // MPTCP receivers stall below 32 MiB; alike for all.
  assert.equal(Number(buffers.split(/\s+/)[2]), 64 * 1024 ** 2);
}
