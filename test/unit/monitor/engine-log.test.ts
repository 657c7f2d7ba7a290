/** BIRD's words → transitions. The lines are BIRD 2.0.12's own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { localTime, parseEngineLine, parseSessions } from '../../../src/monitor/engine-log.ts';

const at = (time: string, fraction: string): number => localTime(`2026-11-22T${time}`, fraction);

describe('the engine’s log', () => {
  test('tells transitions to the microsecond', () => {
    const line =
      '2026-11-22 20:38:27.822410 <TRACE> bfd1: Session to fe80::64:2 changed state from Up to Down';
    assert.deepEqual(parseEngineLine(line), {
      at: at('20:38:27', '.822410'),
      far: 'fe80::64:2',
      from: 'Up',
      to: 'Down',
    });
    assert.ok(Math.abs(((parseEngineLine(line)?.at ?? 0) % 1000) - 822.41) < 1e-3);
  });

  test('tells transitions in any state of the protocol', () => {
    for (const [from, to] of [
      ['Down', 'Init'],
      ['Init', 'Up'],
      ['Up', 'AdminDown'],
      ['AdminDown', 'Down'],
    ]) {
      const line = `2026-11-22 20:38:20.998955 <TRACE> bfd1: Session to fe80::1:1171:1 changed state from ${from} to ${to}`;
      const transition = parseEngineLine(line);
      assert.deepEqual(
        [transition?.from, transition?.to, transition?.far],
        [from, to, 'fe80::1:1171:1'],
      );
    }
  });

  test('tells by the removal of a session that its path carries nothing any more', () => {
    const line = '2026-11-22 20:38:27.822410 <TRACE> bfd1: Session to fe80::64:2 removed';
    assert.deepEqual(parseEngineLine(line), {
      at: at('20:38:27', '.822410'),
      far: 'fe80::64:2',
      from: 'Up',
      to: 'Down',
      removed: true,
    });
  });

  test('tells nothing by any other line', () => {
    for (const line of [
      '',
      '2026-11-22 20:38:19.920753 <TRACE> bfd1: State changed to up',
      '2026-11-22 20:38:19.921800 <TRACE> bfd1: Session to fe80::64:2 added',
      '2026-11-22 20:38:27.822410 <TRACE> bfd1: Session to fe80::64:2 expired',
      '2026-11-22 20:38:19.920753 <INFO> Started',
      'Session to fe80::64:2 changed state from Up to Down',
      '2026-11-22 20:38:27.822410 <TRACE> bfd1: Session to nobody changed state from Up to Down',
      '2026-11-22 20:38:27.822410 <TRACE> bfd1: Session to fe80::64:2 changed state from Up to Do',
    ]) {
      assert.equal(parseEngineLine(line), undefined, line);
    }
  });
});

describe('the engine’s list of sessions', () => {
  test('tells each session’s state and since when', () => {
    const text = [
      'BIRD 2.0.12 ready.',
      'bfd1:',
      'IP address                Interface  State      Since         Interval  Timeout',
      'fe80::64:2                wt100      Up         2026-11-22 20:38:20.999182    0.050    0.150',
      'fe80::65:2                wt101      Down       2026-11-22 20:38:19.921800    0.100    0.000',
      '',
    ].join('\n');
    assert.deepEqual(parseSessions(text), [
      { at: at('20:38:20', '.999182'), far: 'fe80::64:2', from: 'Down', to: 'Up' },
      { at: at('20:38:19', '.921800'), far: 'fe80::65:2', from: 'Down', to: 'Down' },
    ]);
  });

  test('tells nothing when there are none', () => {
    assert.deepEqual(parseSessions('BIRD 2.0.12 ready.\nThere is no BFD protocol running\n'), []);
  });
});
