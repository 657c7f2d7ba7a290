/** UDP, and input that is not as it should be. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { addRow, analyse } from '../../../src/measure/analyse.ts';
import { measurement } from '../../../src/measure/measurement.ts';
import { Trace } from '../../../src/measure/trace.ts';
import { pcap, udpAt } from '../../support/capture.ts';
import type { Captured } from '../../support/capture.ts';
import { CLIENT_1, CLIENT_2, data, later, measured, SERVER, T } from '../../support/measured.ts';

describe('UDP', () => {
  const datagram = (ms: number, id: number): Captured =>
    udpAt(T + ms / 1000, SERVER, CLIENT_1, 500, id);

  test('a gap, and what was lost in it', async () => {
    const sender = Array.from({ length: 20 }, (_, index) => datagram(10 * index, 100 + index));
    const receiver = sender.filter((_, index) => index < 5 || index > 7).map((one) => later(one));
    const result = await measured({ sender, receiver });
    assert.equal(result.protocol, 'udp');
    assert.equal(result.lostDatagrams, 3);
    assert.equal(result.longestPause?.ms, 40);
    assert.equal(result.bytes, 17 * 500);
  });

  test('without identification nothing is claimed to be lost', async () => {
    const packets = [datagram(0, 0), datagram(10, 0)];
    const result = await measured({ sender: packets, receiver: packets.slice(1) });
    assert.equal(result.lostDatagrams, null);
  });
});

describe('input that is not as it should be', () => {
  const whole = pcap([
    data('one', 0, { at: 0, place: 0 }),
    data('one', 9, { at: 1000, place: 1000 }),
  ]);

  test('a capture that ends in a packet is used as far as it goes, and says so', async () => {
    const result = await measured({ receiver: whole.subarray(0, -20) });
    assert.equal(result.bytes, 1000);
    assert.match(result.notes.join(), /ends in the middle of a packet/);
  });

  test('text is no capture', async () => {
    const text = Buffer.from('site: branch\n');
    await assert.rejects(measured({ receiver: text }), { code: 'NO_CAPTURE' });
  });

  test('an empty file has no flow', async () => {
    await assert.rejects(measured({ receiver: Buffer.alloc(0) }), { code: 'NO_FLOW' });
  });

  test('a capture without packets has no flow', async () => {
    await assert.rejects(measured({ receiver: pcap([]) }), { code: 'NO_FLOW' });
  });

  test('a flow that is not there is said to be so', async () => {
    await assert.rejects(measured({ receiver: whole }, { flow: ':1' }), { code: 'NO_FLOW' });
  });

  test('captures of different connections have no sides', async () => {
    const other = pcap([udpAt(T, SERVER, CLIENT_2, 100)]);
    await assert.rejects(measured({ '?1': whole, '?2': other }), { code: 'SIDES_UNKNOWN' });
  });

  test('whatever rows tshark gives, there are figures or an error', () => {
    const value = fc.oneof(
      fc.constantFrom('', '0', '1', '7', '4294967295', '18446744073709551615', '0x0002', 'x'),
      fc.nat(70_000).map(String),
    );
    const layers = fc.constantFrom(
      'eth:ethertype:ip:tcp',
      'eth:ethertype:ip:udp',
      'a:ip:udp:b:ipv6:tcp',
    );
    const row = fc
      .tuple(
        fc.double({ min: 0, max: 2e9 }),
        layers,
        fc.array(value, { minLength: 21, maxLength: 21 }),
      )
      .map(([time, protocols, rest]) => [String(time), protocols, ...rest]);
    // Once found: two packets nearer to each other than any clock tells made an endless rate.
    const near = [
      '0 eth:ethertype:ip:tcp 7 0 0 0 - 18446744073709551615 - 0 1 - - 0 0 1 1 0 0 4294967295 - 0 0',
      '5e-324 eth:ethertype:ip:tcp 0x0002 0 - 0 0 0 - 7 1 - - - - - 0x0002 0 - - 0 0 -',
    ].map((line) => line.split(' ').map((word) => (word === '-' ? '' : word)));
    fc.assert(
      fc.property(fc.array(row), fc.array(row), (sent, received) => {
        const captures = Object.entries({ sender: sent, receiver: received }).map(
          ([side, rows]) => {
            const trace = new Trace();
            for (const one of rows) addRow(trace, one);
            return { file: side, side, trace, cutShort: false };
          },
        );
        try {
          const outage = { at: 1e9, heal: 1.5e9 };
          measurement.parse(analyse(captures, { outage }).measurement);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'NO_FLOW', String(error));
        }
      }),
      { examples: [[[], near]] },
    );
  });
});
