/**
 * What an operator is told when the machine refuses: a full or read-only disk, a port that is taken, a
 * program that is missing, a site that was taken down under its daemon. Needs root.
 *
 * Always holds: what is said names the thing and the cure, and nothing of it is a stack trace or JSON.
 */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { execa } from 'execa';

import { eventually } from './gateway-under-test.ts';
import type { Ended, GatewayUnderTest } from './gateway-under-test.ts';
import { difference, machineState } from './machine-state.ts';
import { TwoGateways } from './two-gateways.ts';

const WAMPTCP = join(import.meta.dirname, '../../../bin/wamptcp');

let two: TwoGateways;
let branch: GatewayUnderTest;
let untouched: readonly string[];

before(async () => {
  two = await TwoGateways.create({ wans: 1, start: false });
  branch = two.branch;
  untouched = await machineState(branch.namespace);
});
afterEach(async () => {
  await branch.wamptcp('down');
});
after(() => two.remove());

function assertReadable({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, /^\s+at .*\.ts:\d+/m);
    assert.doesNotMatch(text, /^\s*\{"/m);
    assert.doesNotMatch(text, /by hand|node:internal/);
  }
}

/** In a mount namespace of its own, with a file system of 64 KiB in the place of the run directory. */
async function onSmallDisk(script: string): Promise<Ended> {
  const [program, ...prefix] = branch.namespace.prefix;
  const mount = `mount -t tmpfs -o size=64k tmpfs /run/wamptcp`;
  const words = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c'];
  const { exitCode, stdout, stderr } = await execa(
    program,
    [...prefix, ...words, `${mount} && ${script}`],
    { reject: false },
  );
  return { exitCode, stdout, stderr };
}

const assertUntouched = async (): Promise<void> => {
  assert.deepEqual(difference(untouched, await machineState(branch.namespace)), []);
};

const quoted = (...words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

describe('an apply is refused, and it is said why', () => {
  test('on a full disk', async () => {
    const apply = quoted(WAMPTCP, 'apply', '-c', branch.file);
    const fill = 'dd if=/dev/zero of=/run/wamptcp/fill bs=1k count=100 2>/dev/null';
    for (const first of [`mkdir -p ${branch.directory.path}; ${fill}`, fill]) {
      const ended = await onSmallDisk(`${first}; ${apply}`);
      assert.equal(ended.exitCode, 1);
      assertReadable(ended);
      assert.match(ended.stderr, /error: the disk \/run\/wamptcp \(tmpfs\) is full: /);
      assert.match(ended.stderr, /= Make room on it/);
    }
  });

  test('on a disk that fills while it is up: down, drain and status say it, too', async () => {
    const [up, down, drain, status] = [
      quoted(WAMPTCP, 'apply', '-c', branch.file),
      quoted(WAMPTCP, 'down'),
      quoted(WAMPTCP, 'wan', 'drain', 'w1', '--force'),
      quoted(WAMPTCP, 'status'),
    ];
    const fill = 'dd if=/dev/zero of=/run/wamptcp/fill bs=1k count=100 2>/dev/null';
    const ended = await onSmallDisk(
      `${up} >/dev/null 2>&1; ${fill}; ${drain}; ${down}; ${status}; rm /run/wamptcp/fill; ${down}`,
    );
    assertReadable(ended);
    assert.match(ended.stderr, /the disk \/run\/wamptcp \(tmpfs\) is full: \S+state\.json was not/);
    assert.match(ended.stdout, /Everything of ours is removed|Nothing to change/);
  });

  test('on a disk that is read-only', async () => {
    const ended = await onSmallDisk(
      `mount -o remount,ro /run/wamptcp && ${quoted(WAMPTCP, 'apply', '-c', branch.file)}`,
    );
    assert.equal(ended.exitCode, 1);
    assertReadable(ended);
    assert.match(
      ended.stderr,
      /the disk \/run\/wamptcp \(tmpfs\) is read-only: \S+ was not written/,
    );
  });

  test('with the port of the tunnels taken by a device or a program', async () => {
    const { namespace } = branch;
    await namespace.ip('link add vx0 type vxlan external dstport 4789', 'link set vx0 up');
    const byDevice = await branch.wamptcp('apply', '-c', branch.file);
    await namespace.ip('link delete vx0');
    assertReadable(byDevice);
    assert.match(
      byDevice.stderr,
      /UDP port 4789, .*, is taken by the VXLAN device vx0\n {2}= .*`tunnel\.port`/,
    );
    // What needs the tunnel is not told of one by one.
    assert.doesNotMatch(byDevice.stderr, /cannot set|its interface is gone/);
    await branch.must('down');

    const [program, ...prefix] = namespace.prefix;
    const holder = execa(program, [...prefix, 'socat', '-u', 'UDP4-RECV:4789', '/dev/null'], {
      reject: false,
    });
    try {
      await eventually('socat listens', async () =>
        (await namespace.run('ss', '-Hlun', 'sport = :4789')).includes(':4789'),
      );
      const byProgram = await branch.wamptcp('apply', '-c', branch.file);
      assert.match(byProgram.stderr, /UDP port 4789, .*, is taken by socat \(process \d+\)/);
    } finally {
      holder.kill();
      await holder;
    }
  });

  test('without a program that it needs, before anything is changed', async () => {
    for (const [program, packet] of [
      ['bird', 'bird2'],
      ['nft', 'nftables'],
      ['ip', 'iproute2'],
    ] as const) {
      const missing = await withoutProgram(program, 'apply', '-c', branch.file);
      assert.equal(missing.exitCode, 1, program);
      assertReadable(missing);
      assert.match(missing.stderr, new RegExp(`error: ${program} is not installed`));
      assert.match(missing.stderr, new RegExp(`apt-get install ${packet}`));
      await assertUntouched();
    }
  });

  test('with a program that nobody may run', async () => {
    const refused = await withoutProgram('bird', 'apply', '-c', branch.file, 0o644);
    assert.match(refused.stderr, /bird cannot be run: \S+\/bird is not executable/);
    assert.match(refused.stderr, /chmod 755/);
    await assertUntouched();
  });
});

test('the daemon says that its site was taken down', async () => {
  await branch.start();
  await branch.must('down');
  const status = await branch.wamptcp('status');
  assert.equal(status.exitCode, 1);
  assertReadable(status);
  assert.match(
    status.stderr,
    /^error: the site was taken down\n {2}= .*`wamptcp apply -c FILE`.*stop/,
  );
  assert.equal(await branch.stop(), 0);
});

/** `wamptcp …` with a PATH in which one program is not there, or has this mode. */
async function withoutProgram(name: string, ...rest: (string | number)[]): Promise<Ended> {
  const mode = rest.find((one) => typeof one === 'number');
  const args = rest.filter((one) => typeof one === 'string');
  const folder = join(two.temporary, `path-${name}-${mode ?? 'none'}`);
  mkdirSync(folder, { recursive: true });
  for (const directory of (process.env['PATH'] ?? '').split(':')) {
    if (!existsSync(directory)) continue;
    for (const file of readdirSync(directory)) {
      const target = join(folder, file);
      if (existsSync(target)) continue;
      if (file !== name) symlinkSync(join(directory, file), target);
      else if (mode !== undefined) {
        copyFileSync(join(directory, file), target);
        chmodSync(target, mode);
      }
    }
  }
  const [program, ...prefix] = branch.namespace.prefix;
  const { exitCode, stdout, stderr } = await execa(
    program,
    [...prefix, 'env', `PATH=${folder}`, WAMPTCP, ...args],
    { reject: false },
  );
  return { exitCode, stdout, stderr };
}
