/**
 * The paths of a site as they come up: on a terminal a table in place, elsewhere a line per change.
 *
 * Always holds: a large hub does not fill the screen; what is not up comes first.
 */
import type { PathSession } from '../daemon/unwatched.ts';
import { colours } from './output.ts';
import { table } from './table.ts';

const MOST_ROWS = 16;

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class PathProgress {
  readonly #output: Output;
  #sessions: readonly PathSession[] = [];
  readonly #told = new Map<string, string>();
  #left = 0;
  #drawn = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  paths(sessions: readonly PathSession[]): void {
    this.#sessions = sessions;
    if (this.#output.isTTY === true) this.#draw();
    else this.#tell();
  }

  /** @param seconds until it is undone */
  left(seconds: number): void {
    if (seconds === this.#left) return;
    this.#left = seconds;
    if (this.#output.isTTY === true) this.#draw();
  }

  /** What is printed next begins below. */
  end(): void {
    if (this.#drawn > 0) this.#output.write('\n');
    this.#drawn = 0;
  }

  #draw(): void {
    const rows = this.#shown().map(({ name, peer, state }) => [name, peer, coloured(state)]);
    const text = [
      ...(rows.length === 0 ? [] : [table(['path', 'peer', 'state'], rows)]),
      `${this.#summary()}; undone in ${this.#left} s`,
    ].join('\n');
    // Up to where the last one began, and nothing of it is left.
    const up = this.#drawn > 1 ? `\u001b[${this.#drawn - 1}A` : '';
    this.#output.write(`\r${up}\u001b[J${text}`);
    this.#drawn = text.split('\n').length;
  }

  #tell(): void {
    for (const { name, state } of this.#sessions) {
      if (this.#told.get(name) === state) continue;
      // A thousand paths that are not up yet are the summary's business.
      const news = this.#told.has(name) || this.#sessions.length <= MOST_ROWS;
      this.#told.set(name, state);
      if (news) this.#output.write(`${name} is ${state}; ${this.#summary()}\n`);
    }
  }

  #shown(): readonly PathSession[] {
    return this.#sessions
      .toSorted((one, other) => Number(one.state === 'up') - Number(other.state === 'up'))
      .slice(0, MOST_ROWS);
  }

  #summary(): string {
    const up = this.#sessions.filter(({ state }) => state === 'up').length;
    return `${up} of ${this.#sessions.length} paths up`;
  }
}

function coloured(state: string): string {
  return (state === 'up' ? colours.green : colours.yellow)(state);
}
