/**
 * What an `apply --confirm` does when it is made: it shows the paths as they come up, and waits for
 * `wamptcp confirm`.
 *
 * Always holds: whatever ends this process, the guards go on.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { SiteConfig } from '../config/site.ts';
import { sessionStates } from '../daemon/unwatched.ts';
import { systemClock } from '../lib/clock.ts';
import type { LocalGateway } from './gateway.ts';
import { complain, EXIT, print } from './output.ts';
import type { ExitCode } from './output.ts';
import { PathProgress } from './path-progress.ts';

const POLL_MS = 200;
/** To ask the engine costs a process. */
const PATHS_MS = 1000;

export async function waitForConfirmation(
  { gateway, directory }: LocalGateway,
  site: SiteConfig,
  json: boolean,
): Promise<ExitCode> {
  const interruption = stopWaiting();
  const progress = json ? undefined : new PathProgress(process.stderr);
  complain('Run `wamptcp confirm` to keep it, `wamptcp rollback` to undo it at once.');
  let asked = -Infinity;
  for (;;) {
    const { pending, confirmed } = await gateway.state();
    if (pending === undefined) {
      progress?.end();
      const kept = confirmed === true;
      if (!json) print(kept ? 'Confirmed.' : 'Rolled back.');
      return kept ? EXIT.done : EXIT.failed;
    }
    const left = Math.ceil(Math.max(0, (pending.time?.due ?? 0) - systemClock.monotonic()) / 1000);
    if (interruption.aborted) {
      progress?.end();
      complain(`Not confirmed yet: it is undone in ${left} s unless \`wamptcp confirm\` comes.`);
      return EXIT.failed;
    }
    if (systemClock.monotonic() - asked >= PATHS_MS) {
      asked = systemClock.monotonic();
      progress?.paths(await sessionStates(directory, site));
    }
    progress?.left(left);
    await sleep(POLL_MS, undefined, { signal: interruption }).catch(() => undefined);
  }
}

/** Nothing is to be undone by this process any more: whatever comes ends the waiting alone. */
function stopWaiting(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  return stop.signal;
}
