/**
 * What the documents tell a reader to type works as it is written: every line of every shell block
 * is typed on a stage (stages.ts). Needs root.
 *
 * Not run, because they act on the machine itself or are the tests and benchmarks themselves: the
 * targets of `make`, of which only the existence is checked, and `systemctl`, in whose place the unit
 * file is verified.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { execa } from 'execa';

import { at, codeSpans, fences, ROOT, shellBlocks } from '../support/documents.ts';
import { Checkout } from './documents/checkout.ts';
import { hostSetting, tableOf } from './documents/host-settings.ts';
import { namespacesOf, openStage, stageOf } from './documents/stages.ts';
import type { Stage } from './documents/stages.ts';
import { Terminal } from './documents/terminal.ts';

const LANGUAGES = ['sh', 'console', 'yaml', 'ini', 'json', 'ts', ''];
const blocks = shellBlocks();
const checkout = new Checkout(`t-doc-${process.pid}`);

after(() => checkout.remove());

describe('documents', () => {
  test('have shell blocks', () => assert.ok(blocks.length >= 8));

  test('show nothing to be typed that no stage plays', () => {
    const unclaimed = blocks.filter((block) => stageOf(block) === undefined);
    assert.deepEqual(
      unclaimed.map((block) => `${at(block)} (§ ${block.section})`),
      [],
      'give these a stage: name file and heading in STAGE_OF, test/netns/documents/stages.ts',
    );
    assert.equal(stageOf({ file: 'README.md', line: 1, section: 'What is new' }), undefined);
  });

  test('mark shell blocks as such', () => {
    for (const fence of fences()) {
      assert.ok(
        LANGUAGES.includes(fence.language),
        `${at(fence)}: nothing tests ${fence.language}`,
      );
      if (fence.language !== '') continue;
      assert.doesNotMatch(fence.text, /^\s*(\$ |sudo |npx |make )/m, `${at(fence)}: mark it as sh`);
    }
  });
});

for (const name of ['checkout', 'lab', 'site', 'host'] as const) {
  const own = blocks.filter((block) => stageOf(block) === name);
  if (own.length === 0) continue;
  describe(`on the stage ${name}`, () => {
    let stage: Stage | undefined;

    before(async () => {
      stage = await openStage(name, checkout);
    });
    after(async () => stage?.remove());

    for (const block of own) {
      test(`${at(block)} ${block.lines[0]!.text.replace(/ +#.*/, '')} …`, async () =>
        stage!.play(block));
    }
  });
}

test('make is asked, and does not know everything', async () => {
  await assert.rejects(new Terminal(checkout).type('make no-such-target'), /No rule/);
});

test('npx finds the program, as the documents have it', async () => {
  const { stdout } = await execa('npx', ['wamptcp', 'check', 'examples/smallest.yaml'], {
    cwd: ROOT,
    env: { ...checkout.environment, PATH: process.env['PATH'] },
    extendEnv: false,
    stdin: 'ignore',
  });
  assert.match(stdout, /no problems/);
});

describe('docs/lab.md', () => {
  const terminal = new Terminal(checkout);

  test('every fault of its table', async () => {
    const rows = codeSpans().filter(
      ({ file, section }) => file === 'docs/lab.md' && section === 'Faults',
    );
    const faults = rows.filter(({ beginsRow }) => beginsRow).map(({ text }) => text);
    assert.ok(faults.length >= 8, faults.join(', '));
    await terminal.type('wamptcp lab up examples/lab/two-wans.yaml');
    try {
      for (const fault of faults) {
        const words = fault.replace('SITE', 'hub').replace(/ \[for .*\]/, ' for 2s');
        await terminal.type(`wamptcp lab fault fibre ${words}`);
      }
    } finally {
      await terminal.type('wamptcp lab down');
    }
    assert.deepEqual(namespacesOf(checkout.lab), []);
  });

  for (const fence of fences().filter(({ language }) => language === 'ts')) {
    test(`${at(fence)} is a program that runs`, async () => {
      // Beside `src`, as it imports; the checkout has links for all of it.
      const file = join(checkout.directory, 'from-programs', 'example.ts');
      const text = fence.text.replace("name: 'mine'", `name: '${checkout.lab}'`);
      await terminal.type('mkdir -p from-programs');
      writeFileSync(file, text);
      await terminal.type('node_modules/node/bin/node from-programs/example.ts');
      assert.deepEqual(namespacesOf(checkout.lab), []);
    });
  }
});

/** Other files of this form belong to other programs. */
function unitFiles(): ReturnType<typeof fences> {
  return fences().filter(({ text }) => /^\[Service\]$/m.test(text));
}

describe('units of systemd', () => {
  for (const fence of unitFiles()) {
    test(`${at(fence)} is a unit that systemd takes`, async (t) => {
      const file = join(checkout.directory, 'wamptcp.service');
      // The program is looked for, and here it is elsewhere.
      writeFileSync(file, fence.text.replaceAll('/opt/wamptcp', ROOT));
      t.after(() => rmSync(file));
      const verified = await execa('systemd-analyze', ['verify', file], {
        reject: false,
        all: true,
      });
      if (verified.code === 'ENOENT') {
        t.skip('no systemd-analyze here');
        return;
      }
      assert.deepEqual([verified.exitCode, verified.all], [0, '']);
    });
  }
});

describe('docs/hosts.md', () => {
  let stage: Stage | undefined;

  before(async () => {
    stage = await openStage('host', checkout);
  });
  after(async () => stage?.remove());

  test('its table has settings', () => assert.ok(tableOf('docs/hosts.md').length >= 8));

  for (const row of tableOf('docs/hosts.md')) {
    const lines = hostSetting(row);
    if (lines.length === 0) continue;
    test(`${at(row)} ${row.cells[0] ?? ''}`, async () => {
      const block = {
        ...row,
        section: '',
        lines: lines.map((text) => ({ line: row.line, text, prints: '' })),
      };
      await stage!.play(block);
    });
  }
});
