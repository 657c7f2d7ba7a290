/** A state store in memory. */
import { EMPTY_STATE } from '../../src/apply/state.ts';
import type { State, StateStore } from '../../src/apply/state.ts';

export class MemoryStore implements StateStore {
  state: State = EMPTY_STATE;
  /** True: whoever saves has been killed. */
  frozen = false;

  async load(): Promise<State> {
    return this.state;
  }

  async save(state: State): Promise<void> {
    if (this.frozen) throw new Error('killed');
    this.state = state;
  }
}
