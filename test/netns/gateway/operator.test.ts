/**
 * What a person at the keyboard does by mistake, or suffers: another site's file, Ctrl-C, a lost
 * terminal. Whatever it is, the machine is whole afterwards, and it is said what became of it.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { status as statusSchema } from '../../../src/observe/status.ts';
import type { Event } from '../../../src/observe/event.ts';
import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { difference, machineState } from './machine-state.ts';
import { Running } from './running.ts';
import { buildWan, TwoGateways } from './two-gateways.ts';

let two: TwoGateways;
let gateway: GatewayUnderTest;
let untouched: readonly string[];
/** A folder of programs that take their time, so that a signal comes in the middle of the changes. */
let slowPrograms: string;

before(async () => {
  two = await TwoGateways.create({ wans: 2, start: false });
  gateway = two.branch;
  untouched = await machineState(gateway.namespace);
  slowPrograms = join(two.temporary, 'slow');
  mkdirSync(slowPrograms);
  // Called once late in an apply (to check the configuration), and once in a down.
  for (const [program, first] of [
    ['bird', '-p'],
    ['nft', 'delete'],
  ] as const) {
    const real = (await gateway.namespace.run('sh', '-c', `command -v ${program}`)).trim();
    const text = `#!/bin/sh\n[ "$1" = ${first} ] && sleep 2\nexec ${real} "$@"\n`;
    writeFileSync(join(slowPrograms, program), text, { mode: 0o755 });
  }
});
after(() => two.remove());

const changesSince = async (earlier: readonly string[]): Promise<readonly string[]> =>
  difference(earlier, await machineState(gateway.namespace));

const plannedChanges = async (): Promise<number> => {
  const text = await gateway.must('plan', '-c', gateway.file, '--json');
  return (JSON.parse(text) as { changes: unknown[] }).changes.length;
};

const lastEvent = async (): Promise<Event | undefined> => (await gateway.events()).at(-1);

