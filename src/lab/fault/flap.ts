/**
 * A line that goes down and up in turn.
 *
 * Always holds: it keeps its beat (a slow step shortens the next, they do not add up), and the line
 * is up when this returns, however it ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Milliseconds } from '../../net/duration.ts';
import type { AppliedFault } from './fault-desk.ts';
import type { Fault, Flapping } from './fault.ts';

export interface FlapOptions {
  readonly stop?: AbortSignal;
  /** After each change. */
  readonly onChange?: (state: 'down' | 'up', applied: AppliedFault) => void;
}

/** Resolves to how often it went down. `apply` is what applies a fault to the line. */
export async function flap(
  flapping: Flapping,
  apply: (fault: Fault) => Promise<AppliedFault>,
  options: FlapOptions = {},
): Promise<number> {
  const { down, up, time = Infinity } = flapping;
  const { stop, onChange } = options;
  const start = performance.now();
  const until = async (elapsed: Milliseconds): Promise<void> => {
    const rest = Math.max(0, start + Math.min(elapsed, time) - performance.now());
    await sleep(rest, undefined, stop === undefined ? {} : { signal: stop }).catch(() => undefined);
  };
  const isOver = (elapsed: Milliseconds): boolean => stop?.aborted === true || elapsed >= time;
  let count = 0;
  try {
    for (let elapsed = 0; !isOver(elapsed); elapsed += down + up) {
      const cut = await apply({ kind: 'down' });
      onChange?.('down', cut);
      count++;
      await until(elapsed + down);
      const healed = await apply({ kind: 'up' });
      onChange?.('up', healed);
      await until(elapsed + down + up);
    }
  } finally {
    await apply({ kind: 'up' });
  }
  return count;
}
