/**
 * A program: wakes every millisecond, before everything else on its processor, and prints a line of
 * JSON whenever it was woken late. Then the machine itself stood still (its host had no time for it),
 * and nothing that ran on it could keep a timer.
 *
 * Started by stalls.ts; ends with its parent.
 */
import { READY } from './stall-words.ts';

const LATE_MS = 15;
const bell = new Int32Array(new SharedArrayBuffer(4));

process.stdout.write(`${READY}\n`);
let before = performance.now();
for (;;) {
  Atomics.wait(bell, 0, 0, 1);
  const now = performance.now();
  const late = now - before;
  if (late > LATE_MS) process.stdout.write(`${JSON.stringify({ at: Date.now(), ms: late })}\n`);
  before = now;
}
