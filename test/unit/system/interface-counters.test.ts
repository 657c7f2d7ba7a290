/** /proc/net/dev → byte counters. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseInterfaceCounters } from '../../../src/system/interface-counters.ts';

const TEXT = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 8041104    6821    0    0    0     0          0         0  8041105    6821    0    0    0     0       0          0
  eth0: 1234     10    0    0    0     0          0         0 98765432109876     20    0    0    0     0       0          0
wt16777215:       0       0    0    0    0     0          0         0       86       1    0    0    0     0       0          0
eth0.100:5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0
`;

describe('the counters', () => {
  const counters = parseInterfaceCounters(TEXT);

  test('are the bytes of both directions, of every interface', () => {
    assert.deepEqual(
      [...counters],
      [
        ['lo', { receivedBytes: 8_041_104, sentBytes: 8_041_105 }],
        ['eth0', { receivedBytes: 1234, sentBytes: 98_765_432_109_876 }],
        ['wt16777215', { receivedBytes: 0, sentBytes: 86 }],
        ['eth0.100', { receivedBytes: 5, sentBytes: 6 }],
      ],
    );
  });

  test('of an empty table are none', () => {
    assert.equal(parseInterfaceCounters(TEXT.split('\n').slice(0, 2).join('\n')).size, 0);
  });
});
