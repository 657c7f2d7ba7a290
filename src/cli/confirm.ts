/** `wamptcp confirm` and `wamptcp rollback`: the two answers to `apply --confirm`. */
import { setTimeout as sleep } from 'node:timers/promises';

import { notifyDaemon } from '../daemon/api-client.ts';
import { parseDuration } from '../net/duration.ts';
import { localGateway } from './gateway.ts';
import { BadInput, complain, EXIT, print } from './output.ts';
import type { ExitCode } from './output.ts';
import { printProgress, printReport } from './report.ts';

export async function confirmCommand(): Promise<ExitCode> {
  const { gateway } = localGateway();
  if (await gateway.confirm()) {
    print('Confirmed: it stays.');
    return EXIT.done;
  }
  complain(
    'error: nothing waits for confirmation\n  = It was confirmed already, or undone in time.',
  );
  return EXIT.failed;
}

export interface RollbackOptions {
  /** Only if the time to confirm is over: what the guard of `apply --confirm` does. */
  readonly expired: boolean;
  readonly after: string | undefined;
}

export async function rollbackCommand(options: RollbackOptions): Promise<ExitCode> {
  const { gateway, directory } = localGateway();
  if (options.after !== undefined) {
    const wait = parseDuration(options.after);
    if (wait === undefined)
      throw new BadInput(`--after ${options.after} is no duration`, 'Write 120s.');
    await sleep(wait);
  }
  const report = await gateway.rollback(options.expired);
  if (report === undefined) {
    if (options.expired) return EXIT.done;
    complain('error: nothing to roll back\n  = Only an unconfirmed `apply --confirm` can be.');
    return EXIT.failed;
  }
  await notifyDaemon(directory.api);
  if (!options.expired)
    for (const [i, c] of report.done.entries()) printProgress(c, i, report.done.length);
  return printReport(report, gateway, false, 'Rolled back.');
}
