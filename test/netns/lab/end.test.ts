/**
 * The end of a lab, however it comes: nothing of it is left, and nothing else is gone. Needs root.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';

import { labDown, labUp, openLab } from '../../../src/lab/lab.ts';
import { namespaceInode } from '../../../src/lab/namespace.ts';
import { namespacesOf } from '../../../src/lab/plan.ts';
import { startTimeOf } from '../../../src/lab/processes.ts';
import type { WamptcpError } from '../../../src/lib/errors.ts';
import { runDirectoryOf } from '../../../src/system/run-directory.ts';
import { labName, leftOf, pings, TWO_WANS, until, wamptcp, WAMPTCP } from './lab-of-test.ts';

describe('an end that leaves nothing', () => {
  const quiet = { gateways: null } as const;

  test('down: no namespace, process, directory or socket', async () => {
    const lab = await labUp(TWO_WANS, { name: labName('end') });
    const inodes = await Promise.all(namespacesOf(lab.plan).map(namespaceInode));
    const daemons = lab.daemons.map(({ pid }) => pid);
    const delay = (await lab.impairment.statistics())?.process;
    // What somebody has left running inside goes, too.
    const sleeper = spawn('ip', ['netns', 'exec', lab.namespace('client'), 'sleep', '600']);
    const directories = lab.plan.gateways.map(async ({ namespace }) => {
      const { path, enginePid } = runDirectoryOf((await namespaceInode(namespace))!);
      assert.ok(existsSync(enginePid));
      return path;
    });
    const paths = await Promise.all(directories);
    const removed = await lab.down();
    assert.equal(removed.namespaces, inodes.length);
    assert.deepEqual(leftOf(lab.name), []);
    for (const path of paths) assert.ok(!existsSync(path), path);
    for (const pid of [...daemons, sleeper.pid!, ...(delay === undefined ? [] : [delay])]) {
      await until(`process ${pid} is gone`, async () => (await startTimeOf(pid)) === undefined);
    }
    assert.equal((await labDown(lab.name)).namespaces, 0, 'again is as good as once');
  });

  test('down after SIGKILL of `lab up` at any time', async () => {
    for (const moment of [150, 400, 700, 1000, 1500]) {
      const lab = labName(`kill${moment}`);
      const child = spawn(WAMPTCP, ['lab', 'up', TWO_WANS, '--name', lab], { stdio: 'ignore' });
      // From the first trace of it, since loading the program takes as long as it takes.
      await until('it begins', async () => existsSync(`/run/wamptcp/lab-${lab}.json`));
      await sleep(moment - 150);
      child.kill('SIGKILL');
      const down = await wamptcp('lab', 'down', lab);
      assert.equal(down.exitCode, 0, down.stderr);
      assert.deepEqual(leftOf(lab), [], `killed after ${moment} ms`);
    }
  });

  test('Ctrl-C during `lab up` undoes it', async () => {
    const lab = labName('ctrl');
    const child = execa(WAMPTCP, ['lab', 'up', TWO_WANS, '--name', lab], { reject: false });
    await until('it begins', async () => existsSync(`/run/wamptcp/lab-${lab}.json`));
    await sleep(300);
    child.kill('SIGINT');
    const { exitCode, stderr } = await child;
    assert.equal(exitCode, 1);
    assert.match(stderr, /interrupted/);
    assert.deepEqual(leftOf(lab), []);
  });

  test('a gateway that does not start undoes it, and says why', async () => {
    const lab = labName('broken');
    const failing = labUp(TWO_WANS, {
      name: lab,
      gateways: () => ['sh', '-c', 'echo no such luck; exit 3'],
    });
    await assert.rejects(failing, (error: WamptcpError) => {
      assert.equal(error.code, 'LAB_GATEWAY_ENDED');
      assert.match(error.message, /no such luck/);
      return true;
    });
    assert.deepEqual(leftOf(lab), []);
  });

  test('paths that do not come up in time undo it, and are named', async () => {
    const lab = labName('late');
    const failing = labUp(TWO_WANS, {
      name: lab,
      gateways: () => ['sleep', '600'],
      patience: 300,
    });
    await assert.rejects(failing, (error: WamptcpError) => {
      assert.equal(error.code, 'LAB_PATHS_DOWN');
      assert.match(error.message, /branch: fibre-hub/);
      return true;
    });
    assert.deepEqual(leftOf(lab), []);
  });

  test('a fault in a lab that somebody else has taken down leaves nothing either', async () => {
    const lab = await labUp(TWO_WANS, { name: labName('late-fault'), ...quiet });
    await labDown(lab.name);
    // Nothing of the line needs a change for it, so only the record is in question.
    await assert.rejects(lab.fault('fibre', { kind: 'up' }), { code: 'LAB_NOT_UP' });
    lab.close();
    await assert.rejects(lab.fault('fibre', { kind: 'down' }), { code: 'LAB_NOT_UP' });
    assert.deepEqual(leftOf(lab.name), []);
  });

  test('down finds everything when record and directory are lost', async () => {
    const lab = await labUp(TWO_WANS, { name: labName('lost'), ...quiet });
    lab.close();
    rmSync(`/run/wamptcp/lab-${lab.name}.json`);
    rmSync(`/run/wamptcp/lab-${lab.name}`, { recursive: true });
    await assert.rejects(openLab(lab.name), { code: 'LAB_NOT_UP' });
    const removed = await labDown(lab.name);
    assert.equal(removed.namespaces, namespacesOf(lab.plan).length);
    assert.deepEqual(leftOf(lab.name), []);
  });

  test('a name of which there is nothing is a mistake, for every command', async () => {
    const lab = await labUp(TWO_WANS, { name: labName('known'), ...quiet });
    lab.close();
    const typo = labName('typo');
    const commands = [
      ['down', typo],
      ['status', typo],
      ['exec', '--lab', typo, 'client', 'true'],
      ['fault', '--lab', typo, 'fibre', 'down'],
    ];
    for (const words of commands) {
      const { exitCode, stderr } = await wamptcp('lab', ...words);
      assert.deepEqual([words[0], exitCode], [words[0], 2]);
      assert.match(stderr, new RegExp(`there is no lab ${typo}\n.*${lab.name}`));
    }
    assert.equal((await wamptcp('lab', 'down', typo, '--if-there')).exitCode, 0);
    // Half of one is there, and goes.
    rmSync(`/run/wamptcp/lab-${lab.name}.json`);
    const down = await wamptcp('lab', 'down', lab.name);
    assert.equal(down.exitCode, 0, down.stderr);
    assert.deepEqual(leftOf(lab.name), []);
    assert.equal((await wamptcp('lab', 'down', lab.name)).exitCode, 2);
  });

  test('a directory or a record alone is a lab that goes, too', async () => {
    for (const suffix of ['', '.json'] as const) {
      const lab = labName('rest');
      const rest = `/run/wamptcp/lab-${lab}${suffix}`;
      if (suffix === '') mkdirSync(rest, { recursive: true });
      else writeFileSync(rest, '{"version":1}');
      const { exitCode, stderr } = await wamptcp('lab', 'down', lab);
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(leftOf(lab), []);
    }
  });

  test('namespaces of others are neither used nor removed', async (t) => {
    const lab = labName('mine');
    const foreign = [`${lab}-hub`, `${lab}-something`];
    for (const namespace of foreign) await execa('ip', ['netns', 'add', namespace]);
    t.after(async () => {
      for (const namespace of foreign) await execa('ip', ['netns', 'delete', namespace]);
    });
    await assert.rejects(labUp(TWO_WANS, { name: lab, ...quiet }), { code: 'LAB_NAME_TAKEN' });
    assert.deepEqual(leftOf(lab), foreign, 'nothing was made');
    await labDown(lab);
    assert.deepEqual(leftOf(lab), foreign, 'nothing was removed');
    await execa('ip', ['netns', 'delete', foreign[0]!]);
    const other = `${lab}-something`;
    const made = await labUp(TWO_WANS, { name: lab, ...quiet });
    const inode = statSync(`/run/netns/${other}`).ino;
    // A lab whose name begins like ours is not ours either.
    await labDown(lab.slice(0, -1));
    assert.equal(await pings(made).catch(() => 0), 0);
    await made.down();
    assert.deepEqual(leftOf(lab), [other]);
    assert.equal(statSync(`/run/netns/${other}`).ino, inode);
    await execa('ip', ['netns', 'add', foreign[0]!]);
  });

  test('two labs of one topology live side by side', async (t) => {
    t.after(async () => {
      for (const suffix of ['one', 'two']) await labDown(labName(suffix));
    });
    const [one, other] = await Promise.all(
      ['one', 'two'].map(async (suffix) => labUp(TWO_WANS, { name: labName(suffix) })),
    );
    await one!.fault('fibre', { kind: 'down' });
    await one!.fault('lte', { kind: 'down' });
    assert.equal(await pings(one!), 0);
    assert.equal(await pings(other!), 4);
    const choice = await wamptcp('lab', 'exec', 'client', 'true');
    assert.deepEqual([choice.exitCode, /several labs are up/.test(choice.stderr)], [2, true]);
    await one!.down();
    assert.equal(await pings(other!), 4);
    await other!.down();
  });
});
