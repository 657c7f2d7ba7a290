/**
 * A WAN without a hub is gone for a while under a bulk transfer of one host: how soon after healing the
 * host's connection uses it again. Nobody can move a subflow that is translated, so it waits for its own
 * retransmission timer, whose pauses double, or is made anew.
 */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { labUp } from '../src/lab/lab.ts';
import type { Lab } from '../src/lab/lab.ts';
import { runBulk } from '../src/lab/traffic/bulk-run.ts';
import { startServer } from '../src/lab/traffic/traffic-server.ts';
import { WanRates } from '../src/lab/traffic/wan-rates.ts';
import type { RateSample } from '../src/lab/traffic/wan-rates.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';

const TOPOLOGY = join(resolve(import.meta.dirname, '..'), 'examples/lab/direct.yaml');
const BEFORE_MS = 3000;
const OUTAGE_MS = 20_000;
/** Pauses that double end before this: the next retransmission is at most as far away as the first loss. */
const AFTER_MS = 25_000;
/** Of the rate of the line; probes and stray segments are far less. */
const USED = 10e6;

type Direction = 'upload' | 'download';

interface Way {
  readonly what: string;
  readonly direction: Direction;
  /** On the host, beside what a host has in any case. */
  readonly settings: readonly string[];
  readonly readded: boolean;
}

/** What `host:` says, and the kernel's own. */
const KERNEL = ['net.ipv4.tcp_rto_max_ms=120000', 'net.ipv4.tcp_retries2=15'];

const WAYS: readonly Way[] = [
  { what: 'upload', direction: 'upload', settings: KERNEL, readded: false },
  {
    what: 'upload, tcp_rto_max_ms=1000',
    direction: 'upload',
    settings: ['net.ipv4.tcp_rto_max_ms=1000', 'net.ipv4.tcp_retries2=15'],
    readded: false,
  },
  {
    what: 'upload, tcp_rto_max_ms=1000, tcp_retries2=255',
    direction: 'upload',
    settings: ['net.ipv4.tcp_rto_max_ms=1000', 'net.ipv4.tcp_retries2=255'],
    readded: false,
  },
  { what: 'upload, endpoint added again', direction: 'upload', settings: KERNEL, readded: true },
  { what: 'download', direction: 'download', settings: KERNEL, readded: false },
  {
    what: 'download, tcp_rto_max_ms=1000, tcp_retries2=255',
    direction: 'download',
    settings: ['net.ipv4.tcp_rto_max_ms=1000', 'net.ipv4.tcp_retries2=255'],
    readded: false,
  },
  {
    what: 'download, endpoint added again',
    direction: 'download',
    settings: KERNEL,
    readded: true,
  },
];

export const direct: Benchmark = {
  name: 'direct',
  about: `${OUTAGE_MS / 1000} s outage of one of two direct WANs, 100 and 50 Mb/s, under a bulk transfer`,
  async run(context) {
    const lab = await labUp(TOPOLOGY, { name: `bench-direct-${process.pid}` });
    try {
      await lab.prepareFaults();
      const rows: Row[] = [];
      for (const way of WAYS) rows.push(await measure(lab, way, context));
      return rows;
    } finally {
      await lab.down();
    }
  },
};

async function measure(lab: Lab, way: Way, context: BenchContext): Promise<Row> {
  await lab.exec('client1', ['sysctl', '-qw', ...way.settings]);
  const values: number[] = [];
  const raw: unknown[] = [];
  for (let round = 0; round < repetitions(3, context); round++) {
    const outage = await oneOutage(lab, way);
    values.push(outage.seconds);
    raw.push(outage);
    context.progress(`${way.what}: used again after ${outage.seconds.toFixed(2)} s`);
  }
  return { what: `healed → used again: ${way.what}`, unit: 's', values, raw };
}

interface Outage {
  /** Infinity: not in time. */
  readonly seconds: number;
  readonly samples: readonly RateSample[];
}

async function oneOutage(lab: Lab, way: Way): Promise<Outage> {
  const samples: RateSample[] = [];
  const [node, line] = way.direction === 'upload' ? ['server', 'line1'] : ['shop', 'eth1'];
  const server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
  const bulk = runBulk({
    server,
    host: '9.9.9.9',
    namespace: lab.namespace('client1'),
    protocol: 'mptcp',
    direction: way.direction,
    seconds: (BEFORE_MS + OUTAGE_MS + AFTER_MS) / 1000,
  });
  await bulk.connected;
  const rates = new WanRates(lab.namespace(node), [line], (one) => samples.push(one), 100);
  try {
    await sleep(BEFORE_MS);
    await lab.fault('fibre', { kind: 'down' });
    await sleep(OUTAGE_MS);
    const { at: healedAt } = await lab.fault('fibre', { kind: 'up' });
    if (way.readded) await readd(lab);
    const used = await usedAgain(samples, healedAt);
    const seconds = used === undefined ? Infinity : (used.monotonic - healedAt) / 1000;
    return { seconds, samples };
  } finally {
    // Not waited for: an MPTCP receiver of Linux 6.18 may stand still for ever.
    await bulk.stop();
    await rates.stop();
    await server.stop();
  }
}

/** Undefined: not within {@link AFTER_MS}. */
async function usedAgain(
  samples: readonly RateSample[],
  healedAt: number,
): Promise<RateSample | undefined> {
  for (const deadline = performance.now() + AFTER_MS; performance.now() < deadline;) {
    const used = samples.find(
      ({ monotonic, rates: [rate = 0] }) => monotonic > healedAt && rate > USED,
    );
    if (used !== undefined) return used;
    await sleep(100);
  }
  return undefined;
}

/** As soon as the gateway uses the WAN again; earlier, a new subflow would take the other one. */
async function readd(lab: Lab): Promise<void> {
  const way = async (): Promise<string> =>
    (await lab.exec('shop', ['ip', 'route', 'show', 'table', '5001'])).stdout;
  while (!(await way()).includes('dev eth1')) await sleep(50);
  const { stdout } = await lab.exec('client1', ['ip', 'mptcp', 'endpoint', 'show']);
  const [, id = ''] = /^10\.10\.1\.2 id (\d+)/m.exec(stdout) ?? [];
  await lab.exec('client1', ['ip', 'mptcp', 'endpoint', 'delete', 'id', id]);
  await lab.exec('client1', [
    ...['ip', 'mptcp', 'endpoint', 'add', '10.10.1.2', 'dev', 'eth0', 'subflow'],
  ]);
}
