/** `wamptcp apply`: makes the machine what a site file says, or leaves it as it was. */
import { spawn } from 'node:child_process';

import { notifyDaemon } from '../daemon/api-client.ts';
import { formatDuration, parseDuration } from '../net/duration.ts';
import { discardState } from './discard-state.ts';
import { localGateway } from './gateway.ts';
import { Interruption } from './interruption.ts';
import { noteReport } from './journal.ts';
import { BadInput, EXIT } from './output.ts';
import type { ExitCode } from './output.ts';
import { printProgress, printReport } from './report.ts';
import { loadSiteFile } from './site-file.ts';
import { waitForConfirmation } from './wait-for-confirmation.ts';
import { printWarnings } from './warnings.ts';

/** One may be killed. The lock sees to it that only one of them rolls back. */
const GUARDS = 2;

export interface ApplyCommandOptions {
  readonly config: string;
  readonly json: boolean;
  readonly confirm: string | undefined;
  readonly replaceSite: boolean;
  readonly discardState: boolean;
}

export async function applyCommand(options: ApplyCommandOptions): Promise<ExitCode> {
  const patience = readPatience(options.confirm);
  const { site, file, text } = await loadSiteFile(options.config);
  const local = localGateway();
  if (!options.json) await printWarnings(site);
  const { gateway, directory } = local;
  if (options.discardState) await discardState(local, site);
  // With `--confirm`, a lost terminal is just what the guards are for.
  const interruption = new Interruption(patience === undefined ? 'stop' : 'go-on-alone');
  const report = await gateway.apply(site, file, {
    text,
    replaceSite: options.replaceSite,
    requireInterfaces: true,
    stopped: interruption.stopped,
    ...(options.json ? {} : { progress: printProgress }),
    ...(patience === undefined
      ? {}
      : {
          confirmWithin: patience,
          // Before the first change, which may be the one that cuts off this terminal.
          beforeUnconfirmed: startGuards,
        }),
  });
  const waits =
    patience === undefined ? '' : ` and waits ${formatDuration(patience)} for confirmation`;
  const what = `site ${site.site} is applied from ${file}${waits}`;
  noteReport(directory, report, what, 'apply', interruption.why);
  await notifyDaemon(directory.api);
  const code = printReport(report, gateway, options.json, `Site ${site.site} is applied.`);
  if (report.failure === undefined) interruption.tellIfLate();
  interruption.end();
  if (report.failure !== undefined || patience === undefined) return code;
  const answer = await waitForConfirmation(local, site, options.json);
  return answer === EXIT.done ? code : answer;
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

/** They outlive this terminal: an engineer who has locked himself out cannot type any more. */
function startGuards(): void {
  const script = process.argv[1] ?? '';
  for (let guard = 0; guard < GUARDS; guard++) {
    spawn(process.execPath, [...process.execArgv, script, 'rollback', '--guard'], {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
    }).unref();
  }
}
