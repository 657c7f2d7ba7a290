import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { ManualClock, systemClock } from '../../../src/lib/clock.ts';

describe('systemClock', () => {
  test('monotonic never goes back and resolves less than a millisecond', () => {
    let last = systemClock.monotonic();
    const seen = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      const now = systemClock.monotonic();
      assert.ok(now >= last);
      seen.add(now);
      last = now;
    }
    assert.ok(seen.size > 100, `only ${seen.size} different readings of 1000`);
  });

  test('monotonic is the same clock in another process', () => {
    const clock = new URL('../../../src/lib/clock.ts', import.meta.url).href;
    const program = `import { systemClock } from '${clock}'; console.log(systemClock.monotonic());`;
    const before = systemClock.monotonic();
    const child = Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
        encoding: 'utf8',
      }),
    );
    const after = systemClock.monotonic();
    assert.ok(before < child && child < after, `${before} < ${child} < ${after}`);
  });

  test('wall is the time of day', () => {
    assert.ok(Math.abs(systemClock.wall() - Date.now()) < 1000);
  });
});

describe('ManualClock', () => {
  test('stands still until it is advanced, then moves on both', () => {
    const clock = new ManualClock({ monotonic: 5, wall: 1000 });
    assert.deepEqual([clock.monotonic(), clock.wall()], [5, 1000]);
    clock.advance(2.5);
    assert.deepEqual([clock.monotonic(), clock.wall()], [7.5, 1002.5]);
  });

  test('a step of the wall clock leaves monotonic time alone', () => {
    const clock = new ManualClock();
    clock.advance(10);
    clock.setWall(3);
    assert.deepEqual([clock.monotonic(), clock.wall()], [10, 3]);
  });

  test('refuses to go back', () => {
    assert.throws(() => new ManualClock().advance(-1), RangeError);
    assert.throws(() => new ManualClock().advance(NaN), RangeError);
  });
});
