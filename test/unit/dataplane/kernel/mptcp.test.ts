/** What ip-mptcp(8) prints, and what is made of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseEndpoints, parseLimits } from '../../../../src/dataplane/kernel/mptcp.ts';

describe('ip mptcp', () => {
  test('endpoint: address, identifier and flags of those that are ours', () => {
    const json =
      '[{"address":"10.10.1.1","id":201,"signal":true,"subflow":true},' +
      '{"address":"2001:db8::1","id":208,"backup":true,"fullmesh":true,"dev":"eth0"},' +
      '{"address":"10.10.2.2","id":3,"subflow":true},{"address":"what is this","id":204}]';
    assert.deepEqual(parseEndpoints(json), {
      kind: 'mptcp-endpoints',
      endpoints: [
        { address: '10.10.1.1', id: 201, flags: ['signal', 'subflow'] },
        { address: '2001:db8::1', id: 208, flags: ['backup', 'fullmesh'] },
      ],
    });
    assert.equal(parseEndpoints('[]'), undefined);
  });

  test('limits: two numbers', () => {
    const expected = { kind: 'mptcp-limits', subflows: 2, announcements: 0 };
    assert.deepEqual(parseLimits('add_addr_accepted 0 subflows 2 \n'), expected);
    assert.equal(parseLimits('not supported'), undefined);
  });
});
