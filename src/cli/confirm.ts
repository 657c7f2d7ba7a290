/** `wamptcp confirm` and `wamptcp rollback`: the two answers to `apply --confirm`. */
import { setTimeout as sleep } from 'node:timers/promises';

import { notifyDaemon } from '../daemon/api-client.ts';
import { whyRolledBack } from '../daemon/expired-apply.ts';
import type { ApplyReport } from '../daemon/gateway.ts';
import { rollBackExpired } from '../daemon/guard.ts';
import { systemClock } from '../lib/clock.ts';
import { WamptcpError } from '../lib/errors.ts';
import { parseDuration } from '../net/duration.ts';
import { localGateway } from './gateway.ts';
import type { LocalGateway } from './gateway.ts';
import { Interruption } from './interruption.ts';
import { note, noteReport } from './journal.ts';
import { BadInput, EXIT, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';
import { printProgress, printReport } from './report.ts';

export async function confirmCommand(options: { readonly json: boolean }): Promise<ExitCode> {
  const local = localGateway();
  if (!(await local.gateway.confirm())) throw await nothingToConfirm(local);
  const { applied } = await local.gateway.state();
  note(local.directory, 'applied', `site ${applied?.site.site ?? ''} is confirmed`);
  if (options.json) printJson({ confirmed: true });
  else print('Confirmed: it stays.');
  return EXIT.done;
}

export interface RollbackOptions {
  /** Only if the time to confirm is over. */
  readonly expired: boolean;
  readonly after: string | undefined;
  /** Waits until it has to be rolled back, or need not be: the guard of `apply --confirm`. */
  readonly guard: boolean;
  readonly json: boolean;
}

export async function rollbackCommand(options: RollbackOptions): Promise<ExitCode> {
  const local = localGateway();
  const { gateway, directory } = local;
  if (options.after !== undefined) {
    const wait = parseDuration(options.after);
    if (wait === undefined)
      throw new BadInput(`--after ${options.after} is no duration`, 'Write 120s.');
    await sleep(wait);
  }
  // It undoes already: half of that would be worse than all of it.
  const interruption = options.guard ? undefined : new Interruption('finish');
  const report = options.guard ? await guardReport(local) : await gateway.rollback(options.expired);
  if (report === undefined) {
    if (options.expired || options.guard) return EXIT.done;
    throw new WamptcpError('NOTHING_PENDING', 'nothing to roll back', {
      advice: 'Only an unconfirmed `apply --confirm` can be.',
    });
  }
  if (!options.guard) noteReport(directory, report, 'rolled back', 'rollback');
  await notifyDaemon(directory.api);
  if (!options.expired && !options.json)
    for (const [i, c] of report.done.entries()) printProgress(c, i, report.done.length);
  const code = printReport(report, gateway, options.json, 'Rolled back.');
  interruption?.end();
  return code;
}

/** Nobody sees what a guard prints. */
async function guardReport({ gateway, directory }: LocalGateway): Promise<ApplyReport | undefined> {
  let why = whyRolledBack(undefined);
  const report = await rollBackExpired(
    {
      state: () => gateway.state(),
      rollback: async (onlyExpired) => {
        why = whyRolledBack((await gateway.state()).pending);
        return await gateway.rollback(onlyExpired);
      },
    },
    systemClock,
  );
  if (report?.failure === undefined) {
    if (report !== undefined) note(directory, 'applied', `${why}: rolled back`);
  } else {
    noteReport(directory, report, '', 'rollback');
  }
  return report;
}

async function nothingToConfirm({ gateway }: LocalGateway): Promise<WamptcpError> {
  const { refused } = await gateway.state();
  return new WamptcpError('NOTHING_PENDING', 'nothing waits for confirmation', {
    advice:
      refused === undefined
        ? 'It was confirmed already, or undone in time.'
        : 'It was undone, in time or by a reboot. ' +
          `\`wamptcp apply -c ${refused.file === '' ? 'FILE' : refused.file}\` applies it again.`,
  });
}
