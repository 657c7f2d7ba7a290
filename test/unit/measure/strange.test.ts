/** Captures as they come from strange places, and connections that do what connections rarely do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { initialDsn, tokenOf } from '../../../src/measure/key.ts';
import {
  capable,
  capableWithData,
  dss,
  join,
  LINKTYPE,
  pcap,
  tcpAt,
  udpAt,
} from '../../support/capture.ts';
import type { Captured, TcpWords } from '../../support/capture.ts';
import {
  CLIENT_1,
  CLIENT_2,
  data,
  DSN,
  HANDSHAKES,
  later,
  measured,
  segment,
  SERVER,
  T,
} from '../../support/measured.ts';

const syn = (ms: number, sequence: number): Captured =>
  segment(ms, sequence, { syn: true, length: 0 });
const some = (count: number, from: number, sequence: number): Captured[] =>
  Array.from({ length: count }, (_, index) => segment(from + 10 * index, sequence + 1000 * index));

describe('a port that is used again', () => {
  const first = [syn(0, 10), ...some(9, 10, 11)];
  const second = [syn(5000, 900_000), ...some(5, 5010, 900_001)];

  test('is another connection, which can be chosen', async () => {
    const result = await measured({ receiver: [...first, ...second] }, { flow: '2' });
    assert.deepEqual([result.flow, result.flowCount, result.bytes], [2, 2, 5000]);
  });

  test('is not taken for the other one in another capture, nor the other way round', async () => {
    const sender = [...first, ...second.slice(0, 3)];
    const receiver = second.map((one) => later(one));
    const result = await measured({ sender, receiver });
    assert.deepEqual([result.bytes, result.captures[0]?.flowBytes], [5000, 2000]);
    assert.equal(result.greatestDelay?.ms, 1);
  });

  test('is another connection also if the beginning of the first was not captured', async () => {
    const result = await measured({ receiver: [...first.slice(1), ...second] });
    assert.deepEqual([result.bytes, result.missingBytes, result.flowCount], [9000, 0, 2]);
  });

  test('by a subflow is the same subflow', async () => {
    const again = { at: 1000, place: 5_000_000 };
    const result = await measured({
      receiver: [
        data('one', 10, { at: 0, place: 0, mapping: dss(DSN, 1, 1000) }),
        tcpAt(T + 0.02, { from: SERVER, to: CLIENT_1, sequence: 5_001_000, syn: true }),
        data('one', 30, { ...again, mapping: dss(DSN + 1000n, 1, 1000) }),
      ],
    });
    assert.equal(result.missingBytes, 0);
    assert.deepEqual(
      result.subflows.map(({ bytes }) => bytes),
      [2000],
    );
  });
});

describe('MPTCP', () => {
  test('whose mappings were cut off is not measured by numbers of its subflows', async () => {
    const cut = (subflow: 'one' | 'two', ms: number, at: number): Captured =>
      data(subflow, ms, { at, place: at, mapping: null });
    await assert.rejects(
      measured({ receiver: [...HANDSHAKES, cut('one', 10, 0), cut('two', 20, 1000)] }),
      { code: 'NO_FLOW', message: /no data sequence mapping/ },
    );
  });

  test('may bring its first data with the handshake', async () => {
    const [client, server] = [0x11n, 0x22n];
    const up = { from: CLIENT_1, to: SERVER } as const;
    const key = [capable(client, server)];
    const second = dss(initialDsn(client) + 1001n, 1001, 1000);
    const result = await measured({
      receiver: [
        tcpAt(T, { ...up, sequence: 1, syn: true, options: [capable()] }),
        tcpAt(T, {
          ...{ from: SERVER, to: CLIENT_1, sequence: 5, syn: true },
          options: [capable(server)],
        }),
        tcpAt(T, { ...up, sequence: 2, stamp: null, options: key }),
        tcpAt(T, {
          ...up,
          sequence: 2,
          length: 1000,
          stamp: null,
          options: [capableWithData(1000, client, server)],
        }),
        tcpAt(T + 0.01, { ...up, sequence: 1002, length: 1000, options: [second] }),
      ],
    });
    assert.deepEqual([result.protocol, result.bytes], ['mptcp', 2000]);
    assert.doesNotMatch(result.notes.join(), /mapping/);
  });

  test('counts its end as no byte', async () => {
    const last = { at: 1000, place: 1000, mapping: dss(DSN + 1000n, 1001, 1001, 64, true) };
    const result = await measured({
      receiver: [
        ...HANDSHAKES,
        data('one', 10, { at: 0, place: 0 }),
        data('one', 20, last),
        data('one', 30, { at: 0, place: 2000 }),
      ],
    });
    assert.deepEqual([result.bytes, result.duplicateBytes], [2000, 1000]);
  });

  test('of two connections whose numbers are near by chance is two, if handshakes tell', async () => {
    const other = (sequence: number, more: Partial<TcpWords>): Captured =>
      tcpAt(T + 0.03, { from: SERVER, to: CLIENT_2, sequence, ...more });
    const result = await measured({
      receiver: [
        ...HANDSHAKES.slice(0, 3),
        data('one', 10, { at: 0, place: 0 }),
        tcpAt(T, {
          from: CLIENT_2,
          to: SERVER,
          sequence: 9,
          syn: true,
          options: [join(tokenOf(99n))],
        }),
        other(50, { syn: true }),
        other(51, { length: 1000, options: [dss(DSN + 5000n, 1, 1000)] }),
      ],
    });
    assert.deepEqual([result.flowCount, result.bytes, result.missingBytes], [2, 1000, 0]);
  });

  test('has the subflows of all captures, whichever lacks one', async () => {
    const one = some(1, 0, 0).map(() => data('one', 10, { at: 0, place: 0 }));
    const two = [data('two', 20, { at: 1000, place: 0 })];
    const [sender, receiver] = [
      [...HANDSHAKES, ...one],
      [...HANDSHAKES, ...one, ...two],
    ];
    const result = await measured({ '?1': sender, '?2': receiver.map((each) => later(each)) });
    assert.deepEqual(
      result.subflows.map(({ bytes }) => bytes),
      [1000, 1000],
    );
  });
});

describe('an outage', () => {
  const outage = { at: T + 4, heal: T + 8 };
  /** A packet every 10 ms over the only path, which is away from 4 s on; sent again at the given times. */
  const until = (end: number): Captured[] => some((end - 10) / 10, 10, 0);
  const latency = async (
    sides: Parameters<typeof measured>[0],
    when: { at: number; heal?: number } = outage,
  ): Promise<readonly (number | null | undefined)[]> => {
    const { outage: found } = await measured(sides, {
      outage: { heal: undefined, ...when },
    });
    return [found?.latencyFailure.ms, found?.latencyRecovery?.ms];
  };

  test('after which nothing ever comes has no T-latency, but what it swallowed is counted', async () => {
    const sent = [...until(4000), ...some(5, 4000, 399_000), ...some(1, 8500, 399_000)];
    const receiver = until(4000).map((one) => later(one));
    const { outage: found } = await measured({ sender: sent, receiver }, { outage });
    assert.deepEqual(
      [found?.latencyFailure.ms, found?.latencyFailure.lostBytes, found?.latencyRecovery?.ms],
      [null, 5000, null],
    );
    assert.deepEqual(await latency({ receiver }), [null, null]);
  });

  test('that lasts longer than the line was away is one of the failure', async () => {
    const receiver = [...until(4000), ...some(200, 8500, 399_000)];
    assert.deepEqual(await latency({ receiver }), [4500, 0]);
  });

  test('of another line delays nobody who sends seldom', async () => {
    const seldom = Array.from({ length: 120 }, (_, index) => segment(100 * index, 1000 * index));
    assert.deepEqual(await latency({ receiver: seldom }), [0, 0]);
    assert.deepEqual(await latency({ receiver: until(12_000) }), [0, 0]);
  });

  test('is no other one if a message passes right after the noted time', async () => {
    const seldom = (subflow: 'one' | 'two', index: number, ms = 100 * index): Captured =>
      data(subflow, ms + 10, { at: 1000 * index, place: 1000 * index });
    const indices = [...Array(60).keys()];
    const isLost = (index: number): boolean => index === 41 || index === 42;
    const again = [seldom('two', 41, 4295), seldom('two', 42, 4296)];
    const sender = [...HANDSHAKES, ...indices.map((index) => seldom('one', index)), ...again];
    const receiver = [
      ...HANDSHAKES,
      ...[
        ...indices.filter((index) => !isLost(index)).map((index) => seldom('one', index)),
        ...again,
      ]
        .map((one) => later(one))
        .toSorted((one, other) => one.time - other.time),
    ];
    const { outage: found } = await measured(
      { sender, receiver },
      { outage: { at: T + 4, heal: undefined } },
    );
    assert.equal(found?.latencyFailure.lostBytes, 2000);
    assert.equal(found.latencyFailure.ms, 307);
  });
});

