/**
 * What the commands have in common: exit codes, colours, errors for people and for programs.
 *
 * Always holds: results go to stdout, errors and progress to stderr; colour only on a terminal and
 * never when NO_COLOR is set.
 */
import { isatty } from 'node:tty';
import pc from 'picocolors';

import { BAD_INPUT, WamptcpError } from '../lib/errors.ts';

export const EXIT = { done: 0, failed: 1, badInput: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Colours for stdout. picocolors looks at NO_COLOR but takes CI for a terminal; `process.stdout.isTTY`
 * is undefined where there is none, which createColors would take for "decide yourself".
 */
export const colours = pc.createColors(pc.isColorSupported && isatty(1));

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What went wrong and what to do, as a person reads it. */
export function errorText(error: unknown): string {
  if (error instanceof WamptcpError) return `error: ${error.message}\n  = ${error.advice}`;
  return `error: ${unexpectedText(error)}\n  = ${UNEXPECTED}`;
}

const UNEXPECTED =
  'This is a fault of wamptcp. Please report it with what WAMPTCP_TRACE=1 adds to the message.';

/** Where in our source it was is of use only to whoever mends it. */
function unexpectedText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (process.env['WAMPTCP_TRACE'] === '1') return error.stack ?? error.message;
  return `unexpected ${error.name}: ${error.message}`;
}

export function errorJson(error: unknown): unknown {
  if (error instanceof WamptcpError) {
    return { error: { code: error.code, message: error.message, advice: error.advice } };
  }
  return { error: { code: 'INTERNAL', message: unexpectedText(error), advice: UNEXPECTED } };
}

/** What the system says of files, in words of people, and what to do. */
const FILE_TROUBLES: Readonly<Record<string, readonly [string, string]>> = {
  EACCES: ['permission denied', 'Run it with sudo, or choose another place.'],
  EPERM: ['not permitted', 'Run it with sudo, or choose another place.'],
  EROFS: ['this file system is read-only', 'Make it writable, or choose another place.'],
  ENOSPC: ['no space left', 'Make room, or choose another place.'],
  ENOTDIR: ['a part of this path is no directory', 'Choose another place.'],
  EISDIR: ['this is a directory, not a file', 'Give a file.'],
  ENOENT: ['there is no such file or directory', 'Look at the path.'],
};

/** What is wrong and what to do, of an error of the system about a file. */
export function fileTrouble(error: unknown): readonly [string, string] | undefined {
  return error instanceof Error && 'code' in error ? FILE_TROUBLES[String(error.code)] : undefined;
}

/** An error of the system about a file is not ours to be reported. */
function understood(error: unknown): unknown {
  const trouble = fileTrouble(error);
  if (trouble === undefined || !(error instanceof Error && 'path' in error)) return error;
  const [words, advice] = trouble;
  return new WamptcpError('FILE', `${String(error.path)}: ${words}`, { advice, cause: error });
}

/** Runs a command; turns what it throws into a message and an exit code. */
export async function runCommand(json: boolean, work: () => Promise<ExitCode>): Promise<void> {
  process.stdout.on('error', endWithoutReader);
  try {
    process.exitCode = await work();
  } catch (thrown) {
    const error = understood(thrown);
    if (json) printJson(errorJson(error));
    else complain(errorText(error));
    // By its code: the daemon may have said it.
    const isBadInput = error instanceof WamptcpError && error.code === BAD_INPUT;
    process.exitCode = isBadInput ? EXIT.badInput : EXIT.failed;
  }
}

/** Nobody reads on: as by Ctrl-C, so that what was made for the time of the command is taken down. */
function endWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') {
    process.kill(process.pid, 'SIGINT');
    return;
  }
  const [words] = fileTrouble(error) ?? [error.message];
  complain(`error: the output cannot be written: ${words}`);
  process.exit(EXIT.failed);
}

/** The command was given something it cannot work with. */
export class BadInput extends WamptcpError {
  constructor(message: string, advice: string) {
    super(BAD_INPUT, message, { advice });
  }
}

export function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new WamptcpError('NOT_ROOT', 'this needs root: it reads or changes the network', {
      advice: 'Run it with sudo.',
    });
  }
}
