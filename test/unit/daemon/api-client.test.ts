/** What a command says of a daemon that refuses. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { serveApi } from '../../../src/daemon/api.ts';
import { fetchStatus, refused } from '../../../src/daemon/api-client.ts';
import { WamptcpError } from '../../../src/lib/errors.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

test('what the daemon says comes out as it said it, with its advice', async () => {
  const socket = join(temporaryFiles('wamptcp-api').folder, 'api.sock');
  const server = await serveApi(socket, {
    status: () =>
      Promise.reject(
        new WamptcpError('NOTHING_APPLIED', 'the site was taken down', { advice: 'Do.' }),
      ),
    listen: () => () => undefined,
    reload: () => Promise.reject(new Error('broken')),
    drain: () => Promise.reject(new Error('not asked')),
  });
  try {
    await assert.rejects(fetchStatus(socket), {
      code: 'NOTHING_APPLIED',
      message: 'the site was taken down',
      advice: 'Do.',
    });
  } finally {
    server.close();
  }
});

test('no answer is shown raw', () => {
  for (const text of ['{"error":"x"}', '{"other":1}', '<html>', '']) {
    const { message, advice } = refused(text);
    assert.doesNotMatch(message, /[{}<>]/);
    assert.match(advice, /\.$/);
  }
});

test('no daemon is no error', async () => {
  assert.equal(await fetchStatus('/nonexistent/api.sock'), undefined);
});
