/** What the daemon takes for an outage and what not, and what it does when it cannot begin. Needs root. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Event } from '../../../src/observe/event.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';
import { TwoGateways } from './two-gateways.ts';

let two: TwoGateways;
let branch: GatewayUnderTest;

before(async () => {
  two = await TwoGateways.create({ wans: 2 });
  branch = two.branch;
  await two.waitForPaths('up', 'up');
});
after(() => two.remove());

const outages = async (): Promise<readonly Event[]> => branch.events('path-down', 'no-path');

describe('a daemon', () => {
  test('tells of a tunnel that somebody removes as of an outage, and makes it anew', async () => {
    const before = (await outages()).length;
    await branch.namespace.ip('link delete wt100');
    await branch.waitForEvent('the outage', (event) => event.path === 'w1-hub' && isDown(event));
    await branch.waitForPaths('up', 'up');
    assert.ok((await outages()).length > before);
  });

  test('tells of no outage when an apply takes a path away, or gives it back', async () => {
    const before = await outages();
    let taken: unknown;
    branch.writeSite((site) => (taken = site.peers[0]!.paths.pop()));
    await branch.must('apply', '-c', branch.file);
    await branch.waitForPaths('up');
    branch.writeSite((site) => site.peers[0]!.paths.push(taken as never));
    await branch.must('apply', '-c', branch.file);
    await branch.waitForPaths('up', 'up');
    assert.deepEqual(fresh(before, await outages()), []);
  });

  test('tells of no outage when everything is taken down', async () => {
    const before = await outages();
    await branch.must('down');
    await sleep(1000);
    assert.deepEqual(fresh(before, await outages()), []);
    assert.equal(await branch.stop(), 0);
  });

  test('forwards with port 53 taken, says that dnsmasq is missing, and starts it later', async () => {
    branch.writeSite((site) => (site.provision = true));
    const [program, ...prefix] = branch.namespace.prefix;
    const squatter = spawn(program, [...prefix, 'socat', '-u', 'UDP4-RECV:67', '/dev/null']);
    await sleep(500);
    const begun = Date.now();
    await branch.start();
    await branch.waitForPaths('up', 'up');
    await branch.waitForEvent(
      'dnsmasq missing',
      ({ at, text }) => at >= begun && /^dnsmasq: cannot be started: .*already in use/.test(text),
    );
    assert.equal((await branch.status()).provision?.running, false);
    squatter.kill();
    await branch.waitForEvent(
      'dnsmasq there',
      ({ at, kind, text }) => at >= begun && kind === 'applied' && text === '1 change made',
    );
    assert.equal((await branch.status()).provision?.running, true);
    assert.equal(await branch.stop(), 0);
  });

  test('that cannot begin ends, and keeps nobody else from beginning', async () => {
    // Something that cannot be replaced by a socket.
    rmSync(branch.directory.api, { force: true });
    mkdirSync(join(branch.directory.api, 'in-the-way'), { recursive: true });
    const { exitCode } = await branch.wamptcp('run', '-c', branch.file);
    assert.equal(exitCode, 1);
    rmSync(branch.directory.api, { recursive: true });
    await branch.start();
    await branch.waitForPaths('up', 'up');
  });
});

function isDown({ kind }: Event): boolean {
  return kind === 'path-down';
}

/** What a daemon that was started meanwhile found is no news, see `foundAtStart`. */
function fresh(before: readonly Event[], events: readonly Event[]): readonly string[] {
  return events
    .slice(before.length)
    .filter(({ afterMs, kind }) => kind === 'no-path' || afterMs !== undefined)
    .map(({ text }) => text);
}
