/**
 * Captures made by hand, of which the answers are known, read by tshark and measured.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { dss, inVxlan, pcap, tcpAt } from '../../support/capture.ts';
import type { Captured } from '../../support/capture.ts';
import { data, DSN, HANDSHAKES, later, measured, segment, T } from '../../support/measured.ts';
import type { Data } from '../../support/measured.ts';

describe('plain TCP', () => {
  test('a hole that is filled late', async () => {
    const result = await measured({
      receiver: [segment(0, 0), segment(10, 2000), segment(20, 3000), segment(50, 1000)],
    });
    assert.equal(result.protocol, 'tcp');
    assert.equal(result.bytes, 4000);
    assert.deepEqual(result.outOfOrderMs, { median: 0, p99: 40, max: 40 });
    assert.equal(result.longestPause?.ms, 50);
    assert.equal(result.goodputMbps, 0.64);
  });

  test('sequence numbers that wrap', async () => {
    const start = 2 ** 32 - 1500;
    const all = [0, 1000, 2000].map((at, index) => segment(10 * index, start + at));
    const result = await measured({ receiver: all });
    assert.equal(result.bytes, 3000);
    assert.equal(result.missingBytes, 0);
    // The other capture begins after the wrap.
    const both = await measured({ sender: all, receiver: [later(all[2]!)] });
    assert.equal(both.greatestDelay?.ms, 1);
  });

  test('what comes twice is a duplicate, and sent again it was retransmitted', async () => {
    const result = await measured({ receiver: [segment(0, 0), segment(5, 0), segment(9, 1000)] });
    assert.equal(result.bytes, 2000);
    assert.equal(result.duplicateBytes, 1000);
    assert.equal(result.retransmittedBytes, 1000);
    assert.equal(result.reinjectedBytes, 0);
  });

  test('in a tunnel, with IPv6, compressed', async () => {
    const six = { from: ['fd20::2', 80], to: ['fd10::2', 4001], sequence: 5, length: 700 } as const;
    const packets = [tcpAt(T, six), tcpAt(T + 1, { ...six, sequence: 705 })].map(inVxlan);
    const result = await measured({ receiver: gzipSync(pcap(packets, 256)) });
    assert.equal(result.bytes, 1400);
    assert.equal(result.subflows[0]?.name, '[fd20::2]:80 > [fd10::2]:4001');
  });

  test('a port that is used again is another connection', async () => {
    const syn = (ms: number, sequence: number): Captured =>
      segment(ms, sequence, { syn: true, length: 0 });
    const result = await measured({
      receiver: [syn(0, 10), segment(1, 11), syn(2, 900_000), segment(3, 900_001)],
    });
    assert.deepEqual(
      result.flows.map(({ bytes }) => bytes),
      [1000, 1000],
    );
  });
});

describe('MPTCP', () => {
  test('two subflows are one connection by their handshakes', async () => {
    const result = await measured({
      receiver: [
        ...HANDSHAKES,
        data('one', 10, { at: 0, place: 0 }),
        data('two', 20, { at: 1000, place: 0 }),
        // Over the wrap of the subflow's sequence numbers.
        data('two', 30, { at: 2000, place: 1000 }),
      ],
    });
    assert.equal(result.protocol, 'mptcp');
    assert.deepEqual(
      result.subflows.map(({ bytes }) => bytes),
      [1000, 2000],
    );
    assert.equal(result.outOfOrderMs?.max, 0);
  });

  test('… and by their numbers when the capture starts late', async () => {
    const result = await measured({
      receiver: [
        data('one', 10, { at: 0, place: 500_000 }),
        data('two', 20, { at: 1000, place: 700_000 }),
      ],
    });
    assert.equal(result.flows.length, 1);
    assert.equal(result.bytes, 2000);
    assert.equal(result.missingBytes, 0);
  });

  test('what one subflow repeats of the other is reinjected', async () => {
    const result = await measured({
      receiver: [
        ...HANDSHAKES,
        data('one', 10, { at: 0, place: 0 }),
        data('two', 20, { at: 0, place: 0 }),
        data('two', 30, { at: 1000, place: 1000 }),
        data('two', 40, { at: 1000, place: 1000 }),
      ],
    });
    assert.equal(result.reinjectedBytes, 1000);
    assert.equal(result.retransmittedBytes, 1000);
    assert.equal(result.duplicateBytes, 2000);
  });

  for (const [what, handshakes] of [
    ['', HANDSHAKES],
    [', from the middle on', []],
  ] as const) {
    test(`one mapping over several packets, told once or by each${what}`, async () => {
      const mapping = dss(DSN, 1, 4000);
      const result = await measured({
        receiver: [
          ...handshakes,
          // Offload repeats the option on what it has cut; others say it once.
          data('one', 10, { at: 0, place: 0, mapping }),
          data('one', 11, { at: 1000, place: 1000, mapping }),
          data('one', 12, { at: 2000, place: 2000, mapping: null }),
          data('two', 13, { at: 4000, place: 0 }),
          data('one', 14, { at: 3000, place: 3000, mapping: null }),
        ],
      });
      assert.equal(result.bytes, 5000);
      assert.equal(result.missingBytes, 0);
      assert.equal(result.outOfOrderMs?.max, 1);
    });
  }

  test('segments as large as offload makes them count as they were on the wire', async () => {
    const big = { at: 0, place: 0, length: 60_000 };
    const cut = (at: number): Data => ({ at, place: at, mapping: dss(DSN, 1, 60_000), stamp: 10 });
    const result = await measured({
      sender: [...HANDSHAKES, data('one', 10, big)],
      receiver: [
        ...HANDSHAKES,
        ...Array.from({ length: 60 }, (_, index) => data('one', 11, cut(1000 * index))),
      ],
    });
    assert.equal(result.bytes, 60_000);
    assert.equal(result.greatestDelay?.ms, 1);
  });

  test('data sequence numbers of 32 bits, over their wrap', async () => {
    const start = 0xffff_fc00n;
    const short = (at: number): Buffer => dss(start + BigInt(at), at + 1, 1000, 32);
    const result = await measured({
      receiver: [0, 1000, 2000].map((at) =>
        data('one', 10 + at / 1000, { at, place: at, mapping: short(at) }),
      ),
    });
    assert.equal(result.bytes, 3000);
    assert.equal(result.missingBytes, 0);
    assert.equal(result.outOfOrderMs?.max, 0);
  });
});

describe('an outage', () => {
  /**
   * A megabit each way per subflow and 8 ms; subflow one dies at 4 s, its losses come over two at
   * 4.2 and 4.25 s, and it is back at 8 s, used again from 8.5 s on. All is over at 12 s.
   */
  const { sender, receiver } = ((): Record<'sender' | 'receiver', Captured[]> => {
    const sent: Captured[] = [...HANDSHAKES];
    const got: Captured[] = [...HANDSHAKES];
    const places = { one: 0, two: 0 };
    let at = 0;
    const send = (subflow: 'one' | 'two', ms: number, arrives: boolean, old?: number): void => {
      const packet = data(subflow, ms, { at: old ?? at, place: places[subflow] });
      sent.push(packet);
      if (arrives) got.push(later(packet));
      places[subflow] += 1000;
      if (old === undefined) at += 1000;
    };
    const lost: number[] = [];
    for (let ms = 8; ms <= 12_000; ms += 8) {
      const isDead = ms >= 4000 && ms < 8000;
      if (isDead && ms < 4040) lost.push(at);
      if (ms < 4040 || ms >= 8500) send('one', ms, !isDead);
      if (ms === 4200) for (const old of lost.slice(0, -1)) send('two', ms, true, old);
      if (ms === 4248) send('two', ms, true, lost.at(-1));
      send('two', ms, true);
    }
    return { sender: sent, receiver: got };
  })();
  const outage = { at: T + 4, heal: T + 8 };

  test('T-latency is when the last of what it swallowed has come', async () => {
    const { outage: result } = await measured({ sender, receiver }, { outage });
    assert.equal(result!.latencyFailure.method, 'lost-copies');
    assert.equal(result!.latencyFailure.lostBytes, 5000);
    assert.equal(result!.latencyFailure.ms, 249);
    assert.equal(result!.latencyFailure.firstLostMs, 201);
    assert.equal(result!.latencyRecovery?.ms, 0);
  });

  test('… and the receiver’s capture alone tells the same', async () => {
    const { outage: result } = await measured({ receiver }, { outage });
    assert.equal(result!.latencyFailure.method, 'late-arrivals');
    assert.equal(result!.latencyFailure.ms, 249);
  });

  test('T-throughput is 0 for what was not disturbed, and until both carry again', async () => {
    const { outage: result } = await measured({ sender, receiver }, { outage });
    assert.equal(result!.throughputFailure.ms, 0);
    assert.equal(result!.throughputFailure.referenceMbps, 1.04);
    // The first window at 90 % may begin when a tenth of it is still lacking.
    const recovery = result!.throughputRecovery!.ms!;
    assert.ok(recovery > 450 && recovery <= 510, String(recovery));
  });

  test('two captures tell by themselves which is the sender’s', async () => {
    const named = await measured({ sender, receiver }, { outage });
    const found = await measured({ '?1': receiver, '?2': sender }, { outage });
    assert.deepEqual(found.outage, named.outage);
    assert.match(found.notes.join(), /is the sender's/);
  });

  test('of two the second is measured by itself', async () => {
    const again = { at: T + 10, heal: T + 11 };
    const { outage: result } = await measured({ sender, receiver }, { outage: again });
    assert.equal(result!.latencyFailure.ms, 0);
    assert.equal(result!.latencyFailure.lostBytes, 0);
  });

  test('what never comes has no T-latency', async () => {
    const cut = receiver.filter(({ time }) => time < T + 4.1);
    const { outage: result } = await measured({ sender, receiver: cut }, { outage });
    assert.equal(result!.latencyFailure.ms, null);
  });
});
