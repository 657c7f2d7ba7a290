import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseDscp } from '../../../src/net/dscp.ts';

describe('a DSCP', () => {
  test('has the number that the standards give to its name', () => {
    const named = { CS0: 0, LE: 1, CS1: 8, AF11: 10, AF43: 38, CS5: 40, VA: 44, EF: 46, CS7: 56 };
    for (const [name, number] of Object.entries(named)) {
      assert.equal(parseDscp(name), number, name);
      assert.equal(parseDscp(name.toLowerCase()), number, name);
    }
  });

  test('may be a number of six bits', () => {
    for (const number of [0, 46, 63]) assert.equal(parseDscp(String(number)), number);
  });

  test('is nothing else', () => {
    for (const text of ['64', '-1', '', 'CS8', 'AF14', 'AF51', '0x2e', '4.0', 'E F']) {
      assert.equal(parseDscp(text), undefined, text);
    }
  });
});
