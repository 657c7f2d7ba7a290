/**
 * A line is cut again and again: how long the branch gateway takes until its traffic is elsewhere.
 *
 * Always holds: from the cut to the kernel's change, by the gateway's own events; between two cuts all
 * paths are up.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { firstSwitch } from '../../lab/gateway-events.ts';
import type { Lab } from '../../lab/lab.ts';
import { lineName } from '../../lab/testbed/address-plan.ts';
import type { Milliseconds } from '../../net/duration.ts';

/** Milliseconds; null: not repaired in the time of {@link RepairOptions.bfd} and a margin. */
export const repairs = z.array(z.number().nullable());

export interface RepairOptions {
  readonly cuts: number;
  /** Interval; a line counts as dead after three. */
  readonly bfd: Milliseconds;
  /** What has to be the case when the line is cut. */
  readonly before?: () => Promise<void>;
  readonly say: (text: string) => void;
  readonly stop?: AbortSignal;
}

const MULTIPLIER = 3;
/** For everything but detection. */
const MARGIN_MS = 500;
/** BFD begins with an interval of a second, and agrees on less only when it is up. */
const SETTLE_MS = 500;

export async function repairTimes(
  lab: Lab,
  { cuts, bfd, before, say, stop }: RepairOptions,
): Promise<z.infer<typeof repairs>> {
  const times: (number | null)[] = [];
  while (times.length < cuts) {
    await sleep(SETTLE_MS);
    await before?.();
    stop?.throwIfAborted();
    const { at } = await lab.fault(lineName(0), { kind: 'down' });
    await sleep(MULTIPLIER * bfd + MARGIN_MS);
    const time = await firstSwitch(lab, 'branch', 'repair', at);
    times.push(time);
    say(`cut ${times.length} of ${cuts}: ${time === null ? 'not repaired' : time.toFixed(1)} ms`);
    await lab.fault(lineName(0), { kind: 'up' });
    await lab.waitForPaths();
  }
  return times;
}
