/**
 * `ip … show`.
 *
 * Always holds: reads only; what is asked at the same time with the same options is asked in one
 * process (`ip -batch`), for starting one takes longer than its answer does; tables and protocols
 * in numbers, not names (`-N`), since /etc/iproute2 may give them any.
 */
import type { Family } from '../../net/address.ts';
import type { Route } from '../../plan/resource.ts';
import { WamptcpError } from '../../lib/errors.ts';
import { run } from '../../system/command.ts';
import { familyFlag } from './command.ts';
import { lacksNexthops, parseDefaults, parseNexthops } from './ip-facts.ts';
import type { DefaultRoute } from './ip-facts.ts';
import { parseRoutes } from './ip-json.ts';

interface Question {
  readonly words: string;
  readonly resolve: (answer: string) => void;
  readonly reject: (error: unknown) => void;
}

/** Asked, but not yet of anybody, by the options of `ip`. */
const open = new Map<string, Question[]>();

/**
 * One line: JSON, where this command of `ip` knows it.
 *
 * @param words not of `ip link`: the same process (iproute2 6.1) then answers `address show dev …`
 *   without addresses
 * @throws WamptcpError COMMAND_FAILED, also when only another question of the same time is refused
 */
export async function show(
  words: readonly string[],
  options: readonly string[] = ['-d'],
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const key = options.join(' ');
    const together = open.get(key) ?? [];
    together.push({ words: words.join(' '), resolve, reject });
    if (together.length > 1) return;
    open.set(key, together);
    queueMicrotask(() => {
      open.delete(key);
      void answer(together, options);
    });
  });
}

async function answer(questions: readonly Question[], options: readonly string[]): Promise<void> {
  const stdin = questions.map(({ words }) => `${words}\n`).join('');
  try {
    const text = await run(['ip', '-j', ...options, '-batch', '-'], { stdin });
    const lines = text.trimEnd().split('\n');
    if (lines.length !== questions.length) throw unexpected(stdin, text);
    for (const [index, line] of lines.entries()) questions[index]?.resolve(line);
  } catch (error) {
    for (const { reject } of questions) reject(error);
  }
}

function unexpected(asked: string, text: string): WamptcpError {
  return new WamptcpError(
    'COMMAND_FAILED',
    `ip -batch answered with another number of lines than it was asked questions:\n${asked}${text}`,
    { advice: 'It is made for iproute2 6.1; see `ip -V` for the one that is here.' },
  );
}

/** What `parse` makes of the answers for both address families, IPv4 first. */
export async function showBoth<T>(
  words: readonly string[],
  parse: (json: string, family: Family) => readonly T[],
): Promise<readonly T[]> {
  const answers = await Promise.all(
    (['ipv4', 'ipv6'] as const).map(async (family) =>
      parse(await show(words, ['-N', familyFlag(family)]), family),
    ),
  );
  return answers.flat();
}

/** The routes of one `rtm_protocol` in all tables. */
export async function routesBy(protocol: string): Promise<readonly Route[]> {
  return await showBoth(['route', 'show', 'table', 'all', 'proto', protocol], parseRoutes);
}

/** The default routes of the main table, one per way. */
export async function mainDefaults(): Promise<readonly DefaultRoute[]> {
  const answers = await showBoth(['route', 'show', 'default', 'table', 'main'], (json, family) => [
    { json, family },
  ]);
  const objects = answers.some(({ json }) => lacksNexthops(json))
    ? parseNexthops(await show(['nexthop', 'show']))
    : undefined;
  return answers.flatMap(({ json, family }) => parseDefaults(json, family, objects));
}
