/** Numbers and names in the kernel: in range, never twice, and the same on both ends. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { VNI_MAX } from '../../../src/config/defaults.ts';
import { INTERFACE_NAME_MAX } from '../../../src/net/interface-name.ts';
import {
  isHalfMade,
  isTunnelName,
  otherSide,
  ownsTable,
  RULE_RANGE,
  RULE_STEPS,
  rulePriority,
  tunnelAddress,
  tunnelMac,
  tunnelName,
  tunnelSide,
} from '../../../src/plan/ids.ts';
import { plan } from '../../../src/plan/plan.ts';
import { resourceKey } from '../../../src/plan/resource.ts';
import { anyMachine, anySite } from '../../support/any-site.ts';
import { branch, interfacesOf, plainFacts } from '../../support/site.ts';

const vni = fc.integer({ min: 1, max: VNI_MAX });
const sides = [1, 2] as const;

describe('a tunnel', () => {
  test('has a name that the kernel takes, whatever its VNI', () => {
    for (const each of [1, 100, VNI_MAX]) {
      assert.ok(tunnelName(each).length <= INTERFACE_NAME_MAX);
      assert.ok(isTunnelName(tunnelName(each)));
    }
  });

  test('shares name, address and MAC with no other, nor with its own far end', () => {
    fc.assert(
      fc.property(vni, vni, (one, other) => {
        fc.pre(one !== other);
        assert.notEqual(tunnelName(one), tunnelName(other));
        for (const make of [tunnelAddress, tunnelMac]) {
          const all = [one, other].flatMap((each) => sides.map((side) => make(each, side)));
          assert.equal(new Set<string>(all).size, 4);
        }
      }),
    );
  });

  test('has at the largest VNI a MAC and an address that are well formed', () => {
    assert.equal(tunnelMac(VNI_MAX, 2), '02:57:02:ff:ff:ff');
    assert.equal(tunnelAddress(VNI_MAX, 2), 'fe80::ff:ffff:2');
  });

  test('has two ends that agree which is which, without talking', () => {
    assert.equal(tunnelSide('branch', 'hub'), otherSide(tunnelSide('hub', 'branch')));
    const names = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
    fc.assert(
      fc.property(names, names, (one, other) => {
        fc.pre(one !== other);
        assert.equal(tunnelSide(one, other), otherSide(tunnelSide(other, one)));
      }),
    );
  });

  test('is ours half made, too: by its MAC, while it has no alias', () => {
    const made = { name: 'wt100', vni: 100, mac: tunnelMac(100, 1), alias: '' };
    assert.ok(isHalfMade(made));
    assert.ok(!isHalfMade({ ...made, alias: 'theirs' }));
    assert.ok(!isHalfMade({ ...made, mac: '02:57:01:00:00:65' }));
    assert.ok(!isHalfMade({ ...made, name: 'vxlan100' }));
  });
});

describe('the plan of any site', () => {
  test('uses only tables and priorities of its ranges, and the main table', async () => {
    const sites = fc.asyncProperty(anySite, async (site) => {
      const facts = await anyMachine().facts(interfacesOf(site));
      for (const resource of plan(site, facts).resources) {
        if (resource.kind === 'route') assert.ok(ownsTable(site, resource.table));
        if (resource.kind === 'rule') {
          assert.ok(ownsTable(site, resource.table) || resource.table === 254);
          const offset = resource.priority - site.ids.rulePriority;
          assert.ok(offset >= 0 && offset < RULE_RANGE);
        }
      }
    });
    await fc.assert(sites, { numRuns: 20 });
  });

  test('names nothing twice', async () => {
    const sites = fc.asyncProperty(anySite, async (site) => {
      const facts = await anyMachine().facts(interfacesOf(site));
      const keys = plan(site, facts).resources.map(resourceKey);
      assert.deepEqual(keys, [...new Set(keys)]);
    });
    await fc.assert(sites, { numRuns: 20 });
  });

  test('is the same whenever it is made', () => {
    fc.assert(
      fc.property(anySite, (site) => {
        const facts = plainFacts(site);
        assert.deepEqual(plan(site, facts), plan(structuredClone(site), facts));
      }),
      { numRuns: 10 },
    );
  });
});

describe('rules', () => {
  test('stand in the order in which the kernel has to ask them', () => {
    const site = branch(2);
    const priorities = RULE_STEPS.map((step) => rulePriority(site, step));
    assert.deepEqual(
      priorities,
      priorities.toSorted((one, other) => one - other),
    );
    assert.equal(new Set(priorities).size, RULE_STEPS.length);
  });

  test('are three per WAN and two more, however many hosts there are', () => {
    for (const wans of [1, 2, 3, 5, 8]) {
      const site = branch(wans);
      const rules = plan(site, plainFacts(site)).resources.filter((one) => one.kind === 'rule');
      assert.equal(rules.length, 3 * wans + 2);
    }
  });
});
