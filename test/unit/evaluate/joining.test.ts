/** Section V-G: what is said of hosts whose addresses did not come. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Outcomes } from '../../../src/evaluate/experiment.ts';
import { section5g } from '../../../src/evaluate/experiments/section-5g.ts';
import { joining, clientsOf } from '../../../src/evaluate/instruments/joining.ts';
import type { JoiningParameters } from '../../../src/evaluate/instruments/joining.ts';

/** Each client has its addresses after so many milliseconds, in one run for each time given. */
function joined(...runs: readonly (number | null)[]): Outcomes {
  return {
    processors: 2,
    of: (_, parameters) =>
      runs.map((awareMs) => {
        const { by } = parameters as unknown as JoiningParameters;
        const hosts = clientsOf(by).map((client) => ({ client, ordinaryMs: 1000, awareMs }));
        const value = joining.result.parse({ hosts });
        // The instrument asked is this one, so what it gives is its result.
        return { kind: 'measured', value: value as never };
      }),
  };
}

describe('section V-G', () => {
  const targets = (outcomes: Outcomes) => section5g.present(outcomes, 'quick').targets;

  test('its targets are met by medians', () => {
    const [first] = targets(joined(100, 340, 900));
    assert.deepEqual(first && [first.met, first.measured.split(';')[0]], [
      ...[true, 'the slowest, dhclient: 0.34 s'],
    ]);
  });

  test('an address that never came misses them, and is told', () => {
    for (const { met, measured } of targets(joined(null))) {
      assert.equal(met, false);
      assert.match(measured, /^the slowest, dhclient: did not come within 15 s/);
    }
  });

  test('what an address per WAN adds is told, and SLAAC is compared with nothing', () => {
    const remarks = section5g.present(joined(1200), 'full').remarks.join('\n');
    assert.match(remarks, /What it adds by DHCPv4, .* dhclient \+0\.20, udhcpc \+0\.20,/);
    assert.doesNotMatch(remarks, /slower than the paper’s/);
  });

  test('an ordinary host is one however many WANs there are', () => {
    const [table] = section5g.present(joined(100), 'full').tables;
    const cells = table?.rows[0]?.slice(1) ?? [];
    const counts = cells.map((one) => (typeof one === 'string' ? one : one.values.length));
    assert.deepEqual(counts, [3, 1, 1, 1]);
  });
});
