/** A drain, by the daemon over its API and without one. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { serveApi } from '../../../src/daemon/api.ts';
import { requestDrain } from '../../../src/daemon/api-client.ts';
import { setDrained } from '../../../src/daemon/drain.ts';
import type { DrainRequest } from '../../../src/daemon/drain.ts';
import { site } from '../../contract/sites.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';
import { World } from '../../support/world.ts';

const SITE = site();
const [FIRST, SECOND] = SITE.wans.map((wan) => wan.name) as [string, string];

async function applied(): Promise<World> {
  const world = new World();
  await world.gateway.apply(SITE, 'site.yaml');
  return world;
}

const drain = (wan: string, force = false): DrainRequest => ({ wan, action: 'drain', force });
const restore = (wan: string): DrainRequest => ({ wan, action: 'restore', force: false });

describe('a drain', () => {
  test('is kept, and undone by a restore; each of them changes something once', async () => {
    const { gateway } = await applied();
    const made = async (request: DrainRequest): Promise<[boolean, readonly string[]]> => {
      const { changed } = await setDrained(gateway, request);
      return [changed, (await gateway.state()).decisions.drainedWans];
    };
    assert.deepEqual(await made(drain(FIRST)), [true, [FIRST]]);
    assert.deepEqual(await made(drain(FIRST)), [false, [FIRST]]);
    assert.deepEqual(await made(restore(FIRST)), [true, []]);
    assert.deepEqual(await made(restore(FIRST)), [false, []]);
  });

  test('of the last WAN is made by force only', async () => {
    const { gateway } = await applied();
    for (const { name } of SITE.wans.slice(1)) await setDrained(gateway, drain(name));
    await assert.rejects(setDrained(gateway, drain(FIRST)), { code: 'BAD_INPUT' });
    const { last } = await setDrained(gateway, drain(FIRST, true));
    assert.deepEqual(
      last.map(({ to }) => to),
      SITE.peers.map((peer) => peer.name),
    );
  });

  test('of a WAN that there is not is refused, and where no site is applied', async () => {
    const { gateway } = await applied();
    await assert.rejects(setDrained(gateway, drain('nowhere')), {
      code: 'BAD_INPUT',
      message: /has no WAN nowhere/,
    });
    const none = setDrained(new World().gateway, drain(FIRST));
    await assert.rejects(none, { code: 'NOTHING_APPLIED' });
  });
});

describe('a drain over the API', () => {
  test('is made as it was asked for, and refused in its own words', async () => {
    const socket = join(temporaryFiles('wamptcp-api').folder, 'api.sock');
    const { gateway } = await applied();
    const server = await serveApi(socket, {
      status: () => Promise.reject(new Error('not asked')),
      listen: () => () => undefined,
      reload: () => Promise.reject(new Error('not asked')),
      drain: (request) => setDrained(gateway, request),
    });
    try {
      const ask = async (request: DrainRequest): Promise<boolean | undefined> =>
        (await requestDrain(socket, request))?.changed;
      assert.equal(await ask(drain(FIRST)), true);
      assert.equal(await ask(drain(FIRST)), false);
      assert.equal(await ask(restore(FIRST)), true);
      await assert.rejects(ask(drain('a/b?c')), {
        code: 'BAD_INPUT',
        message: /has no WAN a\/b\?c/,
        advice: new RegExp(`It has .*${SECOND}`),
      });
    } finally {
      server.close();
    }
  });

  test('that an older daemon does not know fails with another code than a refused one', async () => {
    const socket = join(temporaryFiles('wamptcp-api').folder, 'api.sock');
    const server = createServer((_, response) => response.writeHead(404).end('{"error":"GET …"}'));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      await assert.rejects(requestDrain(socket, drain(FIRST)), { code: 'DAEMON_FAILED' });
    } finally {
      server.close();
    }
  });

  test('without a daemon gets no answer', async () => {
    assert.equal(await requestDrain('/nonexistent/api.sock', drain(FIRST)), undefined);
  });
});
