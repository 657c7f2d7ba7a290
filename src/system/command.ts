/**
 * Runs a program and waits for it.
 *
 * Always holds: no shell in between; a failure carries the program's own words, and says what to do as
 * far as those tell.
 */
import { execa } from 'execa';

import { WamptcpError } from '../lib/errors.ts';
import { lackCure, lackOf, lackText } from './programs.ts';
import type { Lack } from './programs.ts';

export interface CommandOptions {
  /** In parts: each is asked for when the program has room for it. */
  readonly stdin?: string | Iterable<string>;
  /** Milliseconds until it is killed; default 20 s. */
  readonly timeout?: number;
  /** Besides our own. */
  readonly env?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 20_000;

let apart = false;

/**
 * From now on programs get a session of their own. Ctrl-C goes to all processes of a terminal at once,
 * and would end a command that belongs to a change or to its undoing.
 */
export function keepFromTerminal(): void {
  apart = true;
}

/**
 * The program's stdout.
 * @throws `COMMAND_MISSING`, `COMMAND_NOT_EXECUTABLE`, `COMMAND_TIMEOUT`; `COMMAND_FAILED` when it exits
 * with anything but 0.
 */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('an empty command');
  const timeout = options.timeout ?? TIMEOUT_MS;
  for (let attempt = 1; ; attempt++) {
    const result = await execa(program, args, {
      reject: false,
      detached: apart,
      stripFinalNewline: false,
      timeout,
      ...input(options.stdin),
      env: { LC_ALL: 'C', NO_COLOR: '1', ...options.env },
    });
    if (!result.failed) return result.stdout;
    // A signal to the whole group has hit it before it had a session of its own: it had not begun.
    const hit = apart && GROUP_SIGNALS.has(result.signal) && !result.timedOut;
    if (!hit || !isText(options.stdin) || attempt === ATTEMPTS)
      throw failure(argv, result, timeout);
  }
}

const ATTEMPTS = 10;
const GROUP_SIGNALS: ReadonlySet<string | undefined> = new Set([
  ...['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTERM'],
]);

function input(
  stdin: CommandOptions['stdin'],
): { readonly stdin: 'ignore' | Iterable<string> } | { readonly input: string } {
  return typeof stdin === 'string' ? { input: stdin } : { stdin: stdin ?? 'ignore' };
}

/** What is asked for in parts is used up by the first attempt. */
function isText(stdin: CommandOptions['stdin']): boolean {
  return stdin === undefined || typeof stdin === 'string';
}

/** For a command that another process has carried out for us, with what that one said of it. */
export function commandFailed(
  argv: readonly string[],
  words: string,
  cause: unknown,
): WamptcpError {
  return failure(argv, { stderr: words, cause }, TIMEOUT_MS);
}

interface Failed {
  readonly stderr?: string | undefined;
  readonly shortMessage?: string | undefined;
  readonly code?: string | undefined;
  readonly cause?: unknown;
  readonly timedOut?: boolean;
  readonly signal?: string | undefined;
  readonly exitCode?: number | undefined;
}

function failure(argv: readonly string[], result: Failed, timeout: number): WamptcpError {
  const words = result.stderr?.trim() ?? '';
  const lack = lackBehind(argv, result.code, words);
  if (lack !== undefined) {
    const code = lack.kind === 'missing' ? 'COMMAND_MISSING' : 'COMMAND_NOT_EXECUTABLE';
    return new WamptcpError(code, lackText(lack), { advice: lackCure(lack), cause: result.cause });
  }
  const name = commandName(argv);
  const { cause } = result;
  if (result.timedOut === true) {
    return new WamptcpError(
      'COMMAND_TIMEOUT',
      `\`${name}\` did not end within ${Math.round(timeout / 1000)} s and was stopped`,
      { advice: 'The machine may be overloaded: look at `top`, and try again.', cause },
    );
  }
  return new WamptcpError(
    'COMMAND_FAILED',
    `\`${name}\`: ${words === '' ? ending(result) : words}`,
    {
      advice: adviceOn(words),
      cause,
      ...(words === '' ? {} : { words }),
    },
  );
}

/** Programs that become another one, which they name when they cannot. */
const NOT_RUN = [
  /failed to execute (?<program>[^\s:]+): (?<why>.*)/,
  /^nice: '?(?<program>[^\s:'’]+)'?: (?<why>.*)/m,
  /^sh: (?:\d+|line \d+): (?<program>[^\s:]+): (?<why>(?:not found|Permission denied).*)/m,
  /^exec: (?<program>[^\s:]+): (?<why>.*)/m,
];

function lackBehind(
  [program = '']: readonly string[],
  code: string | undefined,
  words: string,
): Lack | undefined {
  if (code === 'ENOENT') return lackOf(program) ?? { program, kind: 'missing' };
  if (code === 'EACCES')
    return lackOf(program) ?? { program, kind: 'not-executable', file: program };
  for (const pattern of NOT_RUN) {
    const { program: named, why } = pattern.exec(words)?.groups ?? {};
    if (named === undefined || !/not found|No such file|Permission denied/.test(why ?? ''))
      continue;
    return lackOf(named);
  }
  return undefined;
}

/** What stands before the program that is meant, and its own words. */
const WRAPPERS = new Set(['chrt', 'nice', 'prlimit', 'setpriv', 'mptcpize', 'perl', 'unshare']);

const PROGRAMS = new Set(['bird', 'haproxy', 'dnsmasq', 'nft', 'ip', 'true']);

/** The program and its first words: enough to know which one it was. */
export function commandName(argv: readonly string[]): string {
  const meant = WRAPPERS.has(argv[0] ?? '') ? argv.findIndex((word) => PROGRAMS.has(word)) : 0;
  const [program = '', ...rest] = argv.slice(Math.max(meant, 0));
  const begin = rest.findIndex((word) => !word.startsWith('-'));
  const args = begin === -1 ? [] : rest.slice(begin);
  const end = args.findIndex((word) => !/^[a-z]+$/.test(word));
  const first = args.slice(0, end === -1 ? 2 : Math.min(end, 2));
  return [program, ...first].join(' ');
}

function ending({ signal, exitCode, shortMessage }: Failed): string {
  if (signal !== undefined) return `ended by ${signal}`;
  if (exitCode !== undefined) return `ended with ${exitCode}, and said nothing`;
  return shortMessage ?? 'could not be run';
}

/** What to do, by what the system says through the program. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/No space left on device/, 'Make room on the disk; `df` shows which one is full.'],
  [/Read-only file system/, 'Make it writable; `dmesg` says why it is not.'],
  [
    /Operation not permitted|Permission denied/,
    'Run it as root, and in a container with CAP_NET_ADMIN.',
  ],
  [
    /Cannot allocate memory|Out of memory/,
    'Free memory; `free -m` and `dmesg` show what takes it.',
  ],
  [/[Rr]esource busy/, 'Something else uses it at this moment: try again.'],
  [/[Aa]ddress already in use/, 'End what has that port; `ss -lnup` and `ss -lntp` show it.'],
  [/Too many open files/, 'Raise the limit of open files; `ulimit -n` shows it.'],
  [
    /[Uu]nknown|[Nn]ot supported|[Ss]yntax error|unrecognized|not recognized|is wrong/,
    'This version of the program, or this kernel, lacks that; README names the versions needed.',
  ],
];

function adviceOn(words: string): string {
  return (
    ADVICE.find(([pattern]) => pattern.test(words))?.[1] ??
    'What stands above is what the program says; the kernel may say more in `dmesg`.'
  );
}
