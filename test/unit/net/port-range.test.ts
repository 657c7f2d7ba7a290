import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { formatPortRange, parsePortRange } from '../../../src/net/port-range.ts';

describe('a range of ports', () => {
  test('is written as it is read', () => {
    for (const text of ['1', '5060', '16384-32767', '65535']) {
      assert.equal(formatPortRange(parsePortRange(text)!), text);
    }
    assert.equal(formatPortRange(parsePortRange('53-53')!), '53');
  });

  test('goes upwards, from 1 to 65535', () => {
    for (const text of ['0', '0-9', '65536', '1-65536', '9-8', '1-', '-1', 'sip', '1-2-3', '']) {
      assert.equal(parsePortRange(text), undefined, text);
    }
  });
});
