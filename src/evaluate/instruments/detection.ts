/**
 * What an interval of BFD brings and costs: the time to repair, and alarms on saturated lines.
 *
 * Always holds: both are of the same two sites; cuts come first, on idle lines.
 */
import { z } from 'zod';

import { linesOf } from '../../lab/testbed/two-sites.ts';
import type { Instrument, MeasureContext } from '../experiment.ts';
import { target, withServer, withTestbed } from '../testbeds.ts';
import { saturate, saturation } from './false-alarms.ts';
import { repairs, repairTimes } from './repairs.ts';

export type DetectionParameters = {
  /** Milliseconds. */
  readonly bfd: number;
  readonly cuts: number;
  /** How long both lines are full in both directions; 0: not at all. */
  readonly seconds: number;
};

const detectionResult = z.object({
  repairsMs: repairs,
  /** Null: nothing was asked for. */
  saturated: saturation.nullable(),
});

export type DetectionResult = z.infer<typeof detectionResult>;

/** Mb/s and milliseconds of each of the two lines. */
export const DETECTION_LINE = { rate: 100, rtt: 2 } as const;

export const detection: Instrument<DetectionParameters, DetectionResult> = {
  name: 'detection',
  result: detectionResult,
  estimate: ({ bfd, cuts, seconds }) => 8 + cuts * (2.5 + bfd / 150) + seconds,
  measure,
};

async function measure(
  { bfd, cuts, seconds }: DetectionParameters,
  context: MeasureContext,
): Promise<DetectionResult> {
  const { rate, rtt } = DETECTION_LINE;
  const say = (text: string): void => {
    context.say(text);
  };
  return await withTestbed(
    'wamptcp-fr-profile',
    { lines: linesOf([rate, rate], rtt), family: 'ipv4', encapsulation: 'vxlan', bfd },
    context,
    async (testbed) => {
      const repairsMs = await repairTimes(testbed.lab, { cuts, bfd, say, stop: context.stop });
      if (seconds === 0) return { repairsMs, saturated: null };
      const saturated = await withServer(testbed, async (server) =>
        saturate(testbed.lab, { ...target(testbed, server), ...{ seconds, bfd, say } }),
      );
      return { repairsMs, saturated };
    },
  );
}
