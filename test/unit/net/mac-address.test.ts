import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { macvlanAddress, parseMacAddress } from '../../../src/net/mac-address.ts';
import type { MacAddress } from '../../../src/net/mac-address.ts';

const mac = (text: string): MacAddress => {
  const parsed = parseMacAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
};

const octet = fc.integer({ min: 0, max: 255 });
const anyMac = fc
  .tuple(octet, octet, octet, octet, octet, octet)
  .map((octets) => octets.map((each) => each.toString(16).padStart(2, '0')).join(':'))
  .map(parseMacAddress)
  .filter((each) => each !== undefined);

describe('an Ethernet address', () => {
  test('is read in any case, with colons or dashes', () => {
    assert.equal(parseMacAddress('52-54-00-AB-cd-EF'), '52:54:00:ab:cd:ef');
  });

  test('is one of a host, not of a group nor of nobody', () => {
    for (const text of [
      '01:00:5e:00:00:01',
      'ff:ff:ff:ff:ff:ff',
      '00:00:00:00:00:00',
      '52:54:00:12:34',
      '52:54:00:12:34:56:78',
      '52:54:00:12:34:5',
      '525400123456',
      '',
    ]) {
      assert.equal(parseMacAddress(text), undefined, text);
    }
  });
});

describe('the address of a macvlan interface', () => {
  test('is the one that the host script computes', () => {
    assert.equal(macvlanAddress(mac('52:54:00:12:34:56'), 2), '52:54:1a:12:34:56');
    assert.equal(macvlanAddress(mac('00:1b:21:12:34:56'), 3), '02:1b:48:12:34:56');
  });

  test('is locally administered, and differs from WAN to WAN and from its parent', () => {
    fc.assert(
      fc.property(anyMac, (parent) => {
        const all = [2, 3, 4, 5, 6, 7, 8].map((index) => macvlanAddress(parent, index));
        assert.equal(new Set([parent, ...all]).size, 8);
        for (const each of all) {
          assert.equal(parseMacAddress(each), each);
          assert.equal(Number.parseInt(each.slice(0, 2), 16) & 2, 2);
        }
      }),
    );
  });
});
