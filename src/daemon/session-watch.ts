/**
 * Looks once a second whether the BFD session of a path that is not up has its sockets, and begins it
 * anew where it has not.
 *
 * Always holds: what was seen twice in a row is cured, for the engine may be about to; what comes back
 * is cured again after 2, 4 … 64 s.
 */
import { readFile } from 'node:fs/promises';

import { renewSession } from '../dataplane/kernel/bfd-session.ts';
import { socketless } from '../monitor/bfd-sockets.ts';
import type { Event } from '../observe/event.ts';
import type { PathPlan } from '../plan/path.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import type { TrackedPath } from './path-tracker.ts';
import type { Exclusively } from './revival.ts';

const LONGEST_WAIT = 64;

interface Sighting {
  /** So many seconds in a row. */
  readonly seen: number;
  readonly cures: number;
  /** It is cured when it was seen so often. */
  readonly due: number;
}

export interface SessionWatchOptions {
  readonly directory: RunDirectory;
  readonly paths: () => readonly TrackedPath[];
  readonly exclusively: Exclusively;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

export class SessionWatch {
  readonly #options: SessionWatchOptions;
  #sightings: ReadonlyMap<string, Sighting> = new Map();

  constructor(options: SessionWatchOptions) {
    this.#options = options;
  }

  async everySecond(): Promise<void> {
    const notUp = this.#options.paths().filter(({ history }) => !history.up);
    // The files are long on a hub.
    const silent = notUp.length === 0 ? [] : await sessionsWithout(notUp.map(({ plan }) => plan));
    const sightings = silent.map((plan) => {
      const before = this.#sightings.get(plan.name) ?? { seen: 0, cures: 0, due: 2 };
      return { plan, now: { ...before, seen: before.seen + 1 } };
    });
    this.#sightings = new Map(sightings.map(({ plan, now }) => [plan.name, now]));
    for (const { plan, now } of sightings) {
      if (now.seen >= now.due) await this.#cure(plan, now);
    }
  }

  async #cure(plan: PathPlan, { seen, cures }: Sighting): Promise<void> {
    const wait = Math.min(LONGEST_WAIT, 2 ** (cures + 1));
    const next = { seen, cures: cures + 1, due: seen + wait };
    this.#sightings = new Map(this.#sightings).set(plan.name, next);
    await this.#options.exclusively(() => renewSession(this.#options.directory, plan));
    const again = cures === 0 ? '' : '; if it goes on, look at the open files of bird (ulimit -n)';
    this.#options.onEvent({
      kind: 'path-diagnosis',
      path: plan.name,
      wan: plan.wan.name,
      text:
        `${plan.name}: BFD lacked a socket on ${plan.localAddress} of ${plan.device}; ` +
        `its session was begun anew${again}`,
    });
  }
}

async function sessionsWithout(plans: readonly PathPlan[]): Promise<readonly PathPlan[]> {
  const [sockets, addresses] = await Promise.all([
    readFile('/proc/net/udp6', 'utf8'),
    readFile('/proc/net/if_inet6', 'utf8'),
  ]);
  return socketless(plans, sockets, addresses);
}
