/**
 * Looks once a second why paths are not up, and tells what can be mended.
 *
 * Always holds: what is told was so for several seconds in a row, and is told once until it changes
 * or the path comes up. Which paths were ever up outlives the daemon.
 */
import type { Stranger } from '../monitor/strangers.ts';
import type { Event } from '../observe/event.ts';
import type { Facts } from '../plan/facts.ts';
import { localAddress } from '../plan/tunnels.ts';
import { diagnose } from './diagnosis.ts';
import type { Signs } from './diagnosis.ts';
import { describeNeverUp } from './narrate.ts';
import type { TrackedPath } from './path-tracker.ts';
import type { WereUp } from './were-up.ts';

/** A handshake takes less, also on a slow line. */
const SECONDS_BEFORE_SAYING = 3;

/** So many probes in a row, one a second. */
const PROBES = 3;

export interface DiagnosisWatchOptions {
  readonly facts: () => Facts;
  /** Whether anything came by this device during the last second. */
  readonly hears: (device: string) => boolean;
  readonly strangers: () => Promise<readonly Stranger[]>;
  readonly wereUp: WereUp;
  /** Chains of others that may be why; asked only while a path is not up. */
  readonly firewalls: (path: TrackedPath) => readonly string[];
  /** Of our BFD, as the site file says it. */
  readonly dscp: () => string;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
}

interface Finding {
  readonly text: string;
  readonly seconds: number;
}

export class DiagnosisWatch {
  readonly #options: DiagnosisWatchOptions;
  #findings: ReadonlyMap<string, Finding> = new Map();
  /** Seconds since the first verdict on paths that were not up since the daemon began. */
  #waited: ReadonlyMap<string, number> = new Map();

  constructor(options: DiagnosisWatchOptions) {
    this.#options = options;
  }

  async everySecond(paths: readonly TrackedPath[]): Promise<void> {
    await this.#options.wereUp.add(paths.filter(({ wasUpAsSet }) => wasUpAsSet));
    const failed = paths.filter((path) => !path.history.up && path.drain === undefined);
    this.#tellNeverUp(failed);
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

  /** What is down when the daemon begins is told when it stays so: mostly it is just coming up. */
  #tellNeverUp(failed: readonly TrackedPath[]): void {
    const before = this.#waited;
    const waited = new Map<string, number>();
    for (const path of failed) {
      if (path.wasUp || path.bfd === undefined) continue;
      const { name } = path.plan;
      const seconds = (before.get(name) ?? 0) + 1;
      waited.set(name, seconds);
      if (seconds !== SECONDS_BEFORE_SAYING) continue;
      this.#options.onEvent(describeNeverUp(path));
    }
    this.#waited = waited;
  }

  #find(path: TrackedPath, strangers: readonly Stranger[]): Finding | undefined {
    const { name, wan } = path.plan;
    const found = diagnose(path.plan, this.#signs(path, strangers));
    if (found === undefined) return undefined;
    const before = this.#findings.get(name);
    const seconds = before?.text === found.text ? before.seconds + 1 : 1;
    if (found.notable && seconds === SECONDS_BEFORE_SAYING) {
      const text = `${name}: ${found.text}`;
      this.#options.onEvent({ kind: 'path-diagnosis', path: name, wan: wan.name, text });
    }
    return { text: found.text, seconds };
  }

  #signs(path: TrackedPath, strangers: readonly Stranger[]): Signs {
    const last = path.roundTrip.recent.slice(-PROBES);
    return {
      bfd: path.bfd,
      hears: this.#options.hears(path.plan.device),
      wasUp: this.#options.wereUp.has(path),
      probesPass: last.length === PROBES && last.every((answered) => answered),
      strangers,
      local: localAddress(path.plan, this.#options.facts()),
      firewalls: this.#options.firewalls(path),
      dscp: this.#options.dscp(),
    };
  }
}
