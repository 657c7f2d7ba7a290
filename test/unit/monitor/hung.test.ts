/** Whether a program hangs, by what the kernel says of it and whether it answers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { HungJudge, parseProcessStat, parseUdpBacklog } from '../../../src/monitor/hung.ts';
import type { Look } from '../../../src/monitor/hung.ts';

/** How many looks it takes; undefined: more than 100. */
function looksUntilHung(look: (index: number) => Partial<Look>): number | undefined {
  const judge = new HungJudge();
  for (let index = 0; index < 100; index++) {
    const seen = { pid: 7, state: 'S', used: 5, answered: true, ...look(index) };
    if (judge.look(seen) !== undefined) return index + 1;
  }
  return undefined;
}

describe('a program', () => {
  test('that answers does not hang', () => {
    assert.equal(
      looksUntilHung(() => ({})),
      undefined,
    );
  });

  test('that was stopped hangs at the second look, not at the first', () => {
    assert.equal(
      looksUntilHung(() => ({ state: 'T', answered: false })),
      2,
    );
    assert.equal(
      looksUntilHung((index) => ({ state: index % 2 === 0 ? 'T' : 'S' })),
      undefined,
    );
  });

  test('that neither answers nor works hangs after three looks', () => {
    assert.equal(
      looksUntilHung(() => ({ answered: false })),
      3,
    );
    assert.equal(
      looksUntilHung((index) => ({ answered: index % 3 !== 0 })),
      undefined,
    );
  });

  test('that works and does not answer is busy for thirty looks', () => {
    assert.equal(
      looksUntilHung((index) => ({ answered: false, used: index })),
      30,
    );
  });

  test('that is another one each time does not hang', () => {
    assert.equal(
      looksUntilHung((index) => ({ pid: index, answered: false })),
      undefined,
    );
  });
});

test('what the kernel says of a process, whatever its name', () => {
  const fields = 'T 1 2 3 0 -1 4194304 1 0 0 0 12 30 0 0 20 0 1 0 100';
  assert.deepEqual(parseProcessStat(`77 (a) b (c) ${fields}`), { state: 'T', used: 42 });
  assert.equal(parseProcessStat(''), undefined);
});

test('what waits in the UDP sockets of a process', () => {
  const table = [
    '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
    '  67: 00000000:0043 00000000:0000 07 00000000:00000300 00:00000000 00000000     0        0 4711 2 0000000000000000 0',
    '  68: 00000000:0044 00000000:0000 07 00000000:00000100 00:00000000 00000000     0        0 4712 2 0000000000000000 0',
  ].join('\n');
  assert.equal(parseUdpBacklog(table, new Set(['4711'])), 0x300);
  assert.equal(parseUdpBacklog(table, new Set()), 0);
});
