/**
 * How much of five lines one connection gets, and ten at once (Table I).
 *
 * Always holds: what the programs received, from a second after the start to the end, so neither
 * headers nor slow start count; the processor's time is that of the whole machine.
 */
import { z } from 'zod';

import type { MechanismName, Testbed } from '../../lab/mechanism/mechanism.ts';
import { machineSeconds } from '../../lab/processor-time.ts';
import { runBulk } from '../../lab/traffic/bulk-run.ts';
import type { BulkInterval } from '../../lab/traffic/report.ts';
import type { TrafficServer } from '../../lab/traffic/traffic-server.ts';
import { Stalled } from '../experiment.ts';
import type { Instrument, MeasureContext } from '../experiment.ts';
import { target, warmUp, withServer, withTestbed } from '../testbeds.ts';

export type AggregateParameters = {
  readonly mechanism: MechanismName;
  readonly family: 'ipv4' | 'ipv6';
  readonly encapsulation: 'vxlan' | 'none';
  readonly lines: number;
  /** Mb/s of each. */
  readonly rate: number;
  /** Of each of the two transfers. */
  readonly seconds: number;
};

const transfer = z.object({
  mbps: z.number(),
  /** Of the whole machine: both hosts, gateways, lines. */
  processorSecondsPerGbit: z.number(),
});

const aggregateResult = z.object({ one: transfer, ten: transfer });

export type AggregateResult = z.infer<typeof aggregateResult>;

const SETTLE_SECONDS = 1;
const OVERHEAD_SECONDS = 6;

export const aggregate: Instrument<AggregateParameters, AggregateResult> = {
  name: 'aggregate',
  result: aggregateResult,
  estimate: ({ seconds }) => 2 * (seconds + 1) + OVERHEAD_SECONDS,
  measure,
};

async function measure(
  { mechanism, family, encapsulation, lines, rate, seconds }: AggregateParameters,
  context: MeasureContext,
): Promise<AggregateResult> {
  const line = { rate, rtt: 0 };
  return await withTestbed(
    mechanism,
    // Nothing fails here, and a busy machine must not look as if something did.
    { lines: Array.from({ length: lines }, () => line), family, encapsulation, bfd: 300 },
    context,
    async (testbed) =>
      await withServer(testbed, async (server) => {
        await warmUp(testbed, server);
        const download = async (connections: number) => {
          context.say(`${connections} at once`);
          return await downloading(testbed, server, connections, seconds);
        };
        return { one: await download(1), ten: await download(10) };
      }),
  );
}

async function downloading(
  testbed: Testbed,
  server: TrafficServer,
  connections: number,
  seconds: number,
): Promise<z.infer<typeof transfer>> {
  const run = runBulk({ ...target(testbed, server), seconds, connections });
  const intervals: BulkInterval[] = [];
  // Between two intervals in the middle, so that neither starting programs nor slow start counts.
  let first: { readonly used: number; readonly count: number } | undefined;
  let last = { used: 0, count: 0 };
  for await (const interval of run.intervals) {
    intervals.push(interval);
    if (interval.atSeconds < SETTLE_SECONDS) continue;
    last = { used: await machineSeconds(), count: intervals.length };
    first ??= last;
  }
  await run.result;
  const mbps = steadyMbps(intervals, SETTLE_SECONDS, seconds);
  if (mbps === 0) throw new Stalled('nothing arrived');
  const counted = intervals.slice(first?.count ?? 0, last.count);
  const gigabits = (8 * counted.reduce((sum, { bytes }) => sum + bytes, 0)) / 1e9;
  return { mbps, processorSecondsPerGbit: (last.used - (first?.used ?? 0)) / gigabits };
}

/** Between two moments, seconds after the first request; 0 if nothing arrived then. */
export function steadyMbps(
  intervals: readonly Pick<BulkInterval, 'atSeconds' | 'bytes'>[],
  from: number,
  until: number,
): number {
  const within = intervals.filter(({ atSeconds }) => atSeconds > from && atSeconds <= until + 0.05);
  const start = intervals.findLast(({ atSeconds }) => atSeconds <= from)?.atSeconds ?? from;
  const end = within.at(-1)?.atSeconds ?? start;
  const bytes = within.reduce((sum, interval) => sum + interval.bytes, 0);
  return end > start ? (8 * bytes) / 1e6 / (end - start) : 0;
}
