/**
 * Finds out what fits through the tunnel of each path that is up: as soon as it is up, and once a
 * minute, since a line may change its way without any notice.
 *
 * Always holds: one search at a time for a path, a few in all; a path of which nothing is heard
 * keeps what was known of it; a search that ends after `close` is of no consequence.
 */
import { searchPathMtu } from '../monitor/path-mtu.ts';
import type { Ask } from '../monitor/path-mtu.ts';
import type { Milliseconds } from '../net/duration.ts';
import { run } from '../system/command.ts';
import type { TrackedPath } from './path-tracker.ts';

const AGAIN_MS = 60_000;
const SETTLED_MS = 2000;
/** A hub has thousands of paths, and fping is a process for each: it takes minutes to ask all. */
const AT_ONCE = 2;
const TURN_SECONDS = 300;
/** IPv6 and ICMPv6 headers (RFC 8200, RFC 4443). */
const HEADERS = 48;

export interface PathMtuWatchOptions {
  /** What the WAN of a path takes inside the tunnel, octets; undefined: there is none. */
  readonly deviceMtu: (device: string) => number | undefined;
  /** What was found before, by name of the path. */
  readonly known: Readonly<Record<string, number>>;
  /** @param mtu undefined: as much as the device takes. */
  readonly onFound: (path: TrackedPath, mtu: number | undefined) => void;
  /** How a target is asked; default: by fping. */
  readonly askThrough?: (target: string, roundTrip: Milliseconds) => Ask;
}

interface Search {
  /** Since when the path was up, and what its device took: with another value all is asked anew. */
  readonly of: string;
  readonly at: number;
}

export class PathMtuWatch {
  readonly #options: PathMtuWatchOptions;
  readonly #found: Map<string, number>;
  readonly #searches = new Map<string, Search>();
  readonly #running = new Set<string>();
  #closed = false;

  constructor(options: PathMtuWatchOptions) {
    this.#options = options;
    this.#found = new Map(Object.entries(options.known));
  }

  close(): void {
    this.#closed = true;
  }

  /** @param now monotonic. */
  everySecond(paths: readonly TrackedPath[], now: number): void {
    const atOnce = Math.max(AT_ONCE, Math.ceil(paths.length / TURN_SECONDS));
    for (const path of this.#inTurn(paths)) {
      if (this.#running.size >= atOnce) return;
      const { name, device } = path.plan;
      const full = this.#options.deviceMtu(device);
      // What was asked first may have waited for neighbours to be found.
      if (!path.history.up || now - path.history.since < SETTLED_MS) continue;
      const roundTrip = path.roundTrip.last;
      // Who answers nothing small answers nothing large.
      if (full === undefined || roundTrip === undefined) continue;
      if (this.#running.has(name)) continue;
      const before = this.#searches.get(name);
      const of = `${path.history.since} ${full}`;
      if (before?.of === of && now - before.at < AGAIN_MS) continue;
      this.#searches.set(name, { of, at: now });
      void this.#search(path, full, roundTrip);
    }
  }

  /** Who was asked longest ago comes first. */
  #inTurn(paths: readonly TrackedPath[]): readonly TrackedPath[] {
    const last = ({ plan }: TrackedPath): number => this.#searches.get(plan.name)?.at ?? -Infinity;
    return paths
      .map((path) => ({ path, at: last(path) }))
      .toSorted((one, other) => (one.at === other.at ? 0 : one.at - other.at))
      .map(({ path }) => path);
  }

  async #search(path: TrackedPath, full: number, roundTrip: Milliseconds): Promise<void> {
    const { name, farAddress, device } = path.plan;
    this.#running.add(name);
    const ask = (this.#options.askThrough ?? askByEcho)(`${farAddress}%${device}`, roundTrip);
    const found = await searchPathMtu(ask, full, this.#found.get(name));
    this.#running.delete(name);
    if (this.#closed || found === undefined) return;
    this.#found.set(name, found);
    this.#options.onFound(path, found === full ? undefined : found);
  }
}

/** Echo requests that must not be cut, each three times if need be. */
function askByEcho(target: string, roundTrip: Milliseconds): Ask {
  // An answer that is later than that is none: a queue that is full must not look like a small MTU.
  const patience = Math.min(Math.max(200, 8 * roundTrip), 2000);
  return async (sizes) => {
    const answered = await Promise.all(
      sizes.map((size) =>
        run([
          ...['fping', '-6', '-q', '-M', '-O', '0x04', '-b', String(size - HEADERS)],
          ...['-r', '2', '-B', '1', '-t', String(Math.round(patience))],
          target,
        ]).then(
          () => true,
          () => false,
        ),
      ),
    );
    return new Set(sizes.filter((_, index) => answered[index]));
  };
}
