/**
 * One connection while one of its lines dies and returns: the four metrics of section IV-B by captures
 * from both ends, and the rates over time. Without an outage: what its timers cost while nothing is wrong.
 *
 * Always holds: times count from the cut as the kernel made it; what a person's messages felt is told
 * by the messages themselves, not by the captures.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import type { HostSettings, MechanismName, Testbed } from '../../lab/mechanism/mechanism.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import { startCapture } from '../../lab/testbed/capture.ts';
import { carryingLine } from '../../lab/testbed/carrying-line.ts';
import { epochOf } from '../../lab/testbed/epoch.ts';
import { runBulk } from '../../lab/traffic/bulk-run.ts';
import { readKernelCounters } from '../../lab/traffic/kernel-counters.ts';
import type { KernelCounters } from '../../lab/traffic/kernel-counters.ts';
import type { ConnectedReport } from '../../lab/traffic/report.ts';
import { runStream } from '../../lab/traffic/stream-run.ts';
import type { TrafficServer } from '../../lab/traffic/traffic-server.ts';
import { WanRates } from '../../lab/traffic/wan-rates.ts';
import type { RateSample } from '../../lab/traffic/wan-rates.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Analysis } from '../../measure/figures.ts';
import { analyseCaptures } from '../captures.ts';
import type { Instrument, MeasureContext } from '../experiment.ts';
import { obey } from '../policies.ts';
import type { Policy } from '../policies.ts';
import { ONE_LINE_AT_A_TIME } from '../one-at-a-time.ts';
import { target, warmUp, withServer, withTestbed } from '../testbeds.ts';
import { ratesAround } from './rates-around.ts';

export type OutageParameters = {
  readonly mechanism: MechanismName;
  /** Milliseconds; 0 for a mechanism that does not detect. */
  readonly bfd: number;
  /** Milliseconds, added. */
  readonly rtt: number;
  /** How long a full queue of a line takes to drain, milliseconds; 0: the lab's own. */
  readonly buffer: number;
  /** Seconds: until the cut, until healing, until the end; an outage of 0: nothing is cut. */
  readonly before: number;
  readonly outage: number;
  readonly after: number;
  /** Plain TCP downloads beside it. */
  readonly competing: number;
  /** `bulk`, or light messages that leave by one line. */
  readonly load: 'bulk' | 'stream';
  /** Of the hosts; empty and 0: the mechanism's own. */
  readonly control: string;
  /** Milliseconds. */
  readonly rtoMin: number;
  readonly staleLossCount: number;
  readonly policy: Policy;
};

const metric = z.number().nullable();

export const outageResult = z.object({
  /** Milliseconds; null: not restored, or not to be told. */
  throughputFailure: metric,
  throughputRecovery: metric,
  latencyFailure: metric,
  latencyRecovery: metric,
  lostBytes: metric,
  /** How the latency was found. */
  method: z.string(),
  /** Mb/s of new data at the receiver, before the cut, and in the second half of the outage. */
  goodput: z.object({ before: metric, during: metric }),
  longestPauseMs: metric,
  /** The greatest delay of a message; null for bulk. */
  messageDelayMs: metric,
  reinjectedBytes: z.number(),
  retransmittedBytes: z.number(),
  /** Segments that the receiver said it had already (RFC 2883): sent again needlessly. */
  needlessSegments: z.number(),
  /** How often the sender gave a subflow up for a while and sent all that was unconfirmed elsewhere. */
  staleSubflows: z.number(),
  /** Each 100 ms: seconds since the cut, Mb/s by line. */
  rates: z.array(z.object({ at: z.number(), lines: z.array(z.number()) })),
  /** Seconds since the cut, and so `at` of the rates; without an outage since the middle. */
  healedAt: z.number(),
});

export type OutageResult = z.infer<typeof outageResult>;

export const LINE_RATE = 100;
/** Set-up, captures read. */
const OVERHEAD_SECONDS = 7;
const SAMPLE_MS = 100;
const MESSAGES_PER_SECOND = 2000;
/** Names of kernel counters. */
const NEEDLESS = 'TcpExtTCPDSACKRecv';
const STALE = 'MPTcpExtSubflowStale';

