/** How the contract suite tells a story: a machine for each, and what is asserted in many of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { SiteConfig } from '../../src/config/site.ts';
import { interfaceName } from '../../src/net/interface-name.ts';
import { apply } from '../support/gateway.ts';
import type { Step } from '../support/gateway.ts';
import type { ContractMachine } from './machine.ts';

export type OpenMachine = () => Promise<ContractMachine>;
export type Scenario = (sentence: string, run: (machine: ContractMachine) => Promise<void>) => void;

/** Each on a machine of its own that has the interfaces of the sites, and one of others. */
export function scenariosOn(open: OpenMachine): Scenario {
  return (sentence, run) => {
    test(sentence, async () => {
      const machine = await open();
      try {
        await equip(machine);
        await run(machine);
      } finally {
        await machine.close();
      }
    });
  };
}

export async function done(step: Promise<Step>): Promise<Step> {
  const outcome = await step;
  assert.deepEqual(outcome.comparison.conflicts, []);
  assert.equal(outcome.failure, undefined, String(outcome.failure?.error));
  return outcome;
}

export async function nothingLeft(machine: ContractMachine, wanted: SiteConfig): Promise<void> {
  const { comparison } = await done(apply(machine.dataplane, machine.store, wanted));
  assert.deepEqual(comparison.changes, []);
}

/** However it got there, the machine is now as if it had gone there at once. */
export async function sameAsFresh(
  machine: ContractMachine,
  wanted: SiteConfig,
  open: OpenMachine,
): Promise<void> {
  const reached = await machine.snapshot();
  const fresh = await open();
  try {
    await equip(fresh);
    await done(apply(fresh.dataplane, fresh.store, wanted));
    assert.equal(reached, await fresh.snapshot());
  } finally {
    await fresh.close();
  }
}

async function equip(machine: ContractMachine): Promise<void> {
  for (const name of ['lan1', 'w1', 'w2', 'other']) await machine.addInterface(name);
  await machine.addForeign({ kind: 'link-up', interface: interfaceName('other') });
}
