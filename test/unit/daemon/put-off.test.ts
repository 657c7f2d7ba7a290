/** Changes that could not be made are tried again later and later. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Change } from '../../../src/apply/change.ts';
import { PutOff } from '../../../src/daemon/put-off.ts';
import { interfaceName } from '../../../src/net/interface-name.ts';

const up: Change = {
  action: 'add',
  resource: { kind: 'link-up', interface: interfaceName('w1') },
  reason: 'missing',
};

/** When it is tried until `end`, looking every 100 ms. */
function tries(putOff: PutOff, begin: number, end: number): readonly number[] {
  const tried: number[] = [];
  for (let now = begin; now < end; now += 100) {
    if (putOff.isPutOff(up, now)) {
      putOff.learn([], [up], now);
    } else {
      tried.push(now / 1000);
      putOff.learn([up], [], now);
    }
  }
  return tried;
}

test('after 1, 2, 4 … 60 seconds', () => {
  assert.deepEqual(tries(new PutOff(), 0, 200_000), [0, 1, 3, 7, 15, 31, 63, 123, 183]);
});

test('at once when it was made meanwhile and fails anew', () => {
  const putOff = new PutOff();
  tries(putOff, 0, 20_000);
  putOff.learn([], [], 20_000);
  assert.equal(putOff.isPutOff(up, 20_000), false);
});

test('soon, but not without end, when the machine has changed', () => {
  const putOff = new PutOff();
  tries(putOff, 0, 16_000);
  assert.equal(putOff.isPutOff(up, 20_000), true);
  putOff.retrySoon();
  assert.equal(putOff.isPutOff(up, 15_900), true);
  assert.equal(putOff.isPutOff(up, 20_000), false);
});
