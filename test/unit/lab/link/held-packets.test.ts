import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HeldPackets, type Delaying } from '../../../../src/lab/link/held-packets.ts';

const how = (change: Partial<Delaying> = {}): Delaying => ({
  delay: 10,
  jitter: 0,
  loss: 0,
  reorder: false,
  ...change,
});

function released(held: HeldPackets, now: number): string[] {
  const verdicts: string[] = [];
  held.release(now, (id, verdict, reach) => verdicts.push(`${verdict} ${reach} ${id}`));
  return verdicts;
}

const cycle = (...values: number[]): (() => number) => {
  let next = 0;
  return () => values[next++ % values.length] ?? 0;
};

describe('held packets', () => {
  test('leave after the delay, many with one verdict', () => {
    const held = new HeldPackets();
    for (const id of [1, 2, 3]) held.push(id, id, how());
    assert.equal(held.nextDue, 11);
    assert.deepEqual(released(held, 10.9), []);
    assert.deepEqual(released(held, 12), ['accept through 2']);
    assert.equal(held.nextDue, 13);
    assert.deepEqual(released(held, 13), ['accept through 3']);
    assert.equal(held.nextDue, Infinity);
  });

  test('that are lost part the runs, and go when their time has come', () => {
    const held = new HeldPackets(cycle(0.9, 0.1, 0.1, 0.9));
    for (const id of [1, 2, 3, 4]) held.push(id, 0, how({ loss: 0.5 }));
    assert.deepEqual(released(held, 9), []);
    assert.deepEqual(released(held, 10), [
      'accept through 1',
      'drop through 3',
      'accept through 4',
    ]);
  });

  test('keep their order when the delay shrinks or wanders', () => {
    const held = new HeldPackets(cycle(1, 0));
    held.push(1, 0, how({ jitter: 5 }));
    held.push(2, 1, how({ jitter: 5 }));
    held.push(3, 2, how({ delay: 0 }));
    assert.deepEqual(released(held, 14.9), []);
    assert.deepEqual(released(held, 15), ['accept through 3']);
  });

  test('overtake where that is asked for, each with a verdict of its own', () => {
    const held = new HeldPackets(cycle(1, 0));
    held.push(1, 0, how({ jitter: 5, reorder: true }));
    held.push(2, 1, how({ jitter: 5, reorder: true }));
    assert.deepEqual(released(held, 6), ['accept only 2']);
    held.push(3, 7, how({ delay: 1 }));
    assert.deepEqual(released(held, 15), ['accept only 1', 'accept only 3']);
    held.push(4, 20, how());
    assert.deepEqual(released(held, 30), ['accept through 4']);
  });

  test('in any mixture: every packet gets one verdict, never early, in order unless reordering', () => {
    const step = fc.record({
      after: fc.double({ min: 0, max: 5, noNaN: true }),
      delay: fc.double({ min: 0, max: 20, noNaN: true }),
      jitter: fc.double({ min: 0, max: 5, noNaN: true }),
      loss: fc.constantFrom(0, 0.3, 1),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000 }), fc.boolean(), (steps, reorder) => {
        const held = new HeldPackets();
        const decided: number[] = [];
        const earliest = new Map<number, number>();
        let now = 0;
        let accepted = 0;
        let lost = 0;
        const release = (): void => {
          lost += held.release(now, (id, verdict, reach) => {
            // What the kernel does: `through` takes all it still holds up to the id.
            const ids = [...earliest.keys()].filter((other) =>
              reach === 'only' ? other === id : other <= id,
            );
            assert.ok(ids.includes(id));
            for (const other of ids) {
              assert.ok((earliest.get(other) ?? Infinity) <= now, 'too early');
              earliest.delete(other);
              decided.push(other);
              if (verdict === 'accept') accepted++;
            }
          });
        };
        for (const [id, { after, ...rest }] of steps.entries()) {
          now += after;
          release();
          earliest.set(id, now + Math.max(0, rest.delay - rest.jitter));
          held.push(id, now, { ...rest, reorder });
        }
        now = Infinity;
        release();
        assert.equal(earliest.size, 0);
        assert.equal(accepted + lost, steps.length);
        if (!reorder)
          assert.deepEqual(
            decided,
            decided.toSorted((a, b) => a - b),
          );
      }),
      { numRuns: 50 },
    );
  });

  test('grow without losing their places', () => {
    const held = new HeldPackets();
    for (let id = 0; id < 700; id++) held.push(id, id, how());
    assert.deepEqual(released(held, 509), ['accept through 499']);
    for (let id = 700; id < 5000; id++) held.push(id, id, how());
    assert.equal(held.length, 4500);
    assert.deepEqual(released(held, 510), ['accept through 500']);
    assert.deepEqual(released(held, 1e6), ['accept through 4999']);
  });
});
