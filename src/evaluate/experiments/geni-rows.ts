/**
 * What Tables VI and VII ask: the same downloads and transactions, over two long lines of which either
 * one flaps.
 */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { task } from '../experiment.ts';
import type { Outcome, Outcomes, Scale, Task } from '../experiment.ts';
import { intermittent, intermittentParameters } from '../instruments/intermittent.ts';
import type { IntermittentParameters, IntermittentResult } from '../instruments/intermittent.ts';
import { titleOf } from '../mechanism-titles.ts';
import { ONE_LINE_AT_A_TIME } from '../one-at-a-time.ts';
import type { Flapping } from '../paper/geni.ts';
import { PERIODS } from '../paper/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import type { Row } from './intermittent-remarks.ts';

export const SCALES = {
  quick: { bytes: 1.5e6, seconds: 4, periods: [1, 0], repetitions: 1 },
  full: { bytes: 20e6, seconds: 10, periods: PERIODS, repetitions: 2 },
} as const;

export const MECHANISMS = [
  ...(['handoff', 'tunnel', 'proxy', 'wamptcp', 'wamptcp-fr', 'wamptcp-fr-profile'] as const),
] satisfies readonly MechanismName[];

export const BFD = 100;
/**
 * RTT in ms from the paper's transactions, 19.3 and 9.8 a second. Rates in Mb/s from its downloads, which
 * have nine tenths of a line's rate as at 100 Mb/s: 20 MB took 49 s over the first line, and 32 s over both.
 */
export const LOW = { rate: 3.6, rtt: 51 } as const;
export const HIGH = { rate: 1.9, rtt: 102 } as const;

type Flaps = readonly (readonly [Flapping, string])[];

/** The quick scale has the first. */
export function flaps(scale: Scale): Flaps {
  const first = ['first', `the line of ${LOW.rtt} ms flaps`] as const;
  const second = ['second', `the line of ${HIGH.rtt} ms flaps`] as const;
  return scale === 'full' ? [first, second] : [first];
}

function parametersOf(
  mechanism: MechanismName,
  flapping: Flapping,
  period: Period,
  scale: Scale,
): IntermittentParameters {
  const { bytes, seconds } = SCALES[scale];
  const [first, second] = flapping === 'first' ? [LOW, HIGH] : [HIGH, LOW];
  return intermittentParameters({
    ...{ mechanism, bfd: BFD, period, bytes, seconds },
    ...{ firstRate: first.rate, firstRtt: first.rtt },
    ...{ secondRate: second.rate, secondRtt: second.rtt },
  });
}

export function tasks(scale: Scale): readonly Task[] {
  const { periods, repetitions } = SCALES[scale];
  return MECHANISMS.flatMap((name) =>
    flaps(scale).flatMap(([flapping]) =>
      periods.map((period) =>
        task(intermittent, parametersOf(name, flapping, period, scale), repetitions),
      ),
    ),
  );
}

export function withOutages(scale: Scale): readonly Period[] {
  return SCALES[scale].periods.filter((period) => period !== 0);
}

export type FoundAt = (
  name: MechanismName,
  flapping: Flapping,
  period: Period,
) => readonly Outcome<IntermittentResult>[];

export function finder(outcomes: Outcomes, scale: Scale): FoundAt {
  return (name, flapping, period) =>
    outcomes.of(intermittent, parametersOf(name, flapping, period, scale));
}

export function namedRows(
  names: readonly MechanismName[],
  found: FoundAt,
  flapping: Flapping,
): readonly Row[] {
  return names.map((name) => ({
    title: titleOf(name),
    found: (period) => found(name, flapping, period),
  }));
}

/** Who uses both lines at once. */
export function rowsOfBoth(found: FoundAt, flapping: Flapping): readonly Row[] {
  const both = MECHANISMS.filter((name) => !ONE_LINE_AT_A_TIME.includes(name));
  return namedRows(both, found, flapping);
}
