/** A program that fails, is missing or cannot be run: what a person is told. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { WamptcpError } from '../../../src/lib/errors.ts';
import { commandName, run } from '../../../src/system/command.ts';
import { lackCure, lackOf, lackText } from '../../../src/system/programs.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

async function failure(...argv: readonly string[]): Promise<WamptcpError> {
  const error = await run(argv).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof WamptcpError, String(error));
  return error;
}

describe('a program', () => {
  test('that is missing is named with its package, also behind another one', async () => {
    for (const argv of [
      ['no-such-program', '--flag'],
      ['nice', '-n', '5', 'no-such-program'],
      ['sh', '-c', 'no-such-program -f -'],
      ['chrt', '--other', '0', 'no-such-program'],
    ]) {
      const error = await failure(...argv);
      assert.equal(error.code, 'COMMAND_MISSING', argv.join(' '));
      assert.equal(error.message, 'no-such-program is not installed');
      assert.match(error.advice, /apt-get install no-such-program/);
    }
  });

  test('that may not be run is named with its file', async () => {
    const file = temporaryFiles('wamptcp-bird').file('bird', '#!/bin/sh\n');
    chmodSync(file, 0o644);
    const error = await failure(file);
    assert.equal(error.code, 'COMMAND_NOT_EXECUTABLE');
    assert.match(error.message, /bird cannot be run: \S+\/bird is not executable/);
    assert.match(error.advice, /chmod 755/);
  });

  test('that fails keeps its words, not the words it was called with', async () => {
    const error = await failure('sh', '-c', 'echo "RTNETLINK answers: No space left" >&2; exit 2');
    assert.equal(error.code, 'COMMAND_FAILED');
    assert.equal(error.message, '`sh`: RTNETLINK answers: No space left');
    const silent = await failure('sh', '-c', 'exit 3');
    assert.equal(silent.message, '`sh`: ended with 3, and said nothing');
    const killed = await failure('sh', '-c', 'kill -9 $$');
    assert.equal(killed.message, '`sh`: ended by SIGKILL');
  });

  test('is never to be run by hand', async () => {
    const said = ['', 'x', 'Operation not permitted', 'Device or resource busy', 'syntax error'];
    for (const words of said) {
      const { advice } = await failure('sh', '-c', `echo '${words}' >&2; exit 1`);
      assert.doesNotMatch(advice, /by hand/);
      assert.match(advice, /\.$/);
    }
  });
});

test('a command is called by its program and first words', () => {
  assert.equal(commandName(['ip', 'link', 'add', 'wt100']), 'ip link add');
  assert.equal(commandName(['ip', '-4', 'rule', 'add', 'priority', '5']), 'ip rule add');
  assert.equal(commandName(['chrt', '--rr', '10', 'bird', '-c', '/x']), 'bird');
  assert.equal(commandName(['nft', '-f', '-']), 'nft');
});

test('programs are looked for as a shell does', () => {
  const [one, other] = [temporaryFiles('wamptcp-one').folder, temporaryFiles('wamptcp-two').folder];
  writeFileSync(join(one, 'nft'), '', { mode: 0o644 });
  const found = lackOf('nft', one);
  assert.deepEqual(found, { program: 'nft', kind: 'not-executable', file: join(one, 'nft') });
  writeFileSync(join(other, 'nft'), '', { mode: 0o755 });
  assert.equal(lackOf('nft', `${one}:${other}`), undefined);
  const missing = lackOf('birdc', one)!;
  assert.equal(lackText(missing), 'birdc is not installed');
  assert.match(lackCure(missing), /apt-get install bird2/);
});
