/** What was taken from the machine, and what it was before. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { inverse } from '../../../src/apply/change.ts';
import type { Change } from '../../../src/apply/change.ts';
import { needsLedger, release, stillTaken, take } from '../../../src/apply/ledger.ts';
import type { Ledger } from '../../../src/apply/ledger.ts';
import { EMPTY_STATE, overridesFrom } from '../../../src/apply/state.ts';
import { interfaceName } from '../../../src/net/interface-name.ts';
import { resourceKey } from '../../../src/plan/resource.ts';
import type { Resource, Sysctl } from '../../../src/plan/resource.ts';
import { branch, interfaceAddress } from '../../support/site.ts';

const EMPTY: Ledger = EMPTY_STATE.ledger;

function filter(value: string, name = 'w1'): Sysctl {
  return { kind: 'sysctl', key: ['net', 'ipv4', 'conf', name, 'rp_filter'], value };
}

function address(name: string): Resource {
  return { kind: 'address', interface: interfaceName(name), ...interfaceAddress('10.0.0.1/24') };
}

describe('the ledger', () => {
  test('keeps the first original, however often the value changes', () => {
    const values = fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1 });
    fc.assert(
      fc.property(values, (all) => {
        const ledger = all.reduce<Ledger>(
          (known, value, index) => take(known, filter(value), filter(all[index - 1] ?? '0')),
          EMPTY,
        );
        assert.deepEqual(ledger.get(resourceKey(filter('0')))?.original, filter('0'));
      }),
    );
  });

  test('has no entry for what is back at what it was', () => {
    const ledger = take(take(EMPTY, filter('2'), filter('0')), filter('0'), filter('2'));
    assert.equal(ledger.size, 0);
  });

  test('remembers that something was not there', () => {
    const ledger = take(EMPTY, address('lan1'), undefined);
    assert.deepEqual([...ledger.values()], [{ resource: address('lan1') }]);
  });

  test('is not changed by taking and releasing, which give a new one', () => {
    const before = take(EMPTY, filter('2'), filter('0'));
    take(before, address('lan1'), undefined);
    release(before, filter('2'));
    assert.deepEqual([...before.keys()], ['sysctl net.ipv4.conf.w1.rp_filter']);
  });

  test('is for what the kernel cannot mark as ours', () => {
    assert.ok(needsLedger(filter('2')));
    assert.ok(needsLedger(address('lan1')));
    assert.ok(needsLedger({ kind: 'link-up', interface: interfaceName('w1') }));
    assert.ok(!needsLedger({ kind: 'nftables', ruleset: '' }));
  });

  test('leaves out what goes with a device of ours', () => {
    assert.ok(!needsLedger(filter('2', 'wt100')));
    assert.ok(!needsLedger(address('wt100')));
  });

  test('forgets what neither exists nor is wanted', () => {
    const ledger = take(take(EMPTY, address('lan1'), undefined), filter('2'), filter('0'));
    const actual = [{ resource: filter('2'), owned: true }];
    assert.deepEqual([...stillTaken(ledger, actual, []).keys()], [resourceKey(filter('2'))]);
    assert.equal(stillTaken(ledger, actual, [address('lan1')]).size, 2);
  });
});

describe('the inverse of a change', () => {
  const resource = address('lan1');

  test('of adding is removing, and the other way round', () => {
    const change: Change = { action: 'add', resource, reason: 'missing' };
    assert.equal(inverse(change).action, 'remove');
    assert.deepEqual(inverse(inverse(change)), change);
  });

  test('of giving back is taking again', () => {
    const back: Change = {
      action: 'change',
      before: filter('2'),
      resource: filter('0'),
      release: true,
      reason: 'as it was',
    };
    assert.deepEqual(inverse(back), {
      ...back,
      before: filter('0'),
      resource: filter('2'),
      release: false,
    });
  });
});

describe('decisions', () => {
  test('apply to the paths that there are, and a drained WAN to all of its paths', () => {
    const overrides = overridesFrom(
      {
        ...EMPTY_STATE.decisions,
        drainedWans: ['wan1', 'gone'],
        held: ['wan2-hub', 'gone-hub'],
        suspect: ['wan9-hub'],
        pathMtu: { 'wan1-hub': 1350, 'gone-hub': 1300 },
      },
      branch(2),
    );
    assert.deepEqual(
      [overrides.drained, overrides.held, overrides.suspect].map((names) => [...names]),
      [['wan1-hub'], ['wan2-hub'], []],
    );
    assert.deepEqual([...overrides.pathMtu], [['wan1-hub', 1350]]);
  });
});
