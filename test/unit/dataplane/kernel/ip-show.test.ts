/** Questions to `ip` of one moment share a process, and each gets its own answer. Needs no root. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { show } from '../../../../src/dataplane/kernel/ip-show.ts';

const LOOPBACK = ['show', 'dev', 'lo'] as const;

describe('questions of one moment', () => {
  test('are answered each with what was asked', async () => {
    const [address, rules, none] = await Promise.all([
      show(['address', ...LOOPBACK]),
      show(['rule', 'show']),
      show(['neigh', 'show', 'dev', 'lo', 'nud', 'permanent']),
    ]);
    assert.match(address, /"ifname":"lo".*"addr_info"/);
    assert.match(rules, /"table":"local"/);
    assert.deepEqual(JSON.parse(none), []);
  });

  test('fail together, with the words of ip', async () => {
    const both = [show(['address', ...LOOPBACK]), show(['address', 'show', 'dev', 'absent'])];
    const ends = await Promise.allSettled(both);
    for (const end of ends) {
      assert.equal(end.status, 'rejected');
      assert.match(String(end.reason), /absent/);
    }
    assert.match(await show(['address', ...LOOPBACK]), /"ifname":"lo"/);
  });

  test('with other options are other questions', async () => {
    const [brief, detailed] = await Promise.all([
      show(['address', ...LOOPBACK], []),
      show(['address', ...LOOPBACK], ['-d']),
    ]);
    assert.ok(detailed.length > brief.length);
  });
});
