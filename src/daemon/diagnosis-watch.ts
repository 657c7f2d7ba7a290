/**
 * Looks once a second why paths are not up, and tells what can be mended.
 *
 * Always holds: what is told was so for several seconds in a row, and is told once until it changes
 * or the path comes up.
 */
import type { Stranger } from '../monitor/strangers.ts';
import type { Event } from '../observe/event.ts';
import type { Facts } from '../plan/facts.ts';
import { localAddress } from '../plan/tunnels.ts';
import { diagnose } from './diagnosis.ts';
import type { TrackedPath } from './path-tracker.ts';

/** A handshake takes less, also on a slow line. */
const SECONDS_BEFORE_SAYING = 3;

export interface DiagnosisWatchOptions {
  readonly facts: () => Facts;
  /** Whether anything came by this device during the last second. */
  readonly hears: (device: string) => boolean;
  readonly strangers: () => Promise<readonly Stranger[]>;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

interface Finding {
  readonly text: string;
  readonly seconds: number;
}

export class DiagnosisWatch {
  readonly #options: DiagnosisWatchOptions;
  #findings: ReadonlyMap<string, Finding> = new Map();
  /** Paths as they were set when they were up: set in another way, one may never come up. */
  readonly #wereUp = new Set<string>();

  constructor(options: DiagnosisWatchOptions) {
    this.#options = options;
  }

  async everySecond(paths: readonly TrackedPath[]): Promise<void> {
    for (const { plan, history } of paths) if (history.up) this.#wereUp.add(settings(plan));
    const failed = paths.filter((path) => !path.history.up && path.drain === undefined);
    const strangers = failed.length === 0 ? [] : await this.#options.strangers();
    this.#findings = new Map(
      failed.flatMap((path) => {
        const finding = this.#find(path, strangers);
        return finding === undefined ? [] : [[path.plan.name, finding]];
      }),
    );
  }

  /** By name of the path; those of which there is nothing to say are missing. */
  texts(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#findings]
        .filter(([, { seconds }]) => seconds >= SECONDS_BEFORE_SAYING)
        .map(([name, { text }]) => [name, text]),
    );
  }

  #find(path: TrackedPath, strangers: readonly Stranger[]): Finding | undefined {
    const { name, device, wan } = path.plan;
    const found = diagnose(path.plan, {
      bfd: path.bfd,
      hears: this.#options.hears(device),
      wasUp: this.#wereUp.has(settings(path.plan)),
      strangers,
      local: localAddress(path.plan, this.#options.facts()),
    });
    if (found === undefined) return undefined;
    const before = this.#findings.get(name);
    const seconds = before?.text === found.text ? before.seconds + 1 : 1;
    if (found.notable && seconds === SECONDS_BEFORE_SAYING) {
      const text = `${name}: ${found.text}`;
      this.#options.onEvent({ kind: 'path-diagnosis', path: name, wan: wan.name, text });
    }
    return { text: found.text, seconds };
  }
}

function settings({ name, config }: TrackedPath['plan']): string {
  return [name, config.remote, config.nat].join(' ');
}
