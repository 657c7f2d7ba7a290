/**
 * The engine's log → BFD transitions; pure.
 *
 * Always holds: a line that is none is ignored; addresses tell paths apart (see `tunnelAddress`).
 */
import { parseAddress } from '../net/address.ts';
import type { Address } from '../net/address.ts';

/** RFC 5880 section 4.1. */
export type BfdState = 'AdminDown' | 'Down' | 'Init' | 'Up';

export interface BfdTransition {
  /** Wall clock of the engine, milliseconds with fractions. */
  readonly at: number;
  readonly far: Address;
  readonly from: BfdState;
  readonly to: BfdState;
  /** The session is no more: its device has gone, or somebody has changed the configuration. */
  readonly removed?: true;
}

const LINE =
  /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? <\w+> \w+: Session to (\S+) changed state from (AdminDown|Down|Init|Up) to (AdminDown|Down|Init|Up)$/;

const REMOVED = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? <\w+> \w+: Session to (\S+) removed$/;

export function parseEngineLine(line: string): BfdTransition | undefined {
  const changed = LINE.exec(line);
  const match = changed ?? REMOVED.exec(line);
  if (match === null) return undefined;
  const [, date, time, fraction = '', neighbour = '', from = 'Up', to = 'Down'] = match;
  const far = parseAddress(neighbour);
  if (far === undefined) return undefined;
  return {
    at: localTime(`${date ?? ''}T${time ?? ''}`, fraction),
    far,
    from: from as BfdState,
    to: to as BfdState,
    ...(changed === null ? { removed: true } : {}),
  };
}

/** BIRD and iproute2 both write local time with microseconds, which `Date` would cut off. */
export function localTime(dateAndTime: string, fraction: string): number {
  return new Date(dateAndTime).getTime() + Number(fraction === '' ? 0 : fraction) * 1000;
}

const SESSION =
  /^(\S+)\s+\S+\s+(AdminDown|Down|Init|Up)\s+(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?/;

/** `birdc show bfd sessions`: the sessions as they are, each as a transition to its state. */
export function parseSessions(text: string): readonly BfdTransition[] {
  return text.split('\n').flatMap((line) => {
    const [, neighbour = '', state, date = '', time = '', fraction = ''] = SESSION.exec(line) ?? [];
    const far = parseAddress(neighbour);
    if (far === undefined) return [];
    const to = state as BfdState;
    return [{ at: localTime(`${date}T${time}`, fraction), far, from: 'Down' as const, to }];
  });
}
