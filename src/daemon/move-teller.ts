/**
 * Makes events of the kernel's route changes: the engine's log line and the kernel's notification of
 * one switch come by different ways, and one switch changes many routes.
 *
 * Always holds: one event per kind of traffic and where it belongs, however many prefixes and
 * intermediate steps; what came back to where it was is none. What moved to a path that is not up, since
 * none is, is told when that one comes up: nothing moves again then.
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
  readonly inOrder: (work: () => Promise<void>) => void;
  /** The tunnels of paths that are drained, at either end, as of now. */
  readonly drained: () => Promise<ReadonlySet<string>>;
  readonly onEvent: (event: Event) => void;
}

export class MoveTeller {
  readonly #options: MoveTellerOptions;
  #moves: Moved[] = [];
  #gather: NodeJS.Timeout | undefined;
  /** By kind of traffic and where it belongs: moved to a path that is not up. */
  readonly #untold = new Map<string, Moved>();

  constructor(options: MoveTellerOptions) {
    this.#options = options;
  }

  add(move: Moved): void {
    this.#moves.push(move);
    clearTimeout(this.#gather);
    this.#gather = setTimeout(() => {
      this.#tellGathered();
    }, GATHER_MS);
  }

  /** The path of this tunnel has come up. To be called in order. */
  isUp(device: string): void {
    for (const [key, move] of this.#untold) {
      if (move.to !== device) continue;
      this.#untold.delete(key);
      const { paths } = this.#options;
      const at = Math.max(move.at, paths.byDevice(device)?.verdictAt ?? 0);
      const event = describeMove({ ...move, at }, paths);
      if (event !== undefined) this.#options.onEvent(event);
    }
  }

  /** What has been gathered is told at once: whoever follows knows only what is so then. */
  close(): void {
    clearTimeout(this.#gather);
    if (this.#moves.length > 0) this.#tellGathered();
  }

  #tellGathered(): void {
    const moves = this.#moves;
    this.#moves = [];
    this.#options.inOrder(() => this.#tell(moves));
  }

  /**
   * A drain is decided before the engine moves anything, but the engine's own word of it may come later
   * than the kernel's of the routes.
   */
  async #tell(moved: readonly Moved[]): Promise<void> {
    const { paths } = this.#options;
    const left = moved.flatMap(({ from }) => paths.byDevice(from) ?? []);
    const isOpen = left.some(({ history, drain }) => history.up && drain === undefined);
    const drained = isOpen ? await this.#options.drained() : undefined;
    const groups = Map.groupBy(moved, ({ traffic, primary }) =>
      JSON.stringify([traffic, primary?.name]),
    );
    for (const [key, moves] of groups) {
      const [first] = moves;
      const last = moves.at(-1);
      if (first === undefined || last === undefined) continue;
      const from = this.#untold.has(key) ? this.#untold.get(key)?.from : first.from;
      this.#untold.delete(key);
      if (from === last.to) continue;
      const move = { ...last, from };
      const event = describeMove(move, paths, drained);
      if (event !== undefined) this.#options.onEvent(event);
      else if (last.to !== undefined) this.#untold.set(key, move);
    }
  }
}
