/** What nft lists of the set of strangers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseStrangers } from '../../../src/monitor/strangers.ts';

const listed = (elem: unknown): string =>
  JSON.stringify({
    nftables: [{ metainfo: {} }, { set: { name: 'strangers', ...(elem as object) } }],
  });

test('strangers are read as nft 1.0.6 lists them', () => {
  const concat = ['198.51.100.2', 1];
  assert.deepEqual(parseStrangers(listed({ elem: [{ elem: { val: { concat }, expires: 8 } }] })), [
    { address: '198.51.100.2', vni: 1 },
  ]);
});

test('an empty set, a missing one, and what is no stranger give none', () => {
  assert.deepEqual(parseStrangers(listed({})), []);
  assert.deepEqual(parseStrangers(''), []);
  assert.deepEqual(parseStrangers(listed({ elem: ['wt100'] })), []);
  const concat = ['nonsense', 1];
  assert.deepEqual(parseStrangers(listed({ elem: [{ elem: { val: { concat } } }] })), []);
});
