/**
 * The state store on a file under /run. Always holds: written atomically; a broken file, or one of a
 * version whose states this one cannot read, is an error that says so and what to do, never silently
 * an empty state.
 */
import { rename } from 'node:fs/promises';

import { EMPTY_STATE } from '../apply/state.ts';
import type { State, StateStore } from '../apply/state.ts';
import type { SiteConfig } from '../config/site.ts';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { WamptcpError } from '../lib/errors.ts';
import { fileVersion, readIfPresent, removeFile, writeAtomically } from '../system/file.ts';
import { readState, stateText } from './stored-state.ts';

export class StateFile implements StateStore {
  readonly #path: string;
  readonly #clock: Clock;
  /** Of a large hub it is a megabyte, and asked for many times a second. */
  #known: { readonly version: string; readonly state: State } | undefined;

  constructor(path: string, clock: Clock = systemClock) {
    this.#path = path;
    this.#clock = clock;
  }

  async load(): Promise<State> {
    const version = await fileVersion(this.#path);
    if (this.#known !== undefined && this.#known.version === version) return this.#known.state;
    const state = await this.#read();
    // Replaced while it was read, it is read again the next time.
    if (version !== undefined) this.#known = { version, state };
    return state;
  }

  async #read(): Promise<State> {
    const text = await readIfPresent(this.#path);
    if (text === undefined) return EMPTY_STATE;
    const state = await readState(text, this.#clock);
    if (typeof state === 'string') {
      throw new WamptcpError('STATE_UNREADABLE', `${this.#path} is ${state}`, { advice: WAY_OUT });
    }
    return state;
  }

  async save(state: State): Promise<void> {
    if (isEmpty(state)) {
      await removeFile(this.#path);
      return;
    }
    await writeAtomically(this.#path, stateText(state));
    const version = await fileVersion(this.#path);
    this.#known = version === undefined ? undefined : { version, state };
  }

  /**
   * Begins anew beside a state that cannot be read, which is kept under another name.
   * @param site whose rules, tables and devices may be here
   */
  async discard(site: SiteConfig): Promise<void> {
    if ((await readIfPresent(this.#path)) === undefined) return;
    await rename(this.#path, `${this.#path}.discarded`);
    await this.save({ ...EMPTY_STATE, attempting: site });
  }
}

const WAY_OUT =
  'Use the version of wamptcp that wrote it. Or begin anew: `wamptcp apply -c FILE --discard-state`, or ' +
  '`wamptcp down -c FILE --discard-state`; either finds what is ours by its marks, but does not know which ' +
  'addresses and kernel switches were there before. A reboot does, too.';

function isEmpty(state: State): boolean {
  return (
    state.ledger.size === 0 &&
    state.applied === undefined &&
    state.attempting === undefined &&
    state.pending === undefined
  );
}
