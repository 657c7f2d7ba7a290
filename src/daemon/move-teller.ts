/**
 * Makes events of the kernel's route changes: the engine's log line and the kernel's notification of
 * one switch come by different ways, and one switch changes many routes.
 *
 * Always holds: one event per kind of traffic and where it belongs, however many prefixes and
 * intermediate steps; what came back to where it was is none.
 */
import type { Event } from '../observe/event.ts';
import type { Move } from './carriage-tracker.ts';
import { describeMove } from './narrate.ts';
import type { PathTracker } from './path-tracker.ts';

const GATHER_MS = 20;

interface Moved extends Move {
  readonly at: number;
}

export interface MoveTellerOptions {
  readonly paths: PathTracker;
  /** In the order in which things happened. */
  readonly inOrder: (work: () => void) => void;
  readonly onEvent: (event: Event) => void;
}

export class MoveTeller {
  readonly #options: MoveTellerOptions;
  #moves: Moved[] = [];
  #gather: NodeJS.Timeout | undefined;

  constructor(options: MoveTellerOptions) {
    this.#options = options;
  }

  add(move: Moved): void {
    this.#moves.push(move);
    clearTimeout(this.#gather);
    this.#gather = setTimeout(() => {
      const moves = this.#moves;
      this.#moves = [];
      this.#options.inOrder(() => {
        this.#tell(moves);
      });
    }, GATHER_MS);
  }

  close(): void {
    clearTimeout(this.#gather);
  }

  #tell(moved: readonly Moved[]): void {
    const groups = Map.groupBy(moved, ({ traffic, primary }) =>
      JSON.stringify([traffic, primary?.name]),
    );
    for (const moves of groups.values()) {
      const [first] = moves;
      const last = moves.at(-1);
      if (first === undefined || last === undefined || first.from === last.to) continue;
      const move = { ...last, from: first.from, at: last.at };
      const event = describeMove(move, this.#options.paths);
      if (event !== undefined) this.#options.onEvent(event);
    }
  }
}
