/**
 * Runs a program and waits for it.
 *
 * Always holds: no shell in between; a failure carries the program's own words.
 */
import { execa } from 'execa';

import { WamptcpError } from '../lib/errors.ts';

export interface CommandOptions {
  /** In parts: each is asked for when the program has room for it. */
  readonly stdin?: string | Iterable<string>;
  /** Milliseconds until it is killed; default 20 s. */
  readonly timeout?: number;
  /** Besides our own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The program's stdout. Throws `COMMAND_FAILED` when it exits with anything but 0. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('an empty command');
  const result = await execa(program, args, {
    reject: false,
    stripFinalNewline: false,
    timeout: options.timeout ?? 20_000,
    ...input(options.stdin),
    env: { LC_ALL: 'C', NO_COLOR: '1', ...options.env },
  });
  if (result.failed) throw failure(argv, result);
  return result.stdout;
}

function input(
  stdin: CommandOptions['stdin'],
): { readonly stdin: 'ignore' | Iterable<string> } | { readonly input: string } {
  return typeof stdin === 'string' ? { input: stdin } : { stdin: stdin ?? 'ignore' };
}

/** For a command that another process has carried out for us, with what that one said of it. */
export function commandFailed(
  argv: readonly string[],
  words: string,
  cause: unknown,
): WamptcpError {
  return failure(argv, { stderr: words, cause });
}

interface Failed {
  readonly stderr?: string | undefined;
  readonly shortMessage?: string | undefined;
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

function failure(argv: readonly string[], result: Failed): WamptcpError {
  const words = result.stderr?.trim();
  const missing = result.code === 'ENOENT';
  return new WamptcpError(
    missing ? 'COMMAND_MISSING' : 'COMMAND_FAILED',
    missing
      ? `${argv[0] ?? ''} is not installed`
      : `${argv.join(' ')}: ${words === undefined || words === '' ? (result.shortMessage ?? 'failed') : words}`,
    {
      advice: missing ? 'Run `make setup`.' : 'Run the command by hand to see more.',
      cause: result.cause,
      ...(words === undefined || words === '' ? {} : { words }),
    },
  );
}
