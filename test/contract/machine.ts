/** What the contract suite needs to know of a machine besides its data plane. */
import type { Dataplane } from '../../src/apply/dataplane.ts';
import type { StateStore } from '../../src/apply/state.ts';
import type { Resource } from '../../src/plan/resource.ts';

export interface ContractMachine {
  readonly dataplane: Dataplane;
  readonly store: StateStore;
  /** Everything there is, of whomever: equal text is an equal machine. */
  snapshot(): Promise<string>;
  /** An interface that is not ours, down and without addresses. */
  addInterface(name: string): Promise<void>;
  removeInterface(name: string): Promise<void>;
  /** As somebody may do with any interface, ours too. */
  setDown(name: string): Promise<void>;
  /** Something of somebody else's. */
  addForeign(resource: Resource): Promise<void>;
  /** A process that we started ends, as by a crash. */
  endProgram(kind: 'provisioner' | 'proxy'): Promise<void>;
  /** Somebody else's filters, in a table of their own. */
  addForeignRuleset(): Promise<void>;
  close(): Promise<void>;
}
