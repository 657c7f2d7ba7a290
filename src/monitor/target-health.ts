/**
 * Whether a WAN leads to the Internet, by the answers of several targets; pure.
 *
 * Always holds: a target is dead by losses alone, so one that was hardly asked yet is alive; the fewer
 * targets are alive, the less is the WAN up.
 */
import type { Address } from '../net/address.ts';
import { parseAddress } from '../net/address.ts';
import type { RoundTrip } from './round-trip.ts';

export interface HealthSettings {
  /** So many last probes of a target are judged. */
  readonly window: number;
  /** A target is dead while more than this part of them is lost, 0 … 1. */
  readonly loss: number;
  /** So many targets that live make a WAN live; undefined: half of them. */
  readonly quorum: number | undefined;
}

export interface Answer {
  readonly address: Address;
  /** Milliseconds; undefined: none in time. */
  readonly roundTrip: number | undefined;
}

/** What fping prints for a target that may be link-local. */
const LINE = /^([^\s%]+)(?:%\S+)?\s*: \[\d+\], (?:timed out|\d+ bytes, ([\d.]+) ms)/;

export function parseAnswer(line: string): Answer | undefined {
  const [, target = '', time] = LINE.exec(line) ?? [];
  const address = parseAddress(target);
  if (address === undefined) return undefined;
  return { address, roundTrip: time === undefined ? undefined : Number(time) };
}

export function isAlive({ recent }: RoundTrip, { window, loss }: HealthSettings): boolean {
  return recent.filter((answered) => !answered).length <= loss * window;
}

/** As {@link isAlive}, and has answered at least once. */
export function isAliveAndAnswers(roundTrip: RoundTrip, settings: HealthSettings): boolean {
  return roundTrip.recent.includes(true) && isAlive(roundTrip, settings);
}

/** @param alive of each target of one WAN. */
export function leadsSomewhere(alive: readonly boolean[], { quorum }: HealthSettings): boolean {
  const needed = Math.min(quorum ?? Math.ceil(alive.length / 2), alive.length);
  return alive.filter((each) => each).length >= needed;
}
