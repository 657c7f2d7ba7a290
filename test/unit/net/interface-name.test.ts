import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import {
  INTERFACE_NAME_MAX,
  interfaceName,
  parseInterfaceName,
} from '../../../src/net/interface-name.ts';

describe('parseInterfaceName', () => {
  for (const text of [
    'eth0',
    'wan0',
    'enp1s0f0',
    'br-lan',
    'eth0.100',
    'x',
    'a_b',
    '123456789012345',
  ]) {
    test(`accepts '${text}'`, () => assert.equal(parseInterfaceName(text), text));
  }

  for (const text of [
    ...['', '.', '..', 'eth 0', 'eth/0', 'eth0:1', '1234567890123456', 'eth\t0', 'eth\n', 'eth\0'],
    ...['ethé', 'a;b', '$(x)', '"', "'", '`', '*', '#', '%d'],
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () =>
      assert.equal(parseInterfaceName(text), undefined));
  }

  test('what it accepts needs no quoting anywhere and fits the kernel', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        const parsed = parseInterfaceName(text);
        if (parsed === undefined) return;
        assert.ok(Buffer.byteLength(parsed) <= INTERFACE_NAME_MAX);
        assert.ok(!/[\s/:'"$`\\*?#;&|<>(){}[\]!~%]/.test(parsed));
      }),
      { numRuns: 2000 },
    );
  });

  test('interfaceName throws on what is none', () => {
    assert.throws(() => interfaceName('no such name at all'), TypeError);
  });
});