describe('a file that is not meant for this machine', () => {
  after(async () => {
    await gateway.must('down');
    // With new WANs.
    untouched = await machineState(gateway.namespace);
  });

  test('of a site of which nothing is here is refused, LAN or WAN; run waits for it', async () => {
    const file = join(two.temporary, 'elsewhere.yaml');
    const text = readFileSync(gateway.file, 'utf8');
    writeFileSync(file, text.replaceAll(/"wan(\d)"/g, '"ppp$1"'));
    const wan = await gateway.wamptcp('apply', '-c', file);
    assert.equal(wan.exitCode, 1);
    assert.match(wan.stderr, /no WAN interface of site branch exists here \(ppp1, ppp2\)/);
    writeFileSync(file, text.replaceAll('"lan0', '"br7'));
    const lan = await gateway.wamptcp('apply', '-c', file, '--json', '--confirm', '60s');
    assert.equal(lan.exitCode, 1);
    const { error } = JSON.parse(lan.stdout) as { error: { code: string; message: string } };
    assert.equal(error.code, 'OTHER_MACHINE');
    assert.match(error.message, /no LAN interface of site branch exists here \(br7\)/);
    assert.deepEqual(await changesSince(untouched), []);

    writeFileSync(file, text.replaceAll(/"wan(\d)"/g, '"ppp$1"').replaceAll('"lan0', '"br7'));
    const planned = await gateway.must('plan', '-c', file);
    assert.match(planned, /^Site branch of .*elsewhere\.yaml; no site is applied here now\./);
    assert.match(planned, /Interfaces: br7 \(LAN\) absent, ppp1 \(w1\) absent, ppp2 \(w2\) absent/);
    const daemon = Running.start(gateway, slowPrograms, 'run', '-c', file);
    await eventually(
      () => `it waits: ${daemon.text}`,
      async () => (await gateway.events('waiting')).some(({ text: what }) => /ppp1/.test(what)),
    );
    await gateway.namespace.ip(
      'link add ppp1 type veth peer name ppp1far',
      'link set ppp1 up',
      'link add br7 type veth peer name br7far',
      'link set br7 up',
    );
    await eventually('what has come is used', async () =>
      (await gateway.namespace.run('ip', '-o', 'link', 'show')).includes('wt100'),
    );
    assert.equal(daemon.child.exitCode, null);
    daemon.child.kill('SIGTERM');
    assert.equal(await daemon.ended, 0);
    await gateway.must('down');
    await gateway.namespace.ip('link delete ppp1', 'link delete br7');
  });

  test('of another site is refused where one is applied, by apply and by run', async () => {
    await gateway.must('apply', '-c', gateway.file);
    const applied = await machineState(gateway.namespace);
    const other = two.hub.file;
    const refused = await gateway.wamptcp('apply', '-c', other, '--json');
    assert.equal(refused.exitCode, 1);
    const { error } = JSON.parse(refused.stdout) as {
      error: { code: string; message: string; advice: string };
    };
    assert.equal(error.code, 'OTHER_SITE');
    assert.match(error.message, /site branch is applied here, this file is of site hub/);
    assert.match(error.advice, /--replace-site/);
    const run = await gateway.wamptcp('run', '-c', other);
    assert.equal(run.exitCode, 1);
    assert.match(run.stderr, /site branch is applied here.*\n.*--replace-site/);
    const planned = JSON.parse(await gateway.must('plan', '-c', other, '--json')) as {
      site: string;
      applied: { site: string };
      interfaces: { name: string; wan: string | null; present: boolean }[];
    };
    assert.equal(planned.site, 'hub');
    assert.equal(planned.applied.site, 'branch');
    assert.deepEqual(planned.interfaces[0], { name: 'lan0', wan: null, present: true });
    assert.match(await gateway.must('plan', '-c', other), /branch is applied here now, and is rep/);
    assert.deepEqual(await changesSince(applied), []);
  });

  test('of this machine is taken though all its WANs are unplugged', async () => {
    await gateway.namespace.ip('link delete wan1', 'link delete wan2');
    await gateway.must('apply', '-c', gateway.file);
    for (const wan of [1, 2]) await buildWan(two, wan, 1500);
  });

  test('of another site takes its place with --replace-site, by apply and by run', async () => {
    const other = two.hub.file;
    await gateway.must('apply', '-c', other, '--replace-site');
    assert.match(
      await gateway.must('plan', '-c', other),
      /it is applied here now[^]*Nothing to ch/,
    );
    const daemon = Running.start(
      gateway,
      slowPrograms,
      'run',
      '-c',
      gateway.file,
      '--replace-site',
    );
    await eventually(
      () => `the daemon answers: ${daemon.text}`,
      async () => (await gateway.status().catch(() => undefined))?.site === 'branch',
    );
    // The terminal of a daemon in the foreground is lost.
    daemon.child.kill('SIGHUP');
    assert.equal(await daemon.ended, 0);
    assert.equal(await plannedChanges(), 0);
  });
});