export const outage: Instrument<OutageParameters, OutageResult> = {
  name: 'outage',
  result: outageResult,
  estimate: ({ before, outage: dead, after }) => before + dead + after + OVERHEAD_SECONDS,
  measure,
};

/** What is not given is as in the paper's Table II; what does not matter to a mechanism is left out. */
export function outageParameters(
  given: Pick<OutageParameters, 'mechanism'> & Partial<OutageParameters>,
): OutageParameters {
  return {
    ...{ rtt: 1, buffer: 0, before: 5, outage: 10, after: 10, competing: 0, load: 'bulk' },
    ...{ control: '', rtoMin: 0, staleLossCount: 0, policy: 'none' },
    ...given,
    bfd: mechanism(given.mechanism).detects ? (given.bfd ?? 100) : 0,
  };
}

async function measure(
  parameters: OutageParameters,
  context: MeasureContext,
): Promise<OutageResult> {
  const { rtt, buffer, bfd, control, rtoMin, staleLossCount } = parameters;
  const line = { rate: LINE_RATE, rtt, ...(buffer === 0 ? {} : { buffer }) };
  const host: Partial<HostSettings> = {
    ...(control === '' ? {} : { congestionControl: control }),
    ...(rtoMin === 0 ? {} : { rtoMin }),
    ...(staleLossCount === 0 ? {} : { staleLossCount }),
  };
  const options = { lines: [line, line], family: 'ipv4', encapsulation: 'vxlan', host } as const;
  return await withTestbed(
    parameters.mechanism,
    { ...options, bfd: bfd === 0 ? 1000 : bfd },
    context,
    async (testbed) => {
      await obey(testbed, parameters.policy);
      return await withServer(testbed, async (server) => {
        await warmUp(testbed, server);
        return await throughOutage(testbed, server, parameters, context);
      });
    },
  );
}

interface Moments {
  /** Monotonic milliseconds. */
  readonly cut: number;
  readonly healed: number;
}

async function throughOutage(
  testbed: Testbed,
  server: TrafficServer,
  parameters: OutageParameters,
  context: MeasureContext,
): Promise<OutageResult> {
  const { before, outage: dead, after, competing, load } = parameters;
  const samples: RateSample[] = [];
  const branch = testbed.lab.namespace('branch');
  const rates = new WanRates(
    branch,
    testbed.wanInterfaces,
    (sample) => samples.push(sample),
    SAMPLE_MS,
  );
  const capture = await startCapture(testbed, join(context.directory, 'captures'));
  const counters = await countersOf(testbed);
  const seconds = before + dead + after;
  const rivals =
    competing === 0
      ? undefined
      : runBulk({
          ...target(testbed, server),
          ...{ protocol: 'tcp', seconds, connections: competing },
        });
  const own = startOwn(testbed, server, load, seconds);
  context.say('before the cut');
  await own.connected;
  await sleep(before * 1000);
  const moments = await cutAndHeal(testbed, parameters, context);
  await sleep(after * 1000);
  await own.stop();
  await rivals?.stop();
  const messageDelayMs = await own.messageDelayMs;
  await rates.stop();
  const since = await countersOf(testbed);
  const grown = (name: string): number => (since[name] ?? 0) - (counters[name] ?? 0);
  const files = await capture.stop();
  context.say('reading the captures');
  const span = { at: epochOf(moments.cut), heal: epochOf(moments.healed) };
  if (files.dropped > 0) throw new Error(`the captures lack ${files.dropped} packets`);
  const analysis = await analyseCaptures(files, {
    ...(dead === 0 ? {} : { outage: { ...span, ...leftOf(parameters, testbed) } }),
    ...flowOf(testbed, competing, await own.connected),
  });
  requireLoss(analysis, dead);
  return {
    ...figuresOf(analysis),
    messageDelayMs,
    ...{ needlessSegments: grown(NEEDLESS), staleSubflows: grown(STALE) },
    rates: ratesAround(samples, moments.cut),
    healedAt: (moments.healed - moments.cut) / 1000,
  };
}

