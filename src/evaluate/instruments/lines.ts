/**
 * What a download and a stream of light messages get of two lines that differ (own experiments d, e).
 *
 * Always holds: both lines are there all the time; the two loads run one after the other.
 */
import { z } from 'zod';

import { gatewayEvents } from '../../lab/gateway-events.ts';
import type { MechanismName, Testbed } from '../../lab/mechanism/mechanism.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import { receivedByLine } from '../../lab/testbed/carrying-line.ts';
import { runBulk } from '../../lab/traffic/bulk-run.ts';
import type { BulkInterval } from '../../lab/traffic/report.ts';
import { runStream } from '../../lab/traffic/stream-run.ts';
import type { TrafficServer } from '../../lab/traffic/traffic-server.ts';
import type { Instrument, MeasureContext } from '../experiment.ts';
import type { Policy } from '../policies.ts';
import { target, warmUp, withServer, withTestbed } from '../testbeds.ts';
import { steadyMbps } from './aggregate.ts';

export type LinesParameters = {
  readonly mechanism: MechanismName;
  /** Milliseconds; 0 for a mechanism that does not detect. */
  readonly bfd: number;
  /** Mb/s, milliseconds, percent of the packets each way. */
  readonly firstRate: number;
  readonly secondRate: number;
  readonly firstRtt: number;
  readonly secondRtt: number;
  readonly firstLoss: number;
  /** Of each load. */
  readonly seconds: number;
  readonly policy: Policy;
};

const linesResult = z.object({
  mbps: z.number(),
  /** Percent of what the branch received during the download, headers included. */
  overFirst: z.number(),
  /** Of messages; null: none arrived after the warm-up. */
  delayMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }).nullable(),
  missing: z.number(),
  /** How often a path was called down while nothing was cut. */
  falseAlarms: z.number(),
});

export type LinesResult = z.infer<typeof linesResult>;

const SETTLE_SECONDS = 2;
const OVERHEAD_SECONDS = 8;
/** Light enough for either line: 1.2 Mb/s. */
const STREAM = { rate: 200, size: 750 } as const;
export const lines: Instrument<LinesParameters, LinesResult> = {
  name: 'lines',
  result: linesResult,
  estimate: ({ seconds }) => 2 * seconds + OVERHEAD_SECONDS,
  measure,
};

export function linesParameters(
  given: Pick<LinesParameters, 'mechanism' | 'seconds'> & Partial<LinesParameters>,
): LinesParameters {
  return {
    ...{ firstRate: 100, secondRate: 100, firstRtt: 10, secondRtt: 10, firstLoss: 0 },
    ...{ policy: 'none' },
    ...given,
    bfd: mechanism(given.mechanism).detects ? (given.bfd ?? 50) : 0,
  };
}

async function measure(parameters: LinesParameters, context: MeasureContext): Promise<LinesResult> {
  const { firstRate, secondRate, firstRtt, secondRtt, firstLoss, bfd } = parameters;
  const first = { rate: firstRate, rtt: firstRtt, ...(firstLoss === 0 ? {} : { loss: firstLoss }) };
  return await withTestbed(
    parameters.mechanism,
    {
      lines: [first, { rate: secondRate, rtt: secondRtt }],
      ...({ family: 'ipv4', encapsulation: 'vxlan' } as const),
      bfd: bfd === 0 ? 1000 : bfd,
      policy: parameters.policy,
    },
    context,
    async (testbed) =>
      await withServer(testbed, async (server) => {
        await warmUp(testbed, server);
        return await bothLoads(testbed, server, parameters, context);
      }),
  );
}

async function bothLoads(
  testbed: Testbed,
  server: TrafficServer,
  { seconds }: LinesParameters,
  context: MeasureContext,
): Promise<LinesResult> {
  const before = await alarmsOf(testbed);
  context.say('downloading');
  const received = await receivedByLine(testbed);
  const bulk = runBulk({ ...target(testbed, server), seconds });
  const intervals: BulkInterval[] = [];
  for await (const interval of bulk.intervals) intervals.push(interval);
  await bulk.result;
  const grown = (await receivedByLine(testbed)).map((bytes, line) => bytes - (received[line] ?? 0));
  const total = grown.reduce((sum, bytes) => sum + bytes, 0);
  context.say('messages');
  const { received: messages } = await runStream({ ...target(testbed, server), ...STREAM, seconds })
    .result;
  return {
    mbps: steadyMbps(intervals, SETTLE_SECONDS, seconds),
    overFirst: (100 * (grown[0] ?? 0)) / total,
    delayMs: messages.figures?.delayMs ?? null,
    missing: messages.missing,
    falseAlarms: (await alarmsOf(testbed)) - before,
  };
}

/** So far, also those from before all paths were up. */
async function alarmsOf({ lab }: Testbed): Promise<number> {
  const events = await gatewayEvents(lab, 'branch');
  return events.filter(({ kind }) => kind === 'path-down').length;
}
