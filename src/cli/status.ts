/** `wamptcp status`: WANs and paths as tables; `--json` as the published schema says; `--watch`. */
import { setTimeout as sleep } from 'node:timers/promises';

import { fetchStatus } from '../daemon/api-client.ts';
import { WamptcpError } from '../lib/errors.ts';
import type { Status } from '../observe/status.ts';
import { runDirectory } from '../system/run-directory.ts';
import { EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';
import { statusText } from './status-text.ts';

const REFRESH_MS = 1000;

export interface StatusOptions {
  readonly json: boolean;
  readonly watch: boolean;
}

export async function statusCommand(options: StatusOptions): Promise<ExitCode> {
  requireRoot();
  const { api } = runDirectory();
  for (;;) {
    const status = await fetchStatus(api);
    if (status === undefined) throw noDaemon();
    show(status, options);
    if (!options.watch) return EXIT.done;
    await sleep(REFRESH_MS);
  }
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

function noDaemon(): WamptcpError {
  return new WamptcpError('NO_DAEMON', 'no wamptcp daemon runs in this network namespace', {
    advice: 'Start it with `wamptcp run -c FILE`. Forwarding does not need it, watching does.',
  });
}
