/**
 * Whether captures tell what a person feels: under a stream of messages a line is cut, and the
 * greatest delay of a message is compared with T-latency from captures of the same run.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';

import type { Lab } from '../src/lab/lab.ts';
import { monotonicNs } from '../src/lab/traffic/monotonic.ts';
import { inNamespace } from '../src/lab/traffic/namespace-command.ts';
import { runStream } from '../src/lab/traffic/stream-run.ts';
import { startServer } from '../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../src/lab/traffic/traffic-server.ts';
import { addRow, analyse } from '../src/measure/analyse.ts';
import type { Capture } from '../src/measure/analyse.ts';
import type { Measurement } from '../src/measure/measurement.ts';
import { PACKET_FIELDS } from '../src/measure/packet.ts';
import { Trace } from '../src/measure/trace.ts';
import { readCapture } from '../src/system/tshark.ts';
import { carryingLine } from './cuts.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import type { WrittenSites } from './two-sites.ts';
import { withLab } from './with-lab.ts';

const SITES = { lab: 'agree', rates: [100, 100], rtt: 1, family: 'ipv4', interval: 20 } as const;

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
  readonly firstLostMs: number;
  readonly dataDelayMs: number;
  readonly receiverOnlyMs: number;
  readonly lostBytes: number;
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
  while (all.length < repetitions(10, context)) {
    const one = await oneCut(lab, written, server, directory);
    all.push(one);
    context.progress(
      `cut ${all.length}: message ${show(one.messageMs)}, T-latency ${show(one.latencyMs)}, ` +
        `data ${show(one.dataDelayMs)}, first lost ${show(one.firstLostMs)}, receiver's alone ` +
        `${show(one.receiverOnlyMs)}, lost ${one.lostBytes} B, stall ${show(one.stallMs)} ms`,
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

async function oneCut(
  lab: Lab,
  written: WrittenSites,
  server: TrafficServer,
  directory: string,
): Promise<Comparison> {
  const files = {
    sender: join(directory, 'sender.pcap'),
    receiver: join(directory, 'receiver.pcap'),
  };
  const captures = [
    await startCapture(lab.namespace('server'), files.sender),
    await startCapture(lab.namespace('client'), files.receiver),
  ];
  const stream = runStream({
    server,
    host: written.server,
    namespace: lab.namespace('client'),
    protocol: 'mptcp',
    seconds: 3,
  });
  await stream.connected;
  await sleep(1000);
  const { at } = await lab.fault(await carryingLine(lab, written), { kind: 'down' });
  const { received } = await stream.result;
  const epoch = epochOf(at);
  for (const stop of captures) await stop();
  for (const name of written.lineOf.values()) await lab.fault(name, { kind: 'up' });
  await lab.waitForPaths();
  const both = await measure(files, epoch);
  const alone = await measure({ receiver: files.receiver }, epoch);
  return {
    messageMs: received.figures?.delayMs.max ?? NaN,
    latencyMs: both.outage?.latencyFailure.ms ?? NaN,
    firstLostMs: both.outage?.latencyFailure.firstLostMs ?? NaN,
    dataDelayMs: both.greatestDelay?.ms ?? NaN,
    receiverOnlyMs: alone.outage?.latencyFailure.ms ?? NaN,
    lostBytes: both.outage?.latencyFailure.lostBytes ?? NaN,
    stallMs: received.figures?.stallMs ?? NaN,
  };
}

async function measure(files: Readonly<Record<string, string>>, at: number): Promise<Measurement> {
  const captures: Capture[] = [];
  for (const [side, file] of Object.entries(files)) {
    const trace = new Trace();
    const { cutShort } = await readCapture(file, PACKET_FIELDS, (row) => {
      addRow(trace, row);
    });
    captures.push({ file, side, trace, cutShort });
  }
  return analyse(captures, { outage: { at, heal: undefined } }).measurement;
}

/** Resolves when it records; what it gives ends the record. */
async function startCapture(namespace: string, file: string): Promise<() => Promise<void>> {
  const [program, ...words] = inNamespace(namespace, [
    ...(['tcpdump', '-i', 'any', '-s', '128', '-U', '-Z', 'root', '-w', file, 'tcp'] as const),
  ]);
  const child = execa(program, words, { reject: false, stdin: 'ignore', stdout: 'ignore' });
  // Its first words say that it listens.
  await once(child.stderr, 'data');
  return async () => {
    // What the kernel has collected is handed over in time.
    await sleep(300);
    child.kill('SIGINT');
    await child;
  };
}

/** A moment of the monotonic clock, milliseconds, as captures have it: seconds since the epoch. */
function epochOf(at: number): number {
  const last = Date.now();
  // The clock of the day has milliseconds only, so its next tick is waited for.
  let now = last;
  while (now === last) now = Date.now();
  return (now - (monotonicNs() / 1e6 - at)) / 1000;
}

function show(value: number): string {
  return value.toFixed(1);
}
