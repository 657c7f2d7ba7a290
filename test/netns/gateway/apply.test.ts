/**
 * apply, confirm, rollback and down: all or nothing, whatever happens in between, and in the end the
 * machine is as it was before.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { difference, machineState } from './machine-state.ts';
import { TwoGateways } from './two-gateways.ts';

const WAMPTCP = join(import.meta.dirname, '../../../bin/wamptcp');

let two: TwoGateways;
let gateway: GatewayUnderTest;
let untouched: readonly string[];

before(async () => {
  two = await TwoGateways.create({ wans: 2, dualStack: true, start: false });
  gateway = two.branch;
  await furnish(gateway);
  untouched = await machineState(gateway.namespace);
});
after(() => two.remove());

/** What others have on this machine, close to ours in kind. */
async function furnish({ namespace }: GatewayUnderTest): Promise<void> {
  await namespace.ip(
    'link add foreign0 type veth peer name foreign1',
    'link set foreign0 up',
    'address add 172.16.0.1/24 dev foreign0',
    'address add 10.99.0.1/24 dev lan0',
    'rule add priority 4000 from 172.16.0.0/24 lookup 777',
    'rule add priority 5015 from 172.17.0.0/24 lookup 778',
    'route add 198.51.100.0/24 via 172.16.0.2 table 777',
    // In our number range, but not by us.
    'route add 198.51.100.0/24 via 172.16.0.2 table 5001',
    'route add blackhole 203.0.113.0/24 proto static',
  );
  await namespace.nft('table inet theirs { chain c { type filter hook forward priority 0; }; }\n');
  await namespace.run('sysctl', '-qw', 'net.ipv4.conf.wan1.rp_filter=1');
}

const assertUntouched = async (): Promise<void> => {
  assert.deepEqual(await changesSince(untouched), []);
};

const changesSince = async (before: readonly string[]): Promise<readonly string[]> =>
  difference(before, await machineState(gateway.namespace));

interface Applying {
  readonly ended: Promise<number | null>;
  kill(): void;
}

/** `wamptcp apply` that is not waited for. */
function startApply(...args: string[]): Applying {
  const [program, ...prefix] = gateway.namespace.prefix;
  const child = spawn(program, [...prefix, WAMPTCP, 'apply', '-c', gateway.file, ...args], {
    stdio: 'ignore',
  });
  return {
    ended: new Promise((resolve) => child.once('exit', resolve)),
    kill: () => child.kill('SIGKILL'),
  };
}

/** Found by their name: one that is not known of is what is looked for. */
async function enginesHere(): Promise<readonly string[]> {
  const pids = (await gateway.namespace.run('ip', 'netns', 'pids', gateway.namespace.name)).split(
    '\n',
  );
  const names = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')),
  );
  return names.filter((name) => name.trim() === 'bird');
}

const plannedChanges = async (): Promise<number> => {
  const text = await gateway.must('plan', '-c', gateway.file, '--json');
  return (JSON.parse(text) as { changes: unknown[] }).changes.length;
};

describe('down', () => {
  test('leaves the machine exactly as it was before apply', async () => {
    await gateway.must('apply', '-c', gateway.file);
    assert.equal(await plannedChanges(), 0, 'a second apply has nothing to do');
    assert.notDeepEqual(await changesSince(untouched), []);
    await gateway.must('down', '-c', gateway.file);
    await assertUntouched();
  });

  test('is needed by nobody who manages the gateway from a network that only the main table knows', async () => {
    gateway.writeSite((site) => (site.peers[0]!.prefixes = ['0.0.0.0/0']));
    await gateway.must('apply', '-c', gateway.file);
    const routeTo = (address: string, ...from: string[]): Promise<string> =>
      gateway.namespace.run('ip', 'route', 'get', address, ...from);
    for (const protocol of ['tcp', 'udp']) {
      const forwarded = ['from', '10.10.1.9', 'iif', 'lan0', 'ipproto', protocol];
      assert.match(await routeTo('8.8.8.8', ...forwarded), /dev wt100/, protocol);
      assert.match(await routeTo('172.16.0.9', ...forwarded), /dev foreign0/, protocol);
      assert.match(await routeTo('8.8.8.8', 'ipproto', protocol), /dev wt10/, protocol);
      assert.match(await routeTo('172.16.0.9', 'ipproto', protocol), /dev foreign0/, protocol);
    }
    await gateway.must('down', '-c', gateway.file);
    gateway.writeSite((site) => (site.peers[0]!.prefixes = ['10.20.0.0/16']));
    await assertUntouched();
  });

  test('beside a daemon is not undone by it: no path engine comes back', async () => {
    await gateway.start();
    await gateway.must('down');
    await sleep(1500);
    assert.deepEqual(await enginesHere(), []);
    await assertUntouched();
    await gateway.stop();
  });

  test('has nothing to do the second time', async () => {
    assert.match(await gateway.must('down'), /Nothing to change/);
    await assertUntouched();
  });
});

