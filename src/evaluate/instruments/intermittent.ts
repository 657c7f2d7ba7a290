/**
 * A download and request/response transactions while one of two lines comes and goes (Tables IV to VII).
 *
 * Always holds: the line's beat goes on through both; a download that takes far longer than one line
 * would need counts as stalled and is not waited for, transactions are counted all the same.
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
import { target, warmUp, withServer, withTestbed } from '../testbeds.ts';

export type IntermittentParameters = {
  readonly mechanism: MechanismName;
  /** Milliseconds; 0 for a mechanism that does not detect. */
  readonly bfd: number;
  /** Seconds that the line is away, and then there; 0: it stays. */
  readonly period: number;
  /** Which one flaps; the first is the primary. */
  readonly flapping: 'first' | 'second';
  /** Mb/s of both lines, and milliseconds of each. */
  readonly rate: number;
  readonly firstRtt: number;
  readonly secondRtt: number;
  readonly bytes: number;
  /** Of transactions. */
  readonly seconds: number;
};

const intermittentResult = z.object({
  /** Of the download; null: it stood still. */
  downloadSeconds: z.number().nullable(),
  /** Received until then. */
  bytes: z.number(),
  transactionsPerSecond: z.number(),
  /** The longest wait for an answer, the last one included. */
  longestMs: z.number(),
  /** How often the line went. */
  cuts: z.number(),
});

export type IntermittentResult = z.infer<typeof intermittentResult>;

/** So many times what one line alone needs. */
const PATIENCE = 4;
const OVERHEAD_SECONDS = 7;
/** Every connection is there before the line first goes. */
const BEFORE_MS = 300;

export const intermittent: Instrument<IntermittentParameters, IntermittentResult> = {
  name: 'intermittent',
  result: intermittentResult,
  estimate: (parameters) => oneLineSeconds(parameters) + parameters.seconds + OVERHEAD_SECONDS,
  measure,
};

export function intermittentParameters(
  given: Pick<IntermittentParameters, 'mechanism' | 'period' | 'bytes' | 'seconds'> &
    Partial<IntermittentParameters>,
): IntermittentParameters {
  return {
    ...{ flapping: 'first', rate: 100, firstRtt: 0, secondRtt: 0 },
    ...given,
    bfd: mechanism(given.mechanism).detects ? (given.bfd ?? 100) : 0,
  };
}

function oneLineSeconds({ bytes, rate }: IntermittentParameters): number {
  return (8 * bytes) / (rate * 1e6);
}

async function measure(
  parameters: IntermittentParameters,
  context: MeasureContext,
): Promise<IntermittentResult> {
  const { rate, firstRtt, secondRtt, bfd } = parameters;
  return await withTestbed(
    parameters.mechanism,
    {
      lines: [
        { rate, rtt: firstRtt },
        { rate, rtt: secondRtt },
      ],
      family: 'ipv4',
      encapsulation: 'vxlan',
      bfd: bfd === 0 ? 1000 : bfd,
    },
    context,
    async (testbed) =>
      await withServer(testbed, async (server) => {
        await warmUp(testbed, server);
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
  const { period, flapping, seconds } = parameters;
  const [first = '', second = ''] = testbed.lines;
  const line = flapping === 'first' ? first : second;
  const over = new AbortController();
  const beat = { kind: 'flap', down: period * 1000, up: period * 1000, time: undefined } as const;
  const startBeat = async (): Promise<number> =>
    period === 0
      ? 0
      : await flap(beat, (fault) => testbed.lab.fault(line, fault), { stop: over.signal });
  try {
    context.say('downloading');
    const run = runBulk({ ...target(testbed, server), bytes: parameters.bytes });
    await run.connected;
    await sleep(BEFORE_MS);
    const cuts = startBeat();
    cuts.catch(() => undefined);
    const download = await inTime(run, PATIENCE * oneLineSeconds(parameters));
    context.say('transactions');
    const answers = await whileAwake(
      async () => await runTransactions({ ...target(testbed, server), seconds }).result,
    );
    over.abort();
    return {
      ...download,
      transactionsPerSecond: answers.perSecond,
      longestMs: Math.max(answers.latencyMs?.max ?? 0, answers.unansweredMs),
      cuts: await cuts,
    };
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
    return { downloadSeconds: first.received.seconds, bytes: first.received.bytes };
  }
  await run.stop();
  const { received } = await run.result;
  return { downloadSeconds: null, bytes: received.bytes };
}