describe('two captures', () => {
  test('of which one begins more than half the range of numbers later agree', async () => {
    const sent = [
      segment(0, 0),
      segment(1000, 1.5e9),
      segment(2000, 3e9),
      segment(3000, 3e9 + 1000),
    ];
    const result = await measured({
      sender: sent,
      receiver: sent.slice(2).map((one) => later(one)),
    });
    assert.equal(result.greatestDelay?.ms, 1);
  });

  test('with clocks that differ say so', async () => {
    const sent = some(10, 0, 0);
    const result = await measured({ sender: sent, receiver: sent.map((one) => later(one, -99)) });
    assert.match(result.notes.join(), /packets arrive 99\.0 ms before they are sent: the clocks/);
  });
});

describe('datagrams', () => {
  const datagram = (ms: number, id: number, length = 500): Captured =>
    udpAt(T + ms / 1000, SERVER, CLIENT_1, length, id);
  const sender = Array.from({ length: 20 }, (_, index) => datagram(10 * index, 100 + index));

  test('that offload has cut are not called lost', async () => {
    const big = [datagram(0, 1, 5000), datagram(10, 2, 5000)];
    const cut = Array.from({ length: 20 }, (_, index) => datagram(20 + index, index, 500));
    assert.equal((await measured({ sender: big, receiver: cut })).lostDatagrams, null);
  });

  test('are not called lost where the clocks differ by seconds', async () => {
    const receiver = sender.map((one) => later(one, 3500));
    assert.equal((await measured({ sender, receiver })).lostDatagrams, null);
  });

  test('are lost with reserve before the first arrival and after the last', async () => {
    const result = await measured({
      sender,
      receiver: sender.slice(5, 15).map((one) => later(one)),
    });
    assert.equal(result.lostDatagrams, 10);
    assert.match(result.notes.join(), /10 of the lost datagrams were sent before the first/);
  });
});

describe('a capture', () => {
  test('without a link layer, and at time 0, is read', async () => {
    const packets = some(3, 0, 0).map(({ time, frame }) => ({
      time: time - T,
      frame: frame.subarray(14),
    }));
    const result = await measured({ receiver: pcap(packets, 128, LINKTYPE.ipv4) });
    assert.equal(result.bytes, 3000);
  });
});
