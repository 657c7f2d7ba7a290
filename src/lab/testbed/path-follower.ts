/**
 * Which paths of a gateway BFD says are up, as the gateway itself tells it while it happens.
 *
 * Always holds: one reader of its events, from their beginning; it ends with `stop` or with us.
 */
import { z } from 'zod';

import { WAMPTCP } from '../gateway-daemon.ts';
import { launch } from '../traffic/launch.ts';

const event = z.object({ kind: z.string(), path: z.string().optional() });

export interface PathFollower {
  stop(): Promise<void>;
}

/** @param onChange gets the names of all paths that are up, after each change */
export function followPaths(
  namespace: string,
  onChange: (up: ReadonlySet<string>) => Promise<void>,
): PathFollower {
  const command = [WAMPTCP, 'events', '--follow', '--json'] as const;
  const child = launch({ namespace, command, realtime: true });
  const up = new Set<string>();
  const read = async (): Promise<void> => {
    for await (const line of child.lines) {
      const { kind, path } = event.parse(JSON.parse(line));
      if (path === undefined || (kind !== 'path-up' && kind !== 'path-down')) continue;
      if (kind === 'path-up') up.add(path);
      else up.delete(path);
      await onChange(new Set(up));
    }
  };
  const reading = read();
  // What goes wrong is for `stop` to throw, and must not end the process before.
  reading.catch(() => undefined);
  return {
    stop: async () => {
      await child.stop();
      await reading;
    },
  };
}
