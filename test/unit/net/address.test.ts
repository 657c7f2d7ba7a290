import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import {
  address,
  addressFromInteger,
  addressToInteger,
  familyOf,
  formatInterfaceAddress,
  parseAddress,
  parseInterfaceAddress,
} from '../../../src/net/address.ts';

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();

describe('parseAddress', () => {
  const canonical: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    // RFC 5952: the longest run of zeros, the first of equal ones, never a single group.
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    // Not IPv4-mapped, as ipaddr.js would have it, but IPv4-compatible.
    ['::192.0.2.1', '::c000:201'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ];
  for (const [text, expected] of canonical) {
    test(`${text} is ${expected}`, () => assert.equal(parseAddress(text), expected));
  }

  const refused = [
    ...['', ' ', '192.0.2', '192.0.2.1.1', '192.0.2.256', '192.0.2.01', '0x7f.0.0.1', '3232235521'],
    ...['192.0.2.1/24', '192.0.2.1 ', '::1%lo', 'fe80::1%eth0', ':::', '1::2::3', '[::1]', 'abcd'],
    ...[
      '12345::1',
      '::1.2.3.4.5',
      '::1.2.3',
      '::01.2.3.4',
      '1.2.3.4::',
      '1:2:3:4:5:6:7:8:9',
      'hub.example.net',
      '١.1.1.1',
    ],
  ];
  for (const text of refused) {
    test(`refuses '${text}'`, () => assert.equal(parseAddress(text), undefined));
  }

  test('knows what Node knows, and is canonical', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (text) => {
        const parsed = parseAddress(text);
        assert.ok(parsed !== undefined, text);
        assert.equal(parseAddress(parsed), parsed);
        assert.ok(familyOf(parsed) === 'ipv4' ? isIPv4(parsed) : isIPv6(parsed));
      }),
    );
  });

  test('agrees with Node on text that is almost an address', () => {
    const almost = fc.string({
      unit: fc.constantFrom(...Array.from('0123456789abcf:.')),
      maxLength: 24,
    });
    fc.assert(
      fc.property(almost, (text) => {
        assert.equal(parseAddress(text) !== undefined, isIPv4(text) || isIPv6(text), text);
      }),
      { numRuns: 2000 },
    );
  });

  test('gives the form that the WHATWG URL parser gives, RFC 5952', () => {
    fc.assert(
      fc.property(ipv6, (text) => {
        assert.equal(parseAddress(text), new URL(`http://[${text}]/`).hostname.slice(1, -1));
      }),
    );
  });
});

describe('address', () => {
  test('throws on what is none', () => assert.throws(() => address('nowhere'), TypeError));
});

describe('addresses as integers', () => {
  test('count up', () => {
    assert.equal(addressToInteger(address('0.0.1.0')), 256n);
    assert.equal(addressToInteger(address('::1:0')), 65536n);
    assert.equal(addressFromInteger(0xc0000201n, 'ipv4'), '192.0.2.1');
    assert.equal(addressFromInteger((1n << 128n) - 1n, 'ipv6'), 'ffff:'.repeat(8).slice(0, -1));
  });

  test('and back', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (text) => {
        const parsed = address(text);
        assert.equal(addressFromInteger(addressToInteger(parsed), familyOf(parsed)), parsed);
      }),
    );
  });
});

describe('parseInterfaceAddress', () => {
  test('reads address and length', () => {
    assert.deepEqual(parseInterfaceAddress('192.0.2.9/24'), {
      address: address('192.0.2.9'),
      length: 24,
    });
    assert.deepEqual(parseInterfaceAddress('2001:DB8::9/128'), {
      address: address('2001:db8::9'),
      length: 128,
    });
  });

  for (const text of [
    ...['192.0.2.9', '192.0.2.9/', '192.0.2.9/33', '192.0.2.9/-1', '192.0.2.9/024', '/24'],
    ...['192.0.2.9/24/24', '192.0.2.9/24 ', '::1/129', '192.0.2.9/255.255.255.0', '192.0.2.9/2e1'],
  ]) {
    test(`refuses '${text}'`, () => assert.equal(parseInterfaceAddress(text), undefined));
  }

  test('is the inverse of formatInterfaceAddress', () => {
    fc.assert(
      fc.property(ipv4, fc.integer({ min: 0, max: 32 }), (text, length) => {
        const value = { address: address(text), length };
        assert.deepEqual(parseInterfaceAddress(formatInterfaceAddress(value)), value);
      }),
    );
  });
});
