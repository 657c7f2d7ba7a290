/**
 * A download and request/response transactions while one of two lines comes and goes (Tables IV to VII).
 *
 * Always holds: it is the primary line, whose beat begins anew for each of both, when the connection is
 * there; transactions last whole beats, so that the line is away half of the time. A download that takes
 * far longer than the slower line would need alone counts as stalled and is not waited for, transactions
 * are counted all the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { flap } from '../../lab/fault/flap.ts';
import type { MechanismName, Testbed } from '../../lab/mechanism/mechanism.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import { runBulk } from '../../lab/traffic/bulk-run.ts';
import { whileAwake } from '../../lab/traffic/keep-awake.ts';
import { runTransactions } from '../../lab/traffic/transactions-run.ts';
import type { TrafficServer } from '../../lab/traffic/traffic-server.ts';
import type { Instrument, MeasureContext } from '../experiment.ts';
import { target, WARM_UP_BYTES, warmUp, withServer, withTestbed } from '../testbeds.ts';

export type IntermittentParameters = {
  readonly mechanism: MechanismName;
  /** Milliseconds; 0 for a mechanism that does not detect. */
  readonly bfd: number;
  /** Seconds that the line is away, and then there; 0: it stays. */
  readonly period: number;
  /** Mb/s and milliseconds of each line. The first one flaps. */
  readonly firstRate: number;
  readonly firstRtt: number;
  readonly secondRate: number;
  readonly secondRtt: number;
  readonly bytes: number;
  /** Of transactions, at least: whole beats. */
  readonly seconds: number;
};

const intermittentResult = z.object({
  /** Of the download; null: it stood still. */
  downloadSeconds: z.number().nullable(),
  /** Received until then. */
  bytes: z.number(),
  transactionsPerSecond: z.number(),
  /** Right before, with both lines there. */
  usualPerSecond: z.number(),
  /** The longest wait for an answer, the last one included. */
  longestMs: z.number(),
  /** How often the line went. */
  cuts: z.number(),
});

export type IntermittentResult = z.infer<typeof intermittentResult>;

/** So many times what the slower line needs alone. */
const PATIENCE = 4;
const OVERHEAD_SECONDS = 9;
/** Mb/s of both lines: to fill them takes little of a processor. */
const SLOW = 10;
/** Every connection is there before the line first goes. */
export const BEFORE_SECONDS = 0.3;

export const intermittent: Instrument<IntermittentParameters, IntermittentResult> = {
  name: 'intermittent',
  result: intermittentResult,
  estimate: ({ bytes, seconds, period, ...lines }) =>
    oneLineSeconds(bytes + warmUpBytes(lines), lines) +
    wholeBeats(seconds, period) +
    (usualSeconds(lines) + OVERHEAD_SECONDS),
  sideBySide: (lines) => (isSlow(lines) ? 4 : 1),
  measure,
};

export function intermittentParameters(
  given: Pick<IntermittentParameters, 'mechanism' | 'period' | 'bytes' | 'seconds'> &
    Partial<IntermittentParameters>,
): IntermittentParameters {
  return {
    ...{ firstRate: 100, firstRtt: 1, secondRate: 100, secondRtt: 1 },
    ...given,
    bfd: mechanism(given.mechanism).detects ? (given.bfd ?? 100) : 0,
  };
}

type Rates = Pick<IntermittentParameters, 'firstRate' | 'secondRate'>;

function isSlow({ firstRate, secondRate }: Rates): boolean {
  return firstRate + secondRate <= SLOW;
}

/** Of transactions before the line flaps: some hundred at least. */
export function usualSeconds(lines: Rates): number {
  return isSlow(lines) ? 10 : 3;
}

/** Of the slower one. */
function oneLineSeconds(bytes: number, { firstRate, secondRate }: Rates): number {
  return (8 * bytes) / (Math.min(firstRate, secondRate) * 1e6);
}

