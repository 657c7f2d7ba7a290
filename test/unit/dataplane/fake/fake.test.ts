/** The machine in memory keeps the contract of a data plane. */
import { describe } from 'node:test';

import { dataplaneContract } from '../../../contract/dataplane.ts';
import type { ContractMachine } from '../../../contract/machine.ts';
import { FakeDataplane } from '../../../../src/dataplane/fake/fake.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

describe('the fake data plane', () => {
  dataplaneContract(async (): Promise<ContractMachine> => {
    const dataplane = new FakeDataplane();
    return {
      dataplane,
      store: new MemoryStore(),
      snapshot: async () => dataplane.snapshot(),
      addInterface: async (name) => dataplane.addInterface(name),
      setDown: async (name) => dataplane.setDown(name),
      removeInterface: async (name) => dataplane.removeInterface(name),
      addForeign: async (resource) => dataplane.addForeign(resource),
      endProgram: async (kind) => {
        dataplane.endProgram(kind);
      },
      // It has no tables but ours.
      addForeignRuleset: async () => undefined,
      close: async () => undefined,
    };
  });
});
