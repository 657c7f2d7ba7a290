/**
 * Looks once a second for what cannot be true at the same time: BFD says that a path is up, but nothing
 * comes out of its tunnel, not even BFD.
 *
 * Always holds: told once per path until it is over; a path that is not up is none of its business.
 */
import type { Event } from '../observe/event.ts';
import type { TrackedPath } from './path-tracker.ts';

/** The slowest BFD that a site file allows is heard several times in this many seconds. */
const SECONDS = 5;

export interface ContradictionWatchOptions {
  /** Whether anything came by this device during the last second. */
  readonly hears: (device: string) => boolean;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

export class ContradictionWatch {
  readonly #options: ContradictionWatchOptions;
  /** Seconds of silence, by name of the path. */
  #silent: ReadonlyMap<string, number> = new Map();

  constructor(options: ContradictionWatchOptions) {
    this.#options = options;
  }

  everySecond(paths: readonly TrackedPath[]): void {
    const { hears, onEvent } = this.#options;
    const silent = paths.filter(({ history, plan }) => history.up && !hears(plan.device));
    const before = this.#silent;
    this.#silent = new Map(
      silent.map(({ plan }) => [plan.name, (before.get(plan.name) ?? 0) + 1] as const),
    );
    for (const { plan } of silent) {
      if (this.#silent.get(plan.name) !== SECONDS) continue;
      const text = `${plan.name}: BFD says that it is up, but nothing has arrived by it for ${SECONDS} s`;
      onEvent({ kind: 'contradiction', path: plan.name, wan: plan.wan.name, text });
    }
  }
}
