/**
 * Which paths were ever up as they are set now: a path that has worked needs no other settings.
 *
 * Always holds: outlives the daemon, in a file of the run directory; what cannot be written there is
 * still known while the daemon runs.
 */
import { z } from 'zod';

import { readIfPresent, replaceFile } from '../system/file.ts';
import { settingsOf } from './path-tracker.ts';
import type { TrackedPath } from './path-tracker.ts';

const stored = z.array(z.string());

/** More than a hub has; beyond it those of sites long gone are forgotten. */
const MOST = 20_000;

export class WereUp {
  readonly #path: string;
  #known: Promise<Set<string>> | undefined;
  #loaded: ReadonlySet<string> = new Set();

  constructor(path: string) {
    this.#path = path;
  }

  has(path: TrackedPath): boolean {
    return this.#loaded.has(settingsOf(path.plan));
  }

  /** Paths that are or were up as they are set now. */
  async add(paths: readonly TrackedPath[]): Promise<void> {
    this.#known ??= load(this.#path);
    const known = await this.#known;
    this.#loaded = known;
    const before = known.size;
    for (const path of paths) known.add(settingsOf(path.plan));
    if (known.size === before) return;
    const text = JSON.stringify([...known].slice(-MOST));
    // A hint for people: without it nothing else goes wrong.
    await replaceFile(this.#path, text).catch(() => undefined);
  }
}

async function load(path: string): Promise<Set<string>> {
  try {
    return new Set(stored.parse(JSON.parse((await readIfPresent(path)) ?? '[]')));
  } catch {
    return new Set();
  }
}
