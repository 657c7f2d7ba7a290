/**
 * The state store on a file under /run. Always holds: written atomically; a file of another version
 * of ours, or a broken one, is an error that says so, never silently an empty state.
 */
import type { LedgerEntry } from '../apply/ledger.ts';
import { EMPTY_STATE } from '../apply/state.ts';
import type { Pending, State, StateStore } from '../apply/state.ts';
import { systemClock } from '../lib/clock.ts';
import { WamptcpError } from '../lib/errors.ts';
import { readIfPresent, removeFile, writeAtomically } from '../system/file.ts';

const VERSION = 1;

/** Written before an upgrade, it has only the time that people are told. */
type StoredPending = Omit<Pending, 'due'> & { readonly due?: number };

interface Stored extends Omit<State, 'ledger' | 'pending'> {
  readonly pending?: StoredPending | undefined;
  readonly version: number;
  readonly ledger: readonly (readonly [string, LedgerEntry])[];
}

export class StateFile implements StateStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<State> {
    const text = await readIfPresent(this.#path);
    if (text === undefined) return EMPTY_STATE;
    const stored = this.#parse(text);
    return {
      ...EMPTY_STATE,
      ...stored,
      ledger: new Map(stored.ledger),
      pending: stored.pending && withDue(stored.pending),
      // Written before an upgrade, it may lack some.
      decisions: { ...EMPTY_STATE.decisions, ...stored.decisions },
    };
  }

  async save(state: State): Promise<void> {
    if (isEmpty(state)) {
      await removeFile(this.#path);
      return;
    }
    const stored: Stored = { ...state, version: VERSION, ledger: [...state.ledger] };
    await writeAtomically(this.#path, JSON.stringify(stored));
  }

  #parse(text: string): Stored {
    try {
      // Only this class writes the file, and only root can; its version says what is in it.
      const stored = JSON.parse(text) as Stored;
      if (stored.version === VERSION) return stored;
    } catch {
      // Said below, like a wrong version.
    }
    throw new WamptcpError(
      'STATE_UNREADABLE',
      `${this.#path} is not a state file of this version`,
      {
        advice: 'Reboot, or remove the file after checking `ip rule` and `ip link` by hand.',
      },
    );
  }
}

function withDue(pending: StoredPending): Pending {
  const left = pending.until - systemClock.wall();
  return { ...pending, due: pending.due ?? systemClock.monotonic() + left };
}

function isEmpty(state: State): boolean {
  return (
    state.ledger.size === 0 &&
    state.applied === undefined &&
    state.attempting === undefined &&
    state.pending === undefined
  );
}