describe('apply --confirm', () => {
  afterEach(async () => {
    await gateway.must('down');
  });

  /** It is done, and waits. */
  const pending = async (): Promise<void> => {
    await eventually('it waits', async () => {
      const text = await readFile(gateway.directory.state, 'utf8').catch(() => '{}');
      const state = JSON.parse(text) as { pending?: unknown; attempting?: unknown };
      return state.pending !== undefined && state.attempting === undefined;
    });
  };

  test('is undone when nobody confirms, and says so by its exit code', async () => {
    assert.equal(await startApply('--confirm', '3s').ended, 1);
    await assertUntouched();
  });

  test('is undone also when its process is killed half way', async () => {
    const apply = startApply('--confirm', '4s');
    await eventually('something is done', async () =>
      (await gateway.namespace.run('ip', '-o', 'link', 'show')).includes('wt100'),
    );
    apply.kill();
    await eventually('undone', async () => (await changesSince(untouched)).length === 0, 30_000);
  });

  test('is undone also when its process is killed while it waits', async () => {
    const apply = startApply('--confirm', '5s');
    await pending();
    apply.kill();
    assert.notDeepEqual(await changesSince(untouched), []);
    await eventually('undone', async () => (await changesSince(untouched)).length === 0, 30_000);
  });

  test('is kept when it is confirmed; meanwhile a second apply is refused', async () => {
    const apply = startApply('--confirm', '60s');
    await pending();
    const { exitCode, stderr } = await gateway.wamptcp('apply', '-c', gateway.file);
    assert.equal(exitCode, 1);
    assert.match(stderr, /still waits for confirmation/);
    assert.deepEqual(JSON.parse(await gateway.must('confirm', '--json')), { confirmed: true });
    assert.equal(await apply.ended, 0);
    assert.equal(await plannedChanges(), 0);
    for (const command of ['confirm', 'rollback']) {
      const again = await gateway.wamptcp(command, '--json');
      assert.equal(again.exitCode, 1, `${command}: only once, and for good`);
      assert.match(again.stdout, /NOTHING_PENDING/);
    }
  });

  test('is undone at once by rollback, back to what was applied before', async () => {
    await gateway.must('apply', '-c', gateway.file);
    const before = await machineState(gateway.namespace);
    gateway.writeSite((site) => (site.wans[0]!.subnets = ['10.10.9.0/24']));
    const apply = startApply('--confirm', '60s');
    await pending();
    assert.notDeepEqual(await changesSince(before), []);
    const undone = JSON.parse(await gateway.must('rollback', '--json')) as { done: unknown[] };
    assert.ok(undone.done.length > 0);
    assert.equal(await apply.ended, 1);
    assert.deepEqual(await changesSince(before), []);
    gateway.writeSite((site) => (site.wans[0]!.subnets = ['10.10.1.0/24', '2001:db8:10:1::/64']));
  });
});

describe('an apply that fails half way', () => {
  test("because somebody else's device has the name: nothing is begun", async () => {
    await gateway.namespace.ip('link add wt100 type vxlan id 999 dstport 4999 dev foreign0');
    const { exitCode, stderr } = await gateway.wamptcp('apply', '-c', gateway.file);
    assert.equal(exitCode, 1);
    assert.match(stderr, /wt100 exists and is not ours/);
    await gateway.namespace.ip('link delete wt100');
    await assertUntouched();
  });

  test('because a device cannot be made: the other path is made, and the report says so', async () => {
    // Another VXLAN device has this number on this port: ours cannot be made.
    await gateway.namespace.ip(
      'link add theirs type vxlan id 101 dstport 4789 dev wan2 remote 192.0.2.10',
    );
    const { exitCode, stderr } = await gateway.wamptcp('apply', '-c', gateway.file);
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /could not be done, while the rest is: .*vxlan wt101/);
    const devices = await gateway.namespace.run('ip', '-o', 'link', 'show', 'type', 'vxlan');
    assert.match(devices, /wt100/);
    assert.doesNotMatch(devices, /wt101/);
    await gateway.namespace.ip('link delete theirs');
    await gateway.must('apply', '-c', gateway.file);
    assert.equal(await plannedChanges(), 0);
    await gateway.must('down');
    await assertUntouched();
  });

  test('because the filter cannot be made: what was done is undone, and the report says so', async () => {
    // A table that ends with its owner belongs to that process alone.
    const [program, ...prefix] = gateway.namespace.prefix;
    const owner = spawn(program, [...prefix, 'nft', '-i'], { stdio: ['pipe', 'pipe', 'ignore'] });
    owner.stdin.write('add table inet wamptcp { flags owner; }\nlist tables\n');
    await once(owner.stdout, 'data');
    const { exitCode, stderr } = await gateway.wamptcp('apply', '-c', gateway.file);
    assert.equal(exitCode, 1);
    assert.match(stderr, /failed at: .*nftables/);
    assert.match(stderr, /The \d+ changes made before it were undone: the machine is as it was/);
    owner.stdin.end();
    await once(owner, 'exit');
    await assertUntouched();
  });
});

describe('an apply that is killed', () => {
  test('at any moment is finished by the next one', async () => {
    for (const delay of [600]) {
      const apply = startApply();
      await sleep(delay);
      apply.kill();
      await gateway.must('apply', '-c', gateway.file);
      assert.equal(await plannedChanges(), 0);
      await gateway.must('down');
      await assertUntouched();
    }
  });

  test('at any moment is taken away by down', async () => {
    for (const delay of [400, 700, 1000]) {
      const apply = startApply();
      await sleep(delay);
      apply.kill();
      await gateway.must('down');
      await assertUntouched();
    }
  });
});
