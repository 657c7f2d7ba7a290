/**
 * Times of an outage that are not those of the captures: it is said, and where losses begin.
 *
 * The connection has two subflows of a megabit. Subflow one dies at +4 s and is back at +8 s; its
 * return loses a little at +8.1 s where `atReturn` is on. With `retries` it is tried until +7 s. All is
 * over at +12 s.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { tcpAt, udpAt } from '../../support/capture.ts';
import type { Captured } from '../../support/capture.ts';
import { CLIENT_1, data, HANDSHAKES, later, measured, SERVER, T } from '../../support/measured.ts';

type Both = Record<'sender' | 'receiver', Captured[]>;

function connection({ dies = true, atReturn = false, retries = false } = {}): Both {
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
    const dead = dies && ms >= 4000 && ms < 8000;
    const again = atReturn && ms >= 8096 && ms < 8136;
    if ((dead && ms < 4040) || again) lost.push(at);
    if (ms < 4040 || ms >= 8000 || !dies) send('one', ms, !dead && !again);
    if (ms === 4200 || ms === 8240) for (const old of lost.splice(0)) send('two', ms, true, old);
    if (retries && (ms === 5000 || ms === 7000)) send('one', ms, false, 499_000);
    send('two', ms, true);
  }
  return { sender: sent, receiver: got };
}

const whole = connection();
const returning = connection({ atReturn: true });

describe('an outage that is noted', () => {
  test('at its time has no note of it', async () => {
    const { outage, notes } = await measured(whole, { outage: { at: T + 4, heal: T + 8 } });
    assert.equal(outage?.latencyFailure.beginsHere, true);
    assert.deepEqual(
      outage.losses?.map(({ offset, bytes }) => [offset, bytes]),
      [['+4.000', 5000]],
    );
    assert.doesNotMatch(notes.join('\n'), /--outage/);
  });

  for (const [what, late, note] of [
    ['150 ms late', 0.15, /at --outage \+4\.150; one does at \+4\.000, 150 ms earlier; it still/],
    ['150 ms early', -0.15, /at --outage \+3\.850; one does at \+4\.000, 150 ms later/],
    ['300 ms late', 0.3, /at --outage \+4\.300; one does at \+4\.000, 300 ms earlier/],
    ['seconds early', -2, /at --outage \+2\.000; one does at \+4\.000, 2000 ms later/],
    ['when all is over', 6, /at --outage \+10\.000; one does at \+4\.000, 6000 ms earlier/],
    ['after the last packet', 9, /at --outage \+13\.000; one does at \+4\.000, 9000 ms earlier/],
  ] as const) {
    const outage = { at: T + 4 + late, heal: undefined };

    test(`${what}: no loss begins there, and where one does`, async () => {
      const { notes, outage: found } = await measured(whole, { outage });
      assert.match(notes.join('\n'), note);
      assert.equal(found?.latencyFailure.beginsHere, false);
      assert.ok(Math.abs(found.latencyFailure.nearestMs! + 1000 * late) < 1);
    });

    test(`${what}: the receiver’s capture alone tells the pause`, async () => {
      const { notes } = await measured({ receiver: whole.receiver }, { outage });
      const told = notes.join('\n');
      assert.match(told, /no pause begins at --outage [^;]*; one does at \+(3\.99\d|4\.00\d), /);
    });
  }

  test('of several losses names the nearest and the others', async () => {
    const outage = { at: T + 8.4, heal: undefined };
    const { notes } = await measured(returning, { outage });
    assert.match(
      notes.join('\n'),
      /no loss begins at --outage \+8\.400; one does at \+8\.096, 304 ms earlier \(others: \+4\.000\)/,
    );
  });

  test('where nothing is lost at all', async () => {
    const { notes } = await measured(connection({ dies: false }), {
      outage: { at: T + 4, heal: undefined },
    });
    assert.match(notes.join('\n'), /no loss begins at --outage \+4\.000, and none elsewhere/);
  });

  test('on another flow names that one', async () => {
    const other = (lossy: boolean): Captured[] =>
      Array.from({ length: 1400 }, (_, index) =>
        tcpAt(T + index / 125, {
          ...{ from: SERVER, to: ['10.10.9.9', 4009], sequence: 1 + 1000 * index, length: 1000 },
          ...{ stamp: index },
        }),
      ).filter(({ time }) => !lossy || time < T + 6 || time > T + 6.5);
    const { sender, receiver } = connection({ dies: false });
    const byTime = (one: Captured, two: Captured): number => one.time - two.time;
    const { notes } = await measured(
      {
        sender: [...sender, ...other(false)].sort(byTime),
        receiver: [...receiver, ...other(true).map((one) => later(one))].sort(byTime),
      },
      { outage: { at: T + 6, heal: undefined } },
    );
    assert.match(notes.join('\n'), /flow 2 has a loss or pause .*--flow 2 measures it/);
  });

  test('of UDP is told by pauses', async () => {
    const receiver = Array.from({ length: 1000 }, (_, index) =>
      udpAt(T + index / 100, SERVER, CLIENT_1, 500, index),
    ).filter(({ time }) => time < T + 4 || time > T + 4.4);
    const { notes } = await measured({ receiver }, { outage: { at: T + 4.15, heal: undefined } });
    assert.match(notes.join('\n'), /no pause begins at --outage \+4\.150; one does at \+3\.99/);
    assert.match(notes.join('\n'), /T-latency-failure is not known: nobody sends a datagram again/);
    assert.match(notes.join('\n'), /datagrams lost are known only with the captures of both/);
  });

  test('by the sender’s capture alone cannot be checked, and why', async () => {
    const { sender } = whole;
    const { notes, outage } = await measured(
      { sender },
      { outage: { at: T + 5, heal: undefined } },
    );
    assert.equal(outage?.latencyFailure.beginsHere, null);
    assert.match(notes.join('\n'), /T-latency-failure is not known: it needs the receiver’s/);
    assert.match(notes.join('\n'), /greatest delay of data needs the captures of both ends/);
  });
});

describe('a healing that is noted', () => {
  const healed = async (both: Both, heal: number): Promise<string> => {
    const { notes } = await measured(both, { outage: { at: T + 4, heal: T + heal } });
    return notes.join('\n');
  };

  test('at a loss has no note', async () => {
    assert.doesNotMatch(await healed(returning, 8.1), /--heal/);
  });

  for (const [what, heal, note] of [
    [
      '150 ms late',
      8.25,
      /no loss begins at --heal \+8\.250; one does at \+8\.096, 154 ms earlier/,
    ],
    ['150 ms early', 7.95, /no loss begins at --heal \+7\.950; one does at \+8\.096, 146 ms later/],
  ] as const) {
    test(`${what}: no loss begins there, and where one does`, async () => {
      assert.match(await healed(returning, heal), note);
    });
  }

  test('of a line that returns without loss says so', async () => {
    assert.match(
      await healed(whole, 8.15),
      /no loss begins at --heal \+8\.150, as when a line returns without loss; what stopped at \+4\.000 goes on at \+8\.000/,
    );
  });

  test('while the line is still dead is told from what is lost after it', async () => {
    assert.match(
      await healed(connection({ retries: true }), 6),
      /the line was not back at --heal \+6\.000: what is sent there is lost until \+7\.000/,
    );
  });

  test('after the last packet leaves the recovery unknown, and says why', async () => {
    const told = await healed(whole, 13);
    assert.match(told, /T-throughput-recovery is not known: nothing of this flow arrives later/);
  });
});

describe('a figure that is not known', () => {
  for (const [what, outage, note] of [
    [
      'a phase that is too short',
      { at: T + 4, heal: T + 4.3 },
      /failure is not known: what it should be/,
    ],
    [
      'an end that comes too soon',
      { at: T + 4, heal: T + 11.7 },
      /recovery is not known: the flow ends after 0\.3 s/,
    ],
    [
      'no healing',
      { at: T + 4, heal: undefined },
      /without --heal nothing is told of the recovery/,
    ],
  ] as const) {
    test(`says why: ${what}`, async () => {
      const { notes } = await measured(whole, { outage });
      assert.match(notes.join('\n'), note);
    });
  }

  test('says why: goodput never returns', async () => {
    const cut = (all: Captured[]): Captured[] =>
      all.filter(({ time }, index) => time < T + 8 || index % 3 === 0);
    const { notes } = await measured(
      { receiver: cut(whole.receiver) },
      { outage: { at: T + 4, heal: T + 8 } },
    );
    assert.match(
      notes.join('\n'),
      /recovery is not known: goodput does not stay at 90 % of 1\.92 Mb\/s/,
    );
  });
});
