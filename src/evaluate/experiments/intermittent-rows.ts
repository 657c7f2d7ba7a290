/**
 * What Tables IV and V ask: the same downloads and transactions, of the same mechanisms at the same
 * intervals of BFD.
 */
import { mechanism as mechanismOf } from '../../lab/mechanism/mechanisms.ts';
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { task } from '../experiment.ts';
import type { Outcome, Outcomes, Scale, Task } from '../experiment.ts';
import { intermittent, intermittentParameters } from '../instruments/intermittent.ts';
import type { IntermittentParameters, IntermittentResult } from '../instruments/intermittent.ts';
import { titleOf } from '../mechanism-titles.ts';
import { ONE_LINE_AT_A_TIME } from '../one-at-a-time.ts';
import { PERIODS } from '../paper/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import type { Row } from './intermittent-remarks.ts';

interface Size {
  readonly bytes: number;
  /** Of transactions. */
  readonly seconds: number;
  readonly periods: readonly Period[];
  readonly bfd: readonly number[];
  readonly repetitions: number;
  /** Of what targets are about: a single run in which something went wrong should not decide. */
  readonly promisedRepetitions: number;
  /** Beside those of the paper and ours. */
  readonly others: readonly MechanismName[];
}

export const SCALES: Readonly<Record<Scale, Size>> = {
  quick: {
    ...{ bytes: 60e6, seconds: 5, repetitions: 1, promisedRepetitions: 1 },
    ...{ periods: [1, 0], bfd: [100], others: [] },
  },
  full: {
    ...{ bytes: 250e6, seconds: 8, repetitions: 2, promisedRepetitions: 3 },
    ...{ periods: PERIODS, bfd: [1000, 100] },
    others: ['proxy-dante', 'proxy-fr'],
  },
};

export interface Asked {
  readonly mechanism: MechanismName;
  readonly bfd: number;
}

/** What the project promises figures of. */
export const PROMISED: readonly Asked[] = [20, 10].map((bfd) => ({
  mechanism: 'wamptcp-fr-profile',
  bfd,
}));

export const TUNNEL: Asked = { mechanism: 'tunnel', bfd: 0 };

export function asked(scale: Scale): readonly Asked[] {
  const detecting = (mechanism: MechanismName): readonly Asked[] =>
    SCALES[scale].bfd.map((bfd) => ({ mechanism, bfd }));
  return [
    ...detecting('handoff'),
    { mechanism: 'handoff-ping', bfd: 0 },
    TUNNEL,
    { mechanism: 'proxy', bfd: 0 },
    ...SCALES[scale].others.map((mechanism) => ({ mechanism, bfd: 100 })),
    { mechanism: 'wamptcp', bfd: 0 },
    ...detecting('wamptcp-fr'),
    ...PROMISED,
  ];
}

function parametersOf(
  { mechanism, bfd }: Asked,
  period: Period,
  scale: Scale,
): IntermittentParameters {
  const { bytes, seconds } = SCALES[scale];
  return intermittentParameters({ mechanism, bfd, period, bytes, seconds });
}

export function tasks(scale: Scale): readonly Task[] {
  const { periods, repetitions, promisedRepetitions } = SCALES[scale];
  return asked(scale).flatMap((one) => {
    const times = PROMISED.includes(one) ? promisedRepetitions : repetitions;
    return periods.map((period) => task(intermittent, parametersOf(one, period, scale), times));
  });
}

export type Found = (one: Asked, period: Period) => readonly Outcome<IntermittentResult>[];

export function finder(outcomes: Outcomes, scale: Scale): Found {
  return (one, period) => outcomes.of(intermittent, parametersOf(one, period, scale));
}

/** `WaMPTCP+FR, BFD 100 ms`. */
export function placeOf({ mechanism, bfd }: Asked): string {
  const at = mechanismOf(mechanism).detects ? `, BFD ${bfd} ms` : '';
  return `${titleOf(mechanism)}${at}`;
}

/** As they are called in sentences. */
export function namedRows(which: readonly Asked[], found: Found): readonly Row[] {
  return which.map((one) => ({ title: placeOf(one), found: (period) => found(one, period) }));
}

/** Who uses both lines at once. */
export function both(scale: Scale): readonly Asked[] {
  return asked(scale).filter(({ mechanism }) => !ONE_LINE_AT_A_TIME.includes(mechanism));
}

export function rowsOfBoth(found: Found, scale: Scale): readonly Row[] {
  return namedRows(both(scale), found);
}

export function withOutages(scale: Scale): readonly Period[] {
  return SCALES[scale].periods.filter((period) => period !== 0);
}
