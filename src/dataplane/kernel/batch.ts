/**
 * Many changes by one process: `ip -batch`, `bridge -batch`; starting a process takes longer than
 * most changes.
 *
 * Always holds: a batch is carried out in order up to its first command that fails, and it is known
 * which one that was; what cannot stand in a batch is carried out alone.
 */
import type { Change } from '../../apply/change.ts';
import { WamptcpError } from '../../lib/errors.ts';
import { commandFailed, run } from '../../system/command.ts';
import type { Command } from './command.ts';
import { commandsFor } from './command.ts';
import { keepingSecondaries } from './sysctl.ts';

type RunCommand = Extract<Command, { readonly run: readonly string[] }>;

/** One change and its commands. */
export interface Step {
  readonly change: Change;
  readonly commands: readonly RunCommand[];
}

export interface Batch {
  /** With the options that hold for all lines: a line has none of its own. */
  readonly program: readonly string[];
  readonly steps: readonly Step[];
}

/** What became of a batch. */
export type BatchResult =
  | { readonly kind: 'done' }
  /** Command `command` of step `step` failed, and what stands before it is done. */
  | {
      readonly kind: 'failed';
      readonly step: number;
      readonly command: number;
      readonly error: unknown;
    }
  /** It ended, nobody knows where: iproute2 says the line of most failures, but not of all. */
  | { readonly kind: 'lost'; readonly error: unknown };

const BATCHING: ReadonlySet<string> = new Set(['ip', 'bridge']);

/** Split at whitespace; quotes and `#` have a meaning. */
const PLAIN_WORD = /^[^\s"'#\\]+$/;

/** Room for a machine that is busy with other things. */
const PATIENCE_MS = 20_000;
const PATIENCE_PER_LINE_MS = 50;

/** Steps that are handed over at a time, and then told as progress. */
const HANDED_OVER = 64;

/** In order: batches as long as can be; a change that must stand alone is not in one. */
export function* batchesOf(changes: readonly Change[]): Generator<Batch | Change> {
  let steps: Step[] = [];
  let program: readonly string[] | undefined;
  let hosts = new Set<string>();
  const end = function* (): Generator<Batch> {
    if (steps.length > 0) yield { program: program ?? ['ip'], steps };
    steps = [];
    program = undefined;
    hosts = new Set();
  };
  for (const change of changes) {
    const commands = commandsFor(change);
    const own = programOf(commands);
    if (own === undefined || !commands.every(isBatchable)) {
      yield* end();
      yield change;
      continue;
    }
    const hosting = commands.flatMap((one) => one.hosting?.interface ?? []);
    // The broadcast routes of the first address are to be seen before the second comes.
    const isNext = own.length > 0 && program !== undefined && own.join(' ') !== program.join(' ');
    if (isNext || hosting.some((name) => hosts.has(name))) yield* end();
    if (own.length > 0) program = own;
    for (const name of hosting) hosts.add(name);
    steps.push({ change, commands });
  }
  yield* end();
}

export async function runBatch(
  { program, steps }: Batch,
  progress: (step: number) => void = () => undefined,
): Promise<BatchResult> {
  const commands = steps.flatMap((step) => step.commands);
  await endBroadcasts(commands.flatMap(({ hosting }) => hosting ?? []));
  try {
    await keepingSecondaries(
      commands.flatMap(({ promoting }) => promoting ?? []),
      () =>
        run([...program, '-batch', '-'], {
          stdin: handedOver(steps, progress),
          timeout: PATIENCE_MS + PATIENCE_PER_LINE_MS * commands.length,
        }),
    );
    return { kind: 'done' };
  } catch (error) {
    return whereItFailed(program, steps, error);
  }
}

/** As far as it can be done. */
export async function forceBatch({ program, steps }: Batch): Promise<void> {
  const commands = steps.flatMap((step) => step.commands);
  await endBroadcasts(commands.flatMap(({ hosting }) => hosting ?? []));
  await keepingSecondaries(
    commands.flatMap(({ promoting }) => promoting ?? []),
    () => force(program, commands.map(lineOf)),
  );
}

/** Routes of the kernel that would make it take an address for broadcast. None is the rule. */
export async function endBroadcasts(
  places: readonly { readonly address: string; readonly interface: string }[],
): Promise<void> {
  const lines = places.map(
    ({ address, interface: name }) => `route delete broadcast ${address} dev ${name} table local\n`,
  );
  await force(['ip'], lines);
}

async function force(program: readonly string[], lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await run([...program, '-force', '-batch', '-'], {
    stdin: lines.join(''),
    timeout: PATIENCE_MS + PATIENCE_PER_LINE_MS * lines.length,
  }).catch(() => undefined);
}

/** The words before the object: `ip -6`; none where there is no command; undefined: of several. */
function programOf(commands: readonly Command[]): readonly string[] | undefined {
  const programs = commands.map((command) =>
    'run' in command ? command.run.slice(0, command.run.length - lineWords(command).length) : [],
  );
  const [first = []] = programs;
  return programs.every((one) => one.join(' ') === first.join(' ')) ? first : undefined;
}

function isBatchable(command: Command): command is RunCommand {
  return (
    'run' in command &&
    command.stdin === undefined &&
    command.claiming === undefined &&
    BATCHING.has(command.run[0] ?? '') &&
    command.run.every((word) => PLAIN_WORD.test(word))
  );
}

function lineWords({ run: words }: RunCommand): readonly string[] {
  const first = words.findIndex((word, index) => index > 0 && !word.startsWith('-'));
  return words.slice(first);
}

function lineOf(command: RunCommand): string {
  return `${lineWords(command).join(' ')}\n`;
}

function* handedOver(
  steps: readonly Step[],
  progress: (step: number) => void,
): Generator<string, void> {
  for (let first = 0; first < steps.length; first += HANDED_OVER) {
    const some = steps.slice(first, first + HANDED_OVER);
    for (const index of some.keys()) progress(first + index);
    yield some.flatMap(({ commands }) => commands.map(lineOf)).join('');
  }
}

function whereItFailed(
  program: readonly string[],
  steps: readonly Step[],
  error: unknown,
): BatchResult {
  const words = error instanceof WamptcpError ? (error.words ?? '') : '';
  const told = /^Command failed -:(\d+)$/m.exec(words);
  let line = Number(told?.[1] ?? 0);
  if (told === null || line === 0) return { kind: 'lost', error };
  for (const [step, { commands }] of steps.entries()) {
    const command = commands[line - 1];
    if (command === undefined) {
      line -= commands.length;
      continue;
    }
    const said = words.replace(told[0], '').trim();
    const argv = [...program, ...lineWords(command)];
    return { kind: 'failed', step, command: line - 1, error: commandFailed(argv, said, error) };
  }
  return { kind: 'lost', error };
}