/** No more than a second's worth of the slower line. */
function warmUpBytes(rates: Rates): number {
  return Math.min(WARM_UP_BYTES, Math.floor(1 / oneLineSeconds(1, rates)));
}

/** Seconds. */
function wholeBeats(least: number, period: number): number {
  const beat = 2 * period;
  return beat === 0 ? least : beat * Math.ceil(least / beat);
}

async function measure(
  parameters: IntermittentParameters,
  context: MeasureContext,
): Promise<IntermittentResult> {
  const { firstRate, firstRtt, secondRate, secondRtt, bfd } = parameters;
  return await withTestbed(
    parameters.mechanism,
    {
      lines: [
        { rate: firstRate, rtt: firstRtt },
        { rate: secondRate, rtt: secondRtt },
      ],
      family: 'ipv4',
      encapsulation: 'vxlan',
      bfd: bfd === 0 ? 1000 : bfd,
    },
    context,
    async (testbed) =>
      await withServer(testbed, async (server) => {
        await warmUp(testbed, server, warmUpBytes(parameters));
        return await whileFlapping(testbed, server, parameters, context);
      }),
  );
}

async function whileFlapping(
  testbed: Testbed,
  server: TrafficServer,
  parameters: IntermittentParameters,
  context: MeasureContext,
): Promise<IntermittentResult> {
  const { period, bytes, seconds } = parameters;
  context.say('downloading');
  const download = await underBeat(
    testbed,
    period,
    () => runBulk({ ...target(testbed, server), bytes }),
    (run) => inTime(run, PATIENCE * oneLineSeconds(bytes, parameters)),
  );
  await testbed.ready();
  context.say('transactions');
  return await whileAwake(async () => {
    const usual = await runTransactions({
      ...target(testbed, server),
      seconds: usualSeconds(parameters),
    }).result;
    const asked = wholeBeats(seconds, period);
    const flapping = await underBeat(
      testbed,
      period,
      () => runTransactions({ ...target(testbed, server), seconds: BEFORE_SECONDS + asked }),
      (run) => run.result,
    );
    return {
      ...download.value,
      // What broke off made none in the rest of the time.
      transactionsPerSecond: flapping.value.transactions / (BEFORE_SECONDS + asked),
      usualPerSecond: usual.perSecond,
      longestMs: Math.max(flapping.value.latencyMs?.max ?? 0, flapping.value.unansweredMs),
      cuts: download.cuts + flapping.cuts,
    };
  });
}

/** The beat begins when the connection has been there for a moment, and ends with the work. */
async function underBeat<Run extends { readonly connected: Promise<unknown> }, Value>(
  { lab, lines: [primary = ''] }: Testbed,
  period: number,
  begin: () => Run,
  complete: (run: Run) => Promise<Value>,
): Promise<{ readonly value: Value; readonly cuts: number }> {
  const over = new AbortController();
  const beat = { kind: 'flap', down: period * 1000, up: period * 1000, time: undefined } as const;
  const run = begin();
  await run.connected;
  await sleep(BEFORE_SECONDS * 1000);
  const cuts =
    period === 0
      ? Promise.resolve(0)
      : flap(beat, (fault) => lab.fault(primary, fault), { stop: over.signal });
  cuts.catch(() => undefined);
  try {
    const value = await complete(run);
    over.abort();
    return { value, cuts: await cuts };
  } finally {
    over.abort();
  }
}

async function inTime(
  run: ReturnType<typeof runBulk>,
  seconds: number,
): Promise<Pick<IntermittentResult, 'downloadSeconds' | 'bytes'>> {
  const late = new AbortController();
  const limit = sleep(seconds * 1000, 'late' as const, { signal: late.signal }).catch(
    () => 'late' as const,
  );
  const first = await Promise.race([run.result, limit]);
  late.abort();
  if (first !== 'late') {
    if (!first.intact) throw new Error('the download broke off');
    return { downloadSeconds: first.received.seconds, bytes: first.received.bytes };
  }
  await run.stop();
  const { received } = await run.result;
  return { downloadSeconds: null, bytes: received.bytes };
}
