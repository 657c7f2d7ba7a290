/** How hosts are told that the proxy was killed, as far as it is data. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { PROXY_LIVES, PROXY_LIVES_MARK, PROXY_MARKS } from '../../../src/plan/ids.ts';
import { attribute, hostOrder, nested, networkOrder, text } from '../../../src/plan/netlink.ts';
import { lifeBatch, lifeMark, parseLives, resetsOfTheDead } from '../../../src/plan/proxy-life.ts';

const life = fc.nat(PROXY_LIVES - 1);

/** The type, the flags and the octets of each message, by the lengths that they give. */
function messagesOf(
  batch: Uint8Array,
): readonly { type: number; flags: number; body: Uint8Array }[] {
  const messages = [];
  for (let at = 0; at < batch.length;) {
    const [length] = new Uint32Array(batch.slice(at, at + 4).buffer);
    const [type = 0, flags = 0] = new Uint16Array(batch.slice(at + 4, at + 8).buffer);
    assert.ok(length !== undefined && length >= 16 && length % 4 === 0);
    messages.push({ type, flags, body: batch.subarray(at + 16, at + length) });
    at += length;
  }
  return messages;
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('netlink attributes', () => {
  test('are as long as they say, and padded', () => {
    assert.equal(hexOf(attribute(1, Uint8Array.of(0xaa))).slice(8), 'aa000000');
    assert.deepEqual(attribute(1, Uint8Array.of(0xaa)).subarray(0, 2), hostOrder(5).subarray(0, 2));
    assert.equal(attribute(1, text('abc')).length, 8);
  });

  test('that hold others say so', () => {
    const inner = attribute(2, networkOrder(7));
    const outer = nested(1, inner, inner);
    assert.deepEqual(outer.subarray(0, 4), hostOrder(0x8001_0000 + 4 + 16));
    assert.equal(hexOf(outer.subarray(4)), hexOf(inner).repeat(2));
  });
});

describe('the life of the proxy', () => {
  test('has a mark that is one of those whose FIN becomes a reset, and not that of the living', () => {
    const [rule = ''] = resetsOfTheDead();
    const [, first, last] = /meta mark (0x\w+)-(0x\w+) /.exec(rule) ?? [];
    assert.ok(PROXY_LIVES_MARK > Number(last));
    fc.assert(
      fc.property(life, (each) => {
        const mark = Number(lifeMark(each));
        assert.ok(mark >= Number(first) && mark <= Number(last));
        assert.equal(mark, PROXY_MARKS + each);
      }),
    );
  });

  test('is a batch with one answer: a table, two chains, a rule for itself and all before it, and one for new connections', () => {
    fc.assert(
      fc.property(life, fc.array(life, { maxLength: 5 }), (own, before) => {
        const messages = messagesOf(lifeBatch(own, before));
        const rules = [...before, own];
        assert.deepEqual(
          messages.map(({ type }) => type),
          [0x10, 0xa00, 0xa03, 0xa03, ...rules.map(() => 0xa06), 0xa06, 0x11],
        );
        // NLM_F_ACK
        assert.deepEqual(
          messages.flatMap(({ flags }, index) => ((flags & 0x4) === 0 ? [] : [index])),
          [messages.length - 2],
        );
        for (const [index, each] of rules.entries()) {
          const rule = hexOf(messages[4 + index]!.body);
          assert.ok(rule.includes(hexOf(hostOrder(PROXY_MARKS + each))));
          assert.ok(rule.includes(hexOf(hostOrder(PROXY_LIVES_MARK))));
        }
      }),
    );
  });

  test('is known by its table, among those of others', () => {
    const tables = ['wamptcp', 'wamptcp_proxy_7', 'wamptcp_proxy_65535', 'my_wamptcp_proxy_8'];
    assert.deepEqual(parseLives(tables.map((name) => `table inet ${name}\n`).join('')), [7, 65535]);
  });
});
