import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { momentText, parseMoment } from '../../../src/measure/moment.ts';

test('a moment is since the epoch, from the first packet, or ISO 8601', () => {
  assert.equal(parseMoment('1700000000.25', 5), 1_700_000_000.25);
  assert.equal(parseMoment('+5.5', 1_700_000_000), 1_700_000_005.5);
  assert.equal(parseMoment('2023-11-14T22:13:20.5Z', 0), 1_700_000_000.5);
  assert.ok(Math.abs(parseMoment('2023-11-14T22:13:20.500250Z', 0)! - 1_700_000_000.50025) < 1e-6);
});

for (const text of ['', 'soon', '-3', '5s', '2023-11-14T99:13:20Z', '+', '1e9']) {
  test(`'${text}' is none`, () => {
    assert.equal(parseMoment(text, 0), undefined);
  });
}

test('what is written as a moment is read as the same one', () => {
  assert.equal(momentText(1_700_000_000.50025), '2023-11-14T22:13:20.500250Z');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e15 }), (micros) => {
      const read = parseMoment(momentText(micros / 1e6), 0)!;
      assert.ok(Math.abs(read - micros / 1e6) < 1.5e-6, `${read} for ${micros}`);
    }),
  );
});
