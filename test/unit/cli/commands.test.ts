/**
 * The commands and options that the documents name are those which the command line offers, and the
 * other way round. What the lines of shell blocks do is tested in test/netns/documents.test.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { execa } from 'execa';

import packageJson from '../../../package.json' with { type: 'json' };
import { at, codeSpans, fences, ROOT } from '../../support/documents.ts';
import type { CodeSpan } from '../../support/documents.ts';

interface Help {
  readonly commands: readonly string[];
  readonly options: readonly string[];
  /** What follows the command's own words. */
  readonly usage: string;
}

const asked = new Map<string, Promise<Help>>();

/** What `wamptcp WORDS --help` says. */
async function help(words: readonly string[]): Promise<Help> {
  const key = words.join(' ');
  let answer = asked.get(key);
  if (answer === undefined) asked.set(key, (answer = ask(words)));
  return await answer;
}

async function ask(words: readonly string[]): Promise<Help> {
  const { stdout } = await execa(join(ROOT, 'bin/wamptcp'), [...words, '--help']);
  const [, list = ''] = stdout.split('\nCommands:\n');
  return {
    commands: [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name!),
    options: [...stdout.matchAll(/^ {2}(?:(-\w), )?(--[a-z-]+)/gm)].flatMap(([, short, long]) =>
      short === undefined ? [long!] : [short, long!],
    ),
    usage: /^Usage: wamptcp (.*)/.exec(stdout)?.[1]?.slice(words.join(' ').length).trim() ?? '',
  };
}

/** `lab up|down X` is `lab up` and `lab down`. */
async function commandsIn(text: string): Promise<readonly (readonly string[])[]> {
  const [first = '', second = ''] = text.replaceAll(' | ', '|').split(/ +/);
  const heads = first.split('|').map((word) => [word]);
  const { commands } = await help(heads[0]!);
  if (commands.length === 0 || second === '') return heads;
  return second.split('|').map((word) => [first, word]);
}

const optionsIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?<=^|[\s[])--?[a-z][a-z-]*/g)].map(([option]) => option);

async function assertOffered(text: string, where: string): Promise<void> {
  for (const words of await commandsIn(text)) {
    for (let depth = 0; depth < words.length; depth += 1) {
      const { commands } = await help(words.slice(0, depth));
      assert.ok(commands.includes(words[depth]!), `${where}: no command ${words.join(' ')}`);
    }
    const { options } = await help(words);
    // What follows `--` is another program's.
    for (const option of optionsIn(text.replace(/ -- .*/, ''))) {
      assert.ok(options.includes(option), `${where}: ${words.join(' ')} has no ${option}`);
    }
  }
}

describe('the table of commands in README', async () => {
  const table = fences().find(
    ({ file, section }) => file === 'README.md' && section === 'Commands',
  )!;
  const rows = table.text
    .split('\n')
    .filter((line) => line.startsWith('wamptcp '))
    .map((line) => line.slice('wamptcp '.length));
  const shown = (await Promise.all(rows.map(commandsIn))).flat().map((words) => words.join(' '));

  for (const row of rows) {
    test(`${row.trim()} is offered`, async () => {
      await assertOffered(row, at(table));
      // Each of them has other words, says the row.
      if (row.includes(' … ')) return;
      for (const words of await commandsIn(row)) {
        const { usage } = await help(words);
        const synopsis = row.replace(/-c FILE/, '');
        assert.equal(/\b(FILE|NAME)\b/.test(synopsis), usage.includes('<'), `${row}: ${usage}`);
      }
    });
  }

  test('has every command', async () => {
    const { commands } = await help([]);
    for (const command of commands.filter((name) => name !== 'help')) {
      const { commands: parts } = await help([command]);
      const names = parts.filter((name) => name !== 'help').map((name) => `${command} ${name}`);
      for (const name of names.length === 0 ? [command] : names) {
        assert.ok(shown.includes(name), `${name} is not in the table`);
      }
    }
  });

  test('may say that --json is everywhere', async () => {
    // The daemon and the programs of `exec` print what they print.
    for (const name of shown.filter((each) => !['run', 'lab exec'].includes(each))) {
      assert.ok((await help(name.split(' '))).options.includes('--json'), name);
    }
  });
});

describe('words in backticks', () => {
  const COMMAND = /^(?:sudo )?(?:npx )?(?:bin\/)?(?:wamptcp (?=[a-z])|(?=lab [a-z]))(.*)/;
  const command = ({ text }: CodeSpan): string | undefined => COMMAND.exec(text)?.[1];
  const spans = codeSpans();

  test('name commands and options that there are', async () => {
    assert.ok(spans.filter((span) => command(span) !== undefined).length > 10);
    for (const span of spans) {
      const text = command(span);
      if (text !== undefined) await assertOffered(text, `${at(span)}: ${span.text}`);
    }
  });

  test('name options of the command at the begin of their row', async () => {
    for (const span of spans.filter(({ text }) => text.startsWith('--'))) {
      const row = spans.find(
        (other) => other.beginsRow && other.line === span.line && other.file === span.file,
      );
      const text = row === undefined ? undefined : command(row);
      if (text === undefined) continue;
      const words = text.split(' ').slice(0, 2).join(' ');
      await assertOffered(`${words} ${span.text}`, at(span));
    }
  });

  test('name targets and scripts that there are', () => {
    const makefile = readFileSync(join(ROOT, 'Makefile'), 'utf8');
    for (const span of spans) {
      const target = /^(?:sudo )?make ([a-z][a-z-]*)/.exec(span.text)?.[1];
      if (target !== undefined) assert.match(makefile, new RegExp(`^${target}:`, 'm'), at(span));
      const script = /^npm run (\S+)/.exec(span.text)?.[1];
      if (script !== undefined) assert.ok(script in packageJson.scripts, at(span));
    }
  });
});
