/** What /proc says of processor time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  machineSeconds,
  parseMachineSeconds,
  parseProcessSeconds,
  processorSeconds,
} from '../../../src/lab/processor-time.ts';

describe('processor time', () => {
  test('of a process is its own and that of its ended children, whatever its name', () => {
    const line =
      '77 (a) b (c) S 1 77 77 0 -1 4194560 1 2 3 4 100 20 3000 400000 20 0 1 0 999 1 1 1 1';
    assert.equal(parseProcessSeconds(line), 4031.2);
  });

  test('of the machine has neither idleness nor what others took', () => {
    const text = 'cpu  100 20 3000 5000000 60000 700 8000 90000 1000 5\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
    assert.equal(parseMachineSeconds(text), 118.2);
  });

  test(
    'grows while this process works, and a process that is gone counts for nothing',
    { timeout: 20_000 },
    async () => {
      const before = { own: await processorSeconds([process.pid, 0]), all: await machineSeconds() };
      // Ticks are a hundredth of a second, and those of the machine are counted on their own.
      while ((await processorSeconds([process.pid])) < before.own + 0.05);
      const late = before.own + 5;
      while (
        (await machineSeconds()) <= before.all &&
        (await processorSeconds([process.pid])) < late
      );
      assert.ok((await machineSeconds()) > before.all);
    },
  );
});
