/**
 * `wamptcp lab exec`: a program on a node, with our terminal and pipes as its own.
 *
 * Always holds: its exit code is ours, 128 + n when signal n ended it, as in a shell.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { openLab } from '../lab/lab.ts';
import { WamptcpError } from '../lib/errors.ts';
import { chooseLab } from './lab-choice.ts';
import { requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export async function labExecCommand(
  node: string,
  words: readonly string[],
  given: string | undefined,
): Promise<ExitCode> {
  requireRoot();
  const lab = await openLab(await chooseLab(given));
  const [program, ...argv] = lab.command(node, words[0] === '--' ? words.slice(1) : words);
  lab.close();
  const child = spawn(program, argv, { stdio: 'inherit' });
  // A terminal signals the program, too; what is sent to us alone is handed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(
        new WamptcpError('LAB_EXEC_FAILED', `cannot start ${program}: ${cause.message}`, {
          cause,
          advice: 'Install iproute2 and util-linux: make setup does.',
        }),
      );
    });
    child.once('exit', (code, signal) => {
      // Any exit code is possible, which is what the caller asked for.
      resolve((code ?? 128 + (signal === null ? 0 : constants.signals[signal])) as ExitCode);
    });
  });
}
