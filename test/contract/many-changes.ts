/** The part of the contract about many changes at once: as one after the other, but for the time it takes. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { inverse } from '../../src/apply/change.ts';
import type { Change } from '../../src/apply/change.ts';
import { compare } from '../../src/apply/converge.ts';
import type { Dataplane, Executed } from '../../src/apply/dataplane.ts';
import { brieflyOf } from '../../src/lib/errors.ts';
import { interfaceName } from '../../src/net/interface-name.ts';
import { NO_OVERRIDES } from '../../src/plan/overrides.ts';
import type { Resource, Vxlan } from '../../src/plan/resource.ts';
import type { ContractMachine } from './machine.ts';
import { scenariosOn } from './scenario.ts';
import type { OpenMachine } from './scenario.ts';
import { site, tunnelsOf } from './sites.ts';

export function manyChangesContract(open: OpenMachine): void {
  const scenario = scenariosOn(open);

  describe('many changes', () => {
    scenario('do what each of them does, and are told in order', async (machine) => {
      const before = await machine.snapshot();
      const changes = await changesOf(machine);
      const one = await oneByOne(machine.dataplane, changes);
      assert.deepEqual(one, { done: changes.length });
      const reached = await machine.snapshot();
      await undo(machine, changes);
      assert.equal(await machine.snapshot(), before);

      const told: (readonly [Change, number])[] = [];
      const all = await machine.dataplane.executeAll(changes, {
        progress: (change, index) => told.push([change, index]),
      });
      assert.deepEqual(all, { done: changes.length });
      assert.equal(await machine.snapshot(), reached);
      assert.deepEqual(
        told,
        changes.map((change, index) => [change, index]),
      );
      await undo(machine, changes);
      assert.equal(await machine.snapshot(), before);
    });

    const [, second] = tunnelsOf(site());
    assert.ok(second);
    const refused: readonly (readonly [string, (machine: ContractMachine) => Promise<Change[]>])[] =
      [
        [
          'by the kernel at once',
          async (machine) => {
            await machine.addForeign(theirs(second));
            return await changesOf(machine);
          },
        ],
        [
          'since a device is not there',
          async (machine) =>
            (await changesOf(machine)).map((change) =>
              isOf(change.resource, second)
                ? { ...change, resource: { ...second, lower: interfaceName('absent') } }
                : change,
            ),
        ],
        [
          'since it is there already',
          async (machine) => {
            const changes = await changesOf(machine);
            const last = changes.find(({ resource }) => resource.kind === 'rule');
            assert.ok(last);
            return [...changes, last];
          },
        ],
      ];
    for (const [how, prepare] of refused) {
      scenario(`one of which is refused ${how}, end before it`, async (machine) => {
        const before = await machine.snapshot();
        const changes = await prepare(machine);
        const prepared = await machine.snapshot();
        const one = await oneByOne(machine.dataplane, changes);
        const reached = await machine.snapshot();
        assert.ok(one.done > 5 && one.done < changes.length);
        assert.notEqual(reached, before);
        await undo(machine, changes.slice(0, one.done));
        assert.equal(await machine.snapshot(), prepared);

        const all = await machine.dataplane.executeAll(changes);
        assert.equal(all.done, one.done);
        assert.equal(brieflyOf(all.error), brieflyOf(one.error));
        assert.equal(await machine.snapshot(), reached);
      });
    }

    scenario('to addresses take no other address of the network along', async (machine) => {
      const lan = interfaceName('lan1');
      const address = (text: string): Resource => ({
        kind: 'address',
        interface: lan,
        address: text as never,
        length: 24,
      });
      const [first, next, other] = ['10.10.1.1', '10.10.1.9', '10.10.1.77'].map(address);
      assert.ok(first && next && other);
      await machine.addForeign({ kind: 'link-up', interface: lan });
      const add = (resource: Resource): Change => ({ action: 'add', resource, reason: '' });
      await machine.addForeign(next);
      const alone = await machine.snapshot();
      await machine.dataplane.execute(inverse(add(next)));
      const changes = [add(first), add(other)];
      assert.deepEqual(await machine.dataplane.executeAll(changes), { done: 2 });
      // With the first of a network the kernel would delete those that came after it.
      await machine.addForeign(next);
      const removals = [add(first), add(other)].map(inverse);
      assert.deepEqual(await machine.dataplane.executeAll(removals), { done: 2 });
      assert.equal(await machine.snapshot(), alone);
    });

    scenario('none of them, are done', async (machine) => {
      assert.deepEqual(await machine.dataplane.executeAll([]), { done: 0 });
    });
  });
}

async function changesOf({ dataplane, store }: ContractMachine): Promise<Change[]> {
  return [...(await compare(dataplane, await store.load(), site(), NO_OVERRIDES)).changes];
}

async function oneByOne(dataplane: Dataplane, changes: readonly Change[]): Promise<Executed> {
  for (const [done, change] of changes.entries()) {
    try {
      await dataplane.execute(change);
    } catch (error) {
      return { done, error };
    }
  }
  return { done: changes.length };
}

async function undo({ dataplane }: ContractMachine, changes: readonly Change[]): Promise<void> {
  const back = changes.toReversed().map(inverse);
  assert.deepEqual(await dataplane.executeAll(back), { done: back.length });
}

/** The kernel allows a VNI once per port, whatever the device is called. */
function theirs(tunnel: Vxlan): Vxlan {
  return { ...tunnel, name: interfaceName('theirs'), alias: 'theirs' };
}

function isOf(resource: Resource, tunnel: Vxlan): boolean {
  return resource.kind === 'vxlan' && resource.name === tunnel.name;
}
