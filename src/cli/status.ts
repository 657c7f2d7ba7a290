/**
 * `wamptcp status`: WANs and paths as tables; `--json` as the published schema says; `--watch`.
 *
 * Always holds: without a daemon it shows what engine and kernel say, and says that nobody watches.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import packageJson from '../../package.json' with { type: 'json' };
import { fetchStatus } from '../daemon/api-client.ts';
import { systemClock } from '../lib/clock.ts';
import { WamptcpError } from '../lib/errors.ts';
import type { Status } from '../observe/status.ts';
import { localGateway } from './gateway.ts';
import type { LocalGateway } from './gateway.ts';
import { complain, EXIT, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';
import { statusText } from './status-text.ts';

const REFRESH_MS = 1000;
const NO_DAEMON = 'no wamptcp daemon runs in this network namespace';
const START_IT = 'Start it with `wamptcp run -c FILE`. Forwarding does not need it, watching does.';

export interface StatusOptions {
  readonly json: boolean;
  readonly watch: boolean;
}

export async function statusCommand(options: StatusOptions): Promise<ExitCode> {
  const local = localGateway();
  let told = false;
  for (;;) {
    const watched = await fetchStatus(local.directory.api);
    const status = watched ?? (await withoutDaemon(local));
    show(status, options);
    const waits = watched === undefined && (await local.gateway.state()).pending !== undefined;
    if (watched === undefined && !told)
      complain(`${waits ? 'note' : 'error'}: ${NO_DAEMON}\n  = ${START_IT}`);
    told = watched === undefined;
    // Between `apply --confirm` and `confirm` that is in order; later it is not.
    if (!options.watch) return watched === undefined && !waits ? EXIT.failed : EXIT.done;
    await sleep(REFRESH_MS);
  }
}

async function withoutDaemon({ gateway, directory }: LocalGateway): Promise<Status> {
  // Loaded only where it is needed.
  const { unwatchedStatus } = await import('../daemon/unwatched.ts');
  const { version } = packageJson;
  const status = await unwatchedStatus({ gateway, directory, clock: systemClock, version });
  if (status !== undefined) return status;
  throw new WamptcpError('NO_DAEMON', `${NO_DAEMON}, and no site is applied`, { advice: START_IT });
}

function show(status: Status, options: StatusOptions): void {
  if (options.json) {
    // One object per line while watching, so that a reader can take them one by one.
    if (options.watch) print(JSON.stringify(status));
    else printJson(status);
    return;
  }
  const clear = options.watch && process.stdout.isTTY ? '\u001b[H\u001b[2J' : '';
  print(`${clear}${statusText(status, Date.now())}`);
}
