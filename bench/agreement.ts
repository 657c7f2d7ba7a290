/**
 * Whether captures tell what a person feels: under a stream of messages a line is cut, and the
 * greatest delay of a message is compared with T-latency from captures of the same run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Lab } from '../src/lab/lab.ts';
import { analyseCaptures } from '../src/evaluate/captures.ts';
import { startCapture } from '../src/lab/testbed/capture.ts';
import type { CaptureFiles } from '../src/lab/testbed/capture.ts';
import { carryingLine } from '../src/lab/testbed/carrying-line.ts';
import { epochOf } from '../src/lab/testbed/epoch.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import type { WrittenSites } from '../src/lab/testbed/write-sites.ts';
import { runStream } from '../src/lab/traffic/stream-run.ts';
import { startServer } from '../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../src/lab/traffic/traffic-server.ts';
import type { Measurement } from '../src/measure/measurement.ts';
import { linesUnder } from './cuts.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';

const SITES = {
  lab: 'agree',
  lines: linesOf([100, 100], 1),
  family: 'ipv4',
  interval: 20,
} as const;

/** Of a download. */
const ENDS = {
  sender: { node: 'server', interface: 'eth0', filter: 'tcp' },
  receiver: { node: 'client', interface: 'eth0', filter: 'tcp' },
} as const;

export const agreement: Benchmark = {
  name: 'agreement',
  about: 'greatest delay of a message against T-latency from captures of the same cut',
  run: async (context) =>
    await withLab(SITES, async (lab, written) => {
      const namespace = lab.namespace('server');
      const server = await startServer({ namespace, protocol: 'mptcp', realtime: true });
      const directory = await mkdtemp(join(tmpdir(), 'wamptcp-agreement-'));
      try {
        return await compare(lab, written, server, directory, context);
      } finally {
        await server.stop();
        await rm(directory, { recursive: true });
      }
    }),
};

interface Comparison {
  readonly messageMs: number;
  readonly latencyMs: number;
  /** T-latency counted from the first lost copy's transmission instead of the time of the cut. */
  readonly fromFirstLossMs: number;
  readonly firstLostMs: number;
  readonly dataDelayMs: number;
  readonly receiverOnlyMs: number;
  readonly lostBytes: number;
  /** When the message with the greatest delay was due, and the slowest data sent: since the cut. */
  readonly dueSinceCutMs: number;
  readonly sentSinceCutMs: number;
  /** How late the instrument itself was: a noisy machine, not the network. */
  readonly stallMs: number;
}

async function compare(
  lab: Lab,
  written: WrittenSites,
  server: TrafficServer,
  directory: string,
  context: BenchContext,
): Promise<readonly Row[]> {
  const all: Comparison[] = [];
  let asides = 0;
  while (all.length < repetitions(10, context)) {
    const one = await oneCut(lab, written, server, directory);
    const aside = reasonAside(one);
    if (aside === undefined) all.push(one);
    else asides += 1;
    if (asides > MOST_ASIDE)
      throw new Error('most cuts could not be used: the machine is too busy');
    context.progress(
      `${aside ?? `cut ${all.length}`}: message ${show(one.messageMs)}, T-latency ${show(one.latencyMs)}, ` +
        `from first loss ${show(one.fromFirstLossMs)}, data ${show(one.dataDelayMs)}, first lost ${show(one.firstLostMs)}, receiver's alone ` +
        `${show(one.receiverOnlyMs)}, lost ${one.lostBytes} B, due ${show(one.dueSinceCutMs)}, sent ${show(one.sentSinceCutMs)}, stall ${show(one.stallMs)} ms`,
    );
  }
  const difference = (what: keyof Comparison): readonly number[] =>
    all.map((one) => Math.abs(one[what] - one.messageMs));
  const target = { text: '< 5', met: (value: number) => value < 5 };
  return [
    {
      what: 'greatest message delay',
      unit: 'ms',
      values: all.map((one) => one.messageMs),
      raw: all,
    },
    { what: '… against T-latency', unit: 'ms', values: difference('latencyMs'), target },
    {
      what: '… against T-latency from the first loss on',
      unit: 'ms',
      values: difference('fromFirstLossMs'),
      target,
    },
    {
      what: '… against the greatest data delay',
      unit: 'ms',
      values: difference('dataDelayMs'),
      target,
    },
    {
      what: '… against T-latency by the receiver alone',
      unit: 'ms',
      values: difference('receiverOnlyMs'),
    },
  ];
}

/** Cuts that show something else than how long an outage is felt. */
function reasonAside({ lostBytes, stallMs }: Comparison): string | undefined {
  if (!(lostBytes > 0)) return 'set aside, the line that was cut carried nothing';
  return stallMs > MOST_STALL_MS ? 'set aside, the instrument itself stood still' : undefined;
}

const MOST_ASIDE = 20;
const MOST_STALL_MS = 5;

async function oneCut(
  lab: Lab,
  written: WrittenSites,
  server: TrafficServer,
  directory: string,
): Promise<Comparison> {
  const capture = await startCapture({ lab, capture: ENDS }, directory);
  const stream = runStream({
    server,
    host: written.server,
    namespace: lab.namespace('client'),
    protocol: 'mptcp',
    seconds: 3,
  });
  await stream.connected;
  await sleep(1000);
  const { at } = await lab.fault(await carryingLine(linesUnder(lab, written)), { kind: 'down' });
  const { received } = await stream.result;
  const epoch = epochOf(at);
  const { sender, receiver } = await capture.stop();
  for (const name of written.lineOf.values()) await lab.fault(name, { kind: 'up' });
  await lab.waitForPaths();
  const both = await measure({ sender, receiver }, epoch);
  const alone = await measure({ receiver }, epoch);
  return {
    messageMs: received.figures?.delayMs.max ?? NaN,
    latencyMs: both.outage?.latencyFailure.ms ?? NaN,
    fromFirstLossMs: fromFirstLoss(both),
    firstLostMs: both.outage?.latencyFailure.firstLostMs ?? NaN,
    dataDelayMs: both.greatestDelay?.ms ?? NaN,
    receiverOnlyMs: alone.outage?.latencyFailure.ms ?? NaN,
    lostBytes: both.outage?.latencyFailure.lostBytes ?? NaN,
    dueSinceCutMs: (received.figures?.worst.dueNs ?? NaN) / 1e6 - at,
    sentSinceCutMs: ((both.greatestDelay?.at ?? NaN) - epoch) * 1000,
    stallMs: received.figures?.stallMs ?? NaN,
  };
}

function fromFirstLoss({ outage }: Measurement): number {
  const { ms, lostFrom } = outage?.latencyFailure ?? { ms: null, lostFrom: null };
  return ms === null || lostFrom === null ? NaN : ms + ((outage?.at ?? NaN) - lostFrom) * 1000;
}

async function measure(files: Partial<CaptureFiles>, at: number): Promise<Measurement> {
  return (await analyseCaptures(files, { outage: { at, heal: undefined } })).measurement;
}

function show(value: number): string {
  return value.toFixed(1);
}