describe('an apply that is interrupted in the middle', () => {
  afterEach(async () => {
    await gateway.must('down');
  });

  const assertUndone = async (apply: Running, why: RegExp): Promise<void> => {
    assert.equal(await apply.ended, 1, apply.text);
    assert.deepEqual(await changesSince(untouched), []);
    const event = await lastEvent();
    assert.equal(event?.kind, 'apply-failed');
    assert.match(event.text, why);
    assert.match(event.text, /the \d+ changes made before it were undone/);
  };

  test('by Ctrl-C, again and again, is undone, and says so', async () => {
    const apply = Running.start(gateway, slowPrograms, 'apply', '-c', gateway.file);
    await apply.halfWay();
    // The terminal sends it to all: also to the command that makes the change at hand.
    apply.signalGroup('SIGINT');
    await eventually('it is heard', async () => apply.text.includes('then everything is undone'));
    for (let again = 0; again < 5; again++) {
      apply.signalGroup('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await assertUndone(apply, /was interrupted by Ctrl-C/);
    assert.match(apply.text, /error: it was interrupted before it was done/);
    assert.match(apply.text, /changes made before it were undone: the machine is as it was/);
  });

  test('by SIGTERM is undone, with --confirm as well', async () => {
    for (const options of [[], ['--confirm', '60s']]) {
      const apply = Running.start(gateway, slowPrograms, 'apply', '-c', gateway.file, ...options);
      await apply.halfWay();
      apply.child.kill('SIGTERM');
      await assertUndone(apply, /was interrupted by SIGTERM/);
      const state = await readFile(gateway.directory.state, 'utf8').catch(() => '');
      assert.equal(state, '', 'nothing waits for confirmation');
    }
  });

  test('by the end of its terminal is undone', async () => {
    const terminal = Running.onTerminal(gateway, slowPrograms, 'apply', '-c', gateway.file);
    await terminal.halfWay();
    terminal.child.kill('SIGKILL');
    const event = await gateway.waitForEvent('it is said', ({ text }) =>
      /terminal is gone/.test(text),
    );
    assert.match(event.text, /the \d+ changes made before it were undone/);
    assert.deepEqual(await changesSince(untouched), []);
  });

  test('by nobody who reads its output is undone', async () => {
    const apply = Running.start(gateway, slowPrograms, 'apply', '-c', gateway.file);
    await apply.halfWay();
    apply.child.stdout!.destroy();
    apply.child.stderr!.destroy();
    await assertUndone(apply, /was interrupted since nobody reads its output/);
  });
});

describe('down and rollback that are interrupted', () => {
  test('down is undone: everything is there as it was', async () => {
    await gateway.must('apply', '-c', gateway.file);
    const applied = await machineState(gateway.namespace);
    const down = Running.start(gateway, slowPrograms, 'down');
    await down.halfWay();
    down.signalGroup('SIGINT');
    assert.equal(await down.ended, 1, down.text);
    assert.deepEqual(await changesSince(applied), []);
    assert.equal(await plannedChanges(), 0);
    assert.match((await lastEvent())?.text ?? '', /`wamptcp down` was interrupted by Ctrl-C/);
    await gateway.must('down');
    assert.deepEqual(await changesSince(untouched), []);
  });

  test('rollback is finished', async () => {
    const apply = Running.start(
      gateway,
      slowPrograms,
      'apply',
      '-c',
      gateway.file,
      '--confirm',
      '300s',
    );
    await eventually('it waits', async () => apply.text.includes('wamptcp confirm'));
    const rules = (): Promise<string> => gateway.namespace.run('ip', 'rule', 'show');
    const before = await rules();
    const rollback = Running.start(gateway, slowPrograms, 'rollback');
    await eventually('it has begun', async () => (await rules()) !== before);
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) rollback.signalGroup(signal);
    assert.equal(await rollback.ended, 0, rollback.text);
    assert.equal(await apply.ended, 1);
    assert.deepEqual(await changesSince(untouched), []);
  });
});

describe('apply --confirm', () => {
  const pending = async (): Promise<void> => {
    await eventually('it waits', async () => {
      const text = await readFile(gateway.directory.state, 'utf8').catch(() => '{}');
      return (JSON.parse(text) as { pending?: { time?: unknown } }).pending?.time !== undefined;
    });
  };

  const guards = async (): Promise<readonly number[]> => {
    const { name } = gateway.namespace;
    const pids = (await gateway.namespace.run('ip', 'netns', 'pids', name)).split('\n').map(Number);
    const lines = await Promise.all(
      pids.map(async (pid) => ({
        pid,
        words: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      })),
    );
    return lines.filter(({ words }) => words.includes('--guard')).map(({ pid }) => pid);
  };

  test('survives the end of its terminal half way: it is made, and undone by whichever guard lives', async () => {
    await eventually('those of earlier tests are gone', async () => (await guards()).length === 0);
    const terminal = Running.onTerminal(
      gateway,
      slowPrograms,
      'apply',
      '-c',
      gateway.file,
      '--confirm',
      '6s',
    );
    await terminal.halfWay();
    terminal.child.kill('SIGKILL');
    await pending();
    assert.equal(await plannedChanges(), 0, 'it is whole');
    // A guard that starts a program has a twin for a moment.
    const [first] = await eventually('two of them', async () => {
      const found = await guards();
      return found.length === 2 && found;
    });
    process.kill(first!, 'SIGKILL');
    await eventually('undone', async () => (await changesSince(untouched)).length === 0, 60_000);
    await gateway.waitForEvent(
      'it is said',
      ({ text }) => text === 'not confirmed in time: rolled back',
    );
  });

  test('shows the paths as they come up, and status does without a daemon', async () => {
    await two.hub.must('apply', '-c', two.hub.file);
    const apply = Running.start(
      gateway,
      slowPrograms,
      'apply',
      '-c',
      gateway.file,
      '--confirm',
      '300s',
    );
    const onTerminal = (): boolean => /w1-hub is up; \d of 2 paths up/.test(apply.text);
    await eventually(
      () => `it shows: ${apply.text}`,
      async () => onTerminal(),
    );
    await eventually('both', async () => apply.text.includes('2 of 2 paths up'));
    const printed = statusSchema.parse(JSON.parse(await gateway.must('status', '--json')));
    assert.equal(printed.daemon, null);
    assert.equal(printed.site, 'branch');
    assert.ok(printed.pendingUntil! > Date.now());
    assert.deepEqual(
      printed.paths.map(({ name, state, bfd }) => [name, state, bfd.state]),
      [
        ['w1-hub', 'up', 'Up'],
        ['w2-hub', 'up', 'Up'],
      ],
    );
    assert.deepEqual(
      printed.wans.map(({ state, carriedBy }) => [state, carriedBy[0]?.path]),
      [
        ['up', 'w1-hub'],
        ['up', 'w2-hub'],
      ],
    );
    const shown = await gateway.wamptcp('status');
    assert.equal(shown.exitCode, 0);
    assert.match(shown.stdout, /no daemon watches/);
    assert.match(shown.stdout, /waits for `wamptcp confirm`/);
    await two.cut(1);
    await eventually('what goes down is shown', async () => apply.text.includes('w1-hub is down'));
    await two.heal(1);

    // Ctrl-C while it waits ends the waiting, and nothing else.
    apply.child.kill('SIGINT');
    assert.equal(await apply.ended, 1);
    assert.match(
      apply.text,
      /Not confirmed yet: it is undone in \d+ s unless `wamptcp confirm` comes/,
    );
    await gateway.must('confirm');
    assert.equal(await plannedChanges(), 0);
    const later = await gateway.wamptcp('status');
    assert.equal(later.exitCode, 1, 'something is applied, and nobody watches');
    assert.match(later.stdout, /w1-hub/);
    assert.match(later.stderr, /no wamptcp daemon runs/);
    await gateway.must('down');
    await two.hub.must('down');
    assert.match(
      (await gateway.wamptcp('status')).stderr,
      /no wamptcp daemon runs.*no site is appl/,
    );
  });

  test('of a state that cannot be read is refused by every command, with a way out that works', async () => {
    await gateway.must('apply', '-c', gateway.file);
    const state = JSON.parse(readFileSync(gateway.directory.state, 'utf8')) as object;
    writeFileSync(gateway.directory.state, JSON.stringify({ ...state, version: 2, unheard: [1] }));
    const file = ['-c', gateway.file];
    for (const args of [
      ['apply', ...file],
      ['apply', ...file, '--confirm', '60s'],
      ['rollback'],
      ['confirm'],
      ['status'],
      ['down'],
      ['plan', ...file],
      ['run', ...file],
      ['wan', 'drain', 'w1'],
    ]) {
      const { exitCode, stderr } = await gateway.wamptcp(...args);
      assert.equal(exitCode, 1, args.join(' '));
      assert.match(
        stderr,
        /error: .*state\.json is of another version\n.*--discard-state/,
        args[0],
      );
      assert.doesNotMatch(stderr, /TypeError|^ +at /m, args[0]);
    }
    await gateway.must('apply', ...file, '--discard-state');
    assert.equal(await plannedChanges(), 0);
    const readable = await gateway.wamptcp('apply', ...file, '--discard-state');
    assert.match(readable.stderr, /can be read/);
    await gateway.must('down');
  });
});
