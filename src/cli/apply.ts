/** `wamptcp apply`, and the waiting for `wamptcp confirm`. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import { notifyDaemon } from '../daemon/api-client.ts';
import { systemClock } from '../lib/clock.ts';
import { formatDuration, parseDuration } from '../net/duration.ts';
import { localGateway } from './gateway.ts';
import type { LocalGateway } from './gateway.ts';
import { BadInput, complain, EXIT, print } from './output.ts';
import type { ExitCode } from './output.ts';
import { printProgress, printReport } from './report.ts';
import { loadSiteFile } from './site-file.ts';
import { printWarnings } from './warnings.ts';

const POLL_MS = 200;

export interface ApplyCommandOptions {
  readonly config: string;
  readonly json: boolean;
  readonly confirm: string | undefined;
}

export async function applyCommand(options: ApplyCommandOptions): Promise<ExitCode> {
  const patience = readPatience(options.confirm);
  const { site, file } = await loadSiteFile(options.config);
  const local = localGateway();
  if (!options.json) await printWarnings(site);
  const { gateway, directory } = local;
  // Before the first change, which may be the one that cuts off this terminal.
  if (patience !== undefined) startGuard(patience);
  const report = await gateway.apply(site, file, {
    ...(options.json ? {} : { progress: printProgress }),
    ...(patience === undefined ? {} : { confirmWithin: patience }),
  });
  await notifyDaemon(directory.api);
  const code = printReport(report, gateway, options.json, `Site ${site.site} is applied.`);
  if (code !== EXIT.done || patience === undefined) return code;
  return await waitForConfirmation(local, options.json);
}

function readPatience(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const patience = parseDuration(text);
  if (patience !== undefined && patience >= 1000) return patience;
  throw new BadInput(
    `--confirm ${text} is no duration of at least 1s`,
    'Write it like 120s or 2m.',
  );
}

/** Outlives this terminal: an engineer who has locked himself out cannot type any more. */
function startGuard(patience: number): void {
  const script = process.argv[1] ?? '';
  spawn(
    process.execPath,
    [...process.execArgv, script, 'rollback', '--expired', '--after', formatDuration(patience)],
    {
      detached: true,
      stdio: 'ignore',
    },
  ).unref();
}

async function waitForConfirmation({ gateway }: LocalGateway, json: boolean): Promise<ExitCode> {
  const interactive = process.stderr.isTTY && !json;
  complain('Run `wamptcp confirm` to keep it, `wamptcp rollback` to undo it at once.');
  // A lost terminal ends this process; the guard goes on.
  for (;;) {
    const state = await gateway.state();
    if (state.pending === undefined) {
      const kept = state.confirmed === true;
      if (!json) print(kept ? 'Confirmed.' : 'Rolled back.');
      return kept ? EXIT.done : EXIT.failed;
    }
    const left = Math.max(0, state.pending.due - systemClock.monotonic());
    if (interactive) process.stderr.write(`\rundone in ${Math.ceil(left / 1000)} s  `);
    await sleep(POLL_MS);
  }
}
