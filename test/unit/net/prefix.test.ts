import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { address, familyOf } from '../../../src/net/address.ts';
import {
  addressCount,
  firstAddress,
  nthAddress,
  parsePrefix,
  prefix,
  prefixContains,
  prefixesOverlap,
  prefixFamily,
  prefixLength,
  prefixOf,
} from '../../../src/net/prefix.ts';
import type { Prefix } from '../../../src/net/prefix.ts';

/** Any prefix; few distinct bits, so that prefixes often meet. */
const anyPrefix: fc.Arbitrary<Prefix> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('10.0.0.0', '10.0.128.1', '10.128.3.4', '192.0.2.9'),
      fc.integer({ min: 0, max: 32 }),
    )
    .map(([text, length]) => prefixOf({ address: address(text), length })),
  fc
    .tuple(
      fc.constantFrom('2001:db8::', '2001:db8:8000::1', '::', 'fe80::1'),
      fc.integer({ min: 0, max: 128 }),
    )
    .map(([text, length]) => prefixOf({ address: address(text), length })),
);

/** What Node says: an independent reckoning. */
function nodeContains(outer: Prefix, inner: string): boolean {
  // BlockList takes IPv4 for a part of IPv6 (::ffff:0:0/96), and has no /0.
  if (familyOf(address(inner)) !== prefixFamily(outer)) return false;
  const length = prefixLength(outer);
  if (length === 0) return true;
  const list = new BlockList();
  list.addSubnet(firstAddress(outer), length, prefixFamily(outer));
  return list.check(inner, familyOf(address(inner)));
}

describe('parsePrefix', () => {
  test('is canonical', () => {
    assert.equal(parsePrefix('10.10.1.0/24'), '10.10.1.0/24');
    assert.equal(parsePrefix('2001:0DB8:0::/32'), '2001:db8::/32');
    assert.equal(parsePrefix('0.0.0.0/0'), '0.0.0.0/0');
    assert.equal(parsePrefix('::/0'), '::/0');
    assert.equal(parsePrefix('192.0.2.1/32'), '192.0.2.1/32');
  });

  for (const text of ['10.10.1.1/24', '10.10.1.0', '2001:db8::1/64', '10.10.1.0/33', 'any', '']) {
    test(`refuses '${text}'`, () => assert.equal(parsePrefix(text), undefined));
  }

  test('prefix() throws on what is none', () => {
    assert.throws(() => prefix('10.0.0.1/8'), TypeError);
  });

  test('reads every prefixOf back', () => {
    fc.assert(fc.property(anyPrefix, (value) => assert.equal(parsePrefix(value), value)));
  });
});

describe('addresses of a prefix', () => {
  test('are counted from the network address', () => {
    const subnet = prefix('10.10.1.0/30');
    assert.equal(firstAddress(subnet), '10.10.1.0');
    assert.equal(nthAddress(subnet, 1n), '10.10.1.1');
    assert.equal(nthAddress(subnet, 3n), '10.10.1.3');
    assert.equal(nthAddress(subnet, 4n), undefined);
    assert.equal(nthAddress(subnet, -1n), undefined);
    assert.equal(addressCount(subnet), 4n);
    assert.equal(addressCount(prefix('::/0')), 1n << 128n);
    assert.equal(nthAddress(prefix('2001:db8::/64'), 0xffffn), '2001:db8::ffff');
  });
});

describe('prefixContains', () => {
  test('agrees with Node', () => {
    fc.assert(
      fc.property(anyPrefix, anyPrefix, (outer, inner) => {
        const first = firstAddress(inner);
        assert.equal(prefixContains(outer, first), nodeContains(outer, first));
        const last = nthAddress(inner, addressCount(inner) - 1n);
        const expected = nodeContains(outer, first) && nodeContains(outer, String(last));
        assert.equal(prefixContains(outer, inner), expected, `${outer} ${inner}`);
      }),
      { numRuns: 1000 },
    );
  });

  test('is an order: reflexive, antisymmetric, transitive', () => {
    fc.assert(
      fc.property(anyPrefix, anyPrefix, anyPrefix, (a, b, c) => {
        assert.ok(prefixContains(a, a));
        if (prefixContains(a, b) && prefixContains(b, a)) assert.equal(a, b);
        if (prefixContains(a, b) && prefixContains(b, c)) assert.ok(prefixContains(a, c));
      }),
      { numRuns: 1000 },
    );
  });

  test('never crosses families', () => {
    assert.ok(!prefixContains(prefix('::/0'), address('192.0.2.1')));
    assert.ok(!prefixesOverlap(prefix('0.0.0.0/0'), prefix('::/0')));
  });
});

describe('prefixesOverlap', () => {
  test('is when one contains the other', () => {
    assert.ok(prefixesOverlap(prefix('10.0.0.0/8'), prefix('10.1.0.0/16')));
    assert.ok(prefixesOverlap(prefix('10.1.0.0/16'), prefix('10.0.0.0/8')));
    assert.ok(!prefixesOverlap(prefix('10.0.0.0/16'), prefix('10.1.0.0/16')));
  });
});
