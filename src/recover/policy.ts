/**
 * When traffic may go back to a path: hold-down, flap damping, drains of the peer. The engine
 * repairs without this; this only decides what a path that is up again may be used for.
 *
 * Always holds: pure, `now` is an argument; the same history gives the same decision; a held path
 * is still used when nothing better is up.
 */
import type { Damping } from '../config/site.ts';
import type { Milliseconds } from '../net/duration.ts';

export interface PolicySettings {
  readonly holdDown: Milliseconds;
  readonly damping: Damping;
}

export interface PathHistory {
  readonly up: boolean;
  /** Monotonic, when it last changed. */
  readonly since: Milliseconds;
  /** When it went down lately, oldest first; no older than the damping window. */
  readonly downs: readonly Milliseconds[];
  /** Monotonic, until when it is held; `Infinity` while it is down and would be held afterwards. */
  readonly heldUntil: Milliseconds;
  /** Why it is held, for people. */
  readonly damped: boolean;
}

export function initialHistory(up: boolean, now: Milliseconds): PathHistory {
  return { up, since: now, downs: [], heldUntil: now, damped: false };
}

/** What is assumed of a path that was held when the daemon ended: that it is down, or came up just now. */
export function heldHistory(up: boolean, settings: PolicySettings, now: Milliseconds): PathHistory {
  if (settings.holdDown === 0 && !settings.damping.enabled) return initialHistory(up, now);
  // Without a hold-down it is damping that holds.
  const damped = settings.holdDown === 0;
  const down = { up: false, since: now, downs: [], heldUntil: Infinity, damped };
  return up ? pathCameUp(down, settings, now) : down;
}

export function pathWentDown(
  history: PathHistory,
  settings: PolicySettings,
  now: Milliseconds,
): PathHistory {
  const { enabled, flaps, window } = settings.damping;
  const downs = [...history.downs.filter((time) => time > now - window), now];
  // Still damped from before, or one flap too many within the window.
  const stillQuiet = history.damped && now < history.heldUntil;
  const damped = enabled && (stillQuiet || downs.length >= flaps);
  const held = damped || settings.holdDown > 0;
  return { up: false, since: now, downs, damped, heldUntil: held ? Infinity : now };
}

export function pathCameUp(
  history: PathHistory,
  settings: PolicySettings,
  now: Milliseconds,
): PathHistory {
  // Damped once is not damped for ever: it may have been released, and drained since.
  const damped = history.damped && isHeld(history, now);
  const wait = damped ? Math.max(settings.damping.quiet, settings.holdDown) : settings.holdDown;
  return { ...history, up: true, since: now, damped, heldUntil: now + wait };
}

/** Whether the engine should prefer other paths to this one, now. */
export function isHeld(history: PathHistory, now: Milliseconds): boolean {
  return now < history.heldUntil;
}

/** The next moment at which {@link isHeld} changes by time alone, if there is one. */
export function nextRelease(
  histories: Iterable<PathHistory>,
  now: Milliseconds,
): Milliseconds | undefined {
  const times = [...histories]
    .map((history) => history.heldUntil)
    .filter((time) => time > now && time !== Infinity);
  return times.length === 0 ? undefined : Math.min(...times);
}