/** Its share of the lines that are left; beside rivals nobody knows. */
function leftOf(
  { mechanism: name, competing }: OutageParameters,
  { lines }: Testbed,
): { readonly left?: number } {
  if (competing > 0) return {};
  return { left: ONE_LINE_AT_A_TIME.includes(name) ? 1 : 1 - 1 / lines.length };
}

/** The connection itself, where a rival may carry more; a rival is plain TCP. */
function flowOf(
  { protocol }: Testbed,
  competing: number,
  connected: ConnectedReport | undefined,
): { readonly flow?: string } {
  if (competing === 0) return {};
  if (protocol === 'mptcp') return { flow: 'mptcp' };
  return { flow: /:\d+$/.exec(connected?.local ?? '')?.[0] ?? '' };
}

/** An outage that took nothing was none: the line that was cut carried nothing at that moment. */
function requireLoss({ measurement }: Analysis, dead: number): void {
  if (dead > 0 && measurement.outage?.latencyFailure.lostBytes === 0) {
    throw new Error('the line that was cut carried nothing of the connection');
  }
}

interface Own {
  readonly connected: Promise<ConnectedReport | undefined>;
  readonly messageDelayMs: Promise<number | null>;
  stop(): Promise<void>;
}

function startOwn(
  testbed: Testbed,
  server: TrafficServer,
  load: OutageParameters['load'],
  seconds: number,
): Own {
  // A little longer than looked at: its end is no part of what is measured.
  const common = { ...target(testbed, server), seconds: seconds + 1 };
  if (load === 'bulk') {
    const run = runBulk(common);
    return { ...run, messageDelayMs: Promise.resolve(null) };
  }
  const run = runStream({ ...common, rate: MESSAGES_PER_SECOND });
  const messageDelayMs = run.result.then(({ received }) => received.figures?.delayMs.max ?? null);
  // A caller that fails before it asks must not be ended by this.
  messageDelayMs.catch(() => undefined);
  return { ...run, messageDelayMs };
}

async function cutAndHeal(
  testbed: Testbed,
  { load, outage: dead }: OutageParameters,
  context: MeasureContext,
): Promise<Moments> {
  if (dead === 0) {
    const now = systemClock.monotonic();
    return { cut: now, healed: now };
  }
  const [primary = ''] = testbed.lines;
  const line = load === 'bulk' ? primary : await carryingLine(testbed);
  const { at: cut } = await testbed.lab.fault(line, { kind: 'down' });
  context.say('the line is cut');
  await sleep(dead * 1000);
  const { at: healed } = await testbed.lab.fault(line, { kind: 'up' });
  context.say('the line is back');
  return { cut, healed };
}

/** So far, at the end that sends. */
async function countersOf({ lab, capture }: Testbed): Promise<KernelCounters> {
  return await readKernelCounters(lab.namespace(capture.sender.node), NEEDLESS, STALE);
}

function figuresOf({
  measurement,
}: Analysis): Omit<
  OutageResult,
  'messageDelayMs' | 'needlessSegments' | 'staleSubflows' | 'rates' | 'healedAt'
> {
  const { outage: found } = measurement;
  return {
    throughputFailure: found?.throughputFailure.ms ?? null,
    throughputRecovery: found?.throughputRecovery?.ms ?? null,
    latencyFailure: found?.latencyFailure.ms ?? null,
    latencyRecovery: found?.latencyRecovery?.ms ?? null,
    lostBytes: found?.latencyFailure.lostBytes ?? null,
    method: found?.latencyFailure.method ?? 'none',
    goodput: {
      before: found?.throughputRecovery?.referenceMbps ?? null,
      during: found?.throughputFailure.referenceMbps ?? null,
    },
    longestPauseMs: measurement.longestPause?.ms ?? null,
    reinjectedBytes: measurement.reinjectedBytes,
    retransmittedBytes: measurement.retransmittedBytes,
  };
}
