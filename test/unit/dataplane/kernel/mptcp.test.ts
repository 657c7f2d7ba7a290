/** What ip-mptcp(8) prints, and what is made of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Address } from '../../../../src/net/address.ts';
import {
  implicitEndpoints,
  parseEndpoints,
  parseLimits,
} from '../../../../src/dataplane/kernel/mptcp.ts';

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

  test('endpoints that the kernel made by itself for an address, as any iproute2 says it', () => {
    const json =
      '[{"address":"10.10.1.1","id":1,"rawflags":"10"},{"address":"10.10.1.1","id":2,"implicit":true},' +
      '{"address":"10.10.1.1","id":203,"signal":true},{"address":"10.10.2.1","id":3,"rawflags":"10"}]';
    assert.deepEqual(implicitEndpoints(json, '10.10.1.1' as Address), [1, 2]);
  });

  test('limits: two numbers', () => {
    const expected = { kind: 'mptcp-limits', subflows: 2, announcements: 0 };
    assert.deepEqual(parseLimits('add_addr_accepted 0 subflows 2 \n'), expected);
    assert.equal(parseLimits('not supported'), undefined);
  });
});
