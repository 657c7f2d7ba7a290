/** `wamptcp confirm` and `wamptcp rollback`: the two answers to `apply --confirm`. */
import { setTimeout as sleep } from 'node:timers/promises';

import { notifyDaemon } from '../daemon/api-client.ts';
import { rollBackExpired } from '../daemon/guard.ts';
import { systemClock } from '../lib/clock.ts';
import { WamptcpError } from '../lib/errors.ts';
import { parseDuration } from '../net/duration.ts';
import { localGateway } from './gateway.ts';
import { BadInput, EXIT, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';
import { printProgress, printReport } from './report.ts';

export async function confirmCommand(options: { readonly json: boolean }): Promise<ExitCode> {
  const { gateway } = localGateway();
  if (!(await gateway.confirm())) {
    throw new WamptcpError('NOTHING_PENDING', 'nothing waits for confirmation', {
      advice: 'It was confirmed already, or undone in time.',
    });
  }
  if (options.json) printJson({ confirmed: true });
  else print('Confirmed: it stays.');
  return EXIT.done;
}

export interface RollbackOptions {
  /** Only if the time to confirm is over: what the guard of `apply --confirm` does. */
  readonly expired: boolean;
  readonly after: string | undefined;
  readonly json: boolean;
}

export async function rollbackCommand(options: RollbackOptions): Promise<ExitCode> {
  const { gateway, directory } = localGateway();
  if (options.after !== undefined) {
    const wait = parseDuration(options.after);
    if (wait === undefined)
      throw new BadInput(`--after ${options.after} is no duration`, 'Write 120s.');
    await sleep(wait);
  }
  const report =
    options.expired && options.after !== undefined
      ? await rollBackExpired(gateway, systemClock)
      : await gateway.rollback(options.expired);
  if (report === undefined) {
    if (options.expired) return EXIT.done;
    throw new WamptcpError('NOTHING_PENDING', 'nothing to roll back', {
      advice: 'Only an unconfirmed `apply --confirm` can be.',
    });
  }
  await notifyDaemon(directory.api);
  if (!options.expired && !options.json)
    for (const [i, c] of report.done.entries()) printProgress(c, i, report.done.length);
  return printReport(report, gateway, options.json, 'Rolled back.');
}
