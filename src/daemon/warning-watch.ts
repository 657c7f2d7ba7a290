/**
 * Looks once a minute, and when it is asked to, for what of the machine is in the way of the site.
 *
 * Always holds: what is found is told once, and once more when it is over; one look at a time.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Event } from '../observe/event.ts';
import type { Warning } from '../observe/warning.ts';
import { findWarnings, NOTHING_FOUND } from './warnings.ts';
import type { Found } from './warnings.ts';

const LOOK_MS = 60_000;

/** Changes come in bursts, on some machines for hours. */
const LOOK_AFTER_CHANGE_MS = 3000;

/** While a path is down, what may be why is looked for more often. */
const LOOK_WHILE_DOWN_MS = 10_000;

export interface WarningWatchOptions {
  /** Undefined: none is applied. */
  readonly site: () => SiteConfig | undefined;
  readonly onEvent: (event: Omit<Event, 'at'>) => void;
  readonly find?: (site: SiteConfig) => Promise<Found>;
}

export class WarningWatch {
  readonly #options: WarningWatchOptions;
  #found: Found = NOTHING_FOUND;
  /** Monotonic; undefined: never. */
  #lookedAt: number | undefined;
  #isDue = false;

  constructor(options: WarningWatchOptions) {
    this.#options = options;
  }

  list(): readonly Warning[] {
    return this.#found.warnings;
  }

  /** Chains of others that may be why a path is down. */
  firewalls(): readonly string[] {
    return this.#found.firewalls;
  }

  /** The site, nftables or an interface has changed: looked for within seconds, however often. */
  lookSoon(): void {
    this.#isDue = true;
  }

  /** @param now monotonic */
  async everySecond(now: number, anyDown: boolean): Promise<void> {
    const pause = this.#isDue ? LOOK_AFTER_CHANGE_MS : anyDown ? LOOK_WHILE_DOWN_MS : LOOK_MS;
    if (this.#lookedAt !== undefined && now - this.#lookedAt < pause) return;
    this.#lookedAt = now;
    this.#isDue = false;
    await this.#look();
  }

  async #look(): Promise<void> {
    const site = this.#options.site();
    const before = this.#found;
    const find = this.#options.find ?? findWarnings;
    this.#found = site === undefined ? NOTHING_FOUND : await find(site);
    const { warnings } = this.#found;
    const isIn = (list: readonly Warning[], { text }: Warning): boolean =>
      list.some((other) => other.text === text);
    for (const one of warnings) {
      if (isIn(before.warnings, one)) continue;
      this.#options.onEvent({ kind: 'warning', text: `${one.text}. ${one.advice}` });
    }
    if (site === undefined) return;
    for (const one of before.warnings) {
      if (isIn(warnings, one)) continue;
      this.#options.onEvent({ kind: 'warning-over', text: `no longer: ${one.text}` });
    }
  }
}
