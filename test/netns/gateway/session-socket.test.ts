/**
 * A BFD session that began while its address was missing, and another address made its far end
 * reachable: BIRD never opens its sockets. It is begun anew.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { planPaths } from '../../../src/plan/path.ts';
import { parseSite } from '../../../src/config/parse.ts';
import { TUNNEL_PREFIX_LENGTH } from '../../../src/plan/ids.ts';
import { eventually } from './gateway-under-test.ts';
import { TwoGateways } from './two-gateways.ts';

let two: TwoGateways;

before(async () => {
  two = await TwoGateways.create({ wans: 2 });
});
after(() => two.remove());

test('is begun anew, and it is said', async () => {
  const { branch } = two;
  const { namespace, directory, file } = branch;
  const parsed = parseSite(readFileSync(file, 'utf8'), file);
  assert.ok(parsed.ok);
  const [path] = planPaths(parsed.value.site);
  const { device, localAddress } = path!;
  const sessions = (): Promise<string> =>
    namespace.run('birdc', '-s', directory.engineSocket, 'show', 'bfd', 'sessions');

  // As after a start of BIRD that comes before ours, on an interface that has an address of its own.
  await branch.stop();
  process.kill(branch.enginePid(), 'SIGKILL');
  await namespace.ip(
    `address add fe80::5/64 dev ${device} nodad`,
    `address delete ${localAddress}/${TUNNEL_PREFIX_LENGTH} dev ${device}`,
  );
  const { engineConfig, engineSocket, enginePid } = directory;
  await namespace.run('bird', '-c', engineConfig, '-s', engineSocket, '-P', enginePid);
  await eventually('the session has begun', async () => (await sessions()).includes(device));
  await namespace.ip(`address add ${localAddress}/${TUNNEL_PREFIX_LENGTH} dev ${device} nodad`);

  await branch.start();
  await branch.waitForEvent('it is said', ({ text }) =>
    /^w1-hub: BFD lacked a socket on \S+ of \S+; its session was begun anew$/.test(text),
  );
  await two.waitForPaths('up', 'up');
});
