/**
 * A gateway's own events, and when it switched: they carry the kernel's time of the change.
 */
import { z } from 'zod';

import { systemClock } from '../lib/clock.ts';
import type { Milliseconds } from '../net/duration.ts';
import type { Lab } from './lab.ts';

const event = z.object({ at: z.number(), kind: z.string() });

/** What a lab looks at of an event; `at` is wall time in milliseconds, with fractions. */
export type GatewayEvent = z.infer<typeof event>;

/** Oldest first; none if the gateway has not told any. */
export async function gatewayEvents(lab: Lab, gateway: string): Promise<readonly GatewayEvent[]> {
  const { stdout } = await lab.wamptcp(gateway, ['events', '--json']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => event.parse(JSON.parse(line)));
}

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
  const times = (await gatewayEvents(lab, gateway))
    .filter((one) => one.kind === kind && one.at >= sinceWall)
    .map((one) => one.at - sinceWall);
  return times.length === 0 ? null : Math.min(...times);
}

/** Events are in wall time. Asked now, not when the process began: the clock may have been set since. */
function wallAt(monotonic: Milliseconds): Milliseconds {
  return systemClock.wall() - (systemClock.monotonic() - monotonic);
}
