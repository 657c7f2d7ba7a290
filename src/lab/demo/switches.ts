/**
 * When a gateway switched, from its own events: they carry the kernel's time of the change.
 */
import { resolve } from 'node:path';

import { z } from 'zod';

import { systemClock } from '../../lib/clock.ts';
import type { Milliseconds } from '../../net/duration.ts';
import type { Lab } from '../lab.ts';

const WAMPTCP = resolve(import.meta.dirname, '../../../bin/wamptcp');

const event = z.object({ at: z.number(), kind: z.string() });

/**
 * Milliseconds from `since` (monotonic) to the first repair or revert after it; null if there was
 * none.
 */
export async function firstSwitch(
  lab: Lab,
  gateway: string,
  kind: 'repair' | 'revert',
  since: Milliseconds,
): Promise<number | null> {
  const sinceWall = wallAt(since);
  const { stdout } = await lab.exec(gateway, [WAMPTCP, 'events', '--json']);
  const times = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => event.parse(JSON.parse(line)))
    .filter((one) => one.kind === kind && one.at >= sinceWall)
    .map((one) => one.at - sinceWall);
  return times.length === 0 ? null : Math.min(...times);
}

/** Events are in wall time with fractions of a millisecond, which `Date` does not give. */
function wallAt(monotonic: Milliseconds): Milliseconds {
  const wall = performance.timeOrigin + performance.now();
  return wall - (systemClock.monotonic() - monotonic);
}
