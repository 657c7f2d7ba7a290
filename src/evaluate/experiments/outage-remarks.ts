/**
 * In which metrics of an outage we differ from the paper, who does, and why. Pure.
 *
 * Always holds: only what was measured is named; a difference of less than a quarter, or of less than a
 * tenth of a second, is none.
 */
import { median } from '../../lib/statistics.ts';
import type { MeasuredCell, Scale } from '../experiment.ts';
import { LENGTHS } from './outage-cells.ts';
import type { Metric } from './outage-cells.ts';

/** One cell of a table beside the paper's figure. */
export interface Compared {
  /** Who, as in the table. */
  readonly title: string;
  readonly metric: Metric;
  readonly cell: MeasuredCell;
  /** Its subflow rests on the dead line, for there is no Fast Recovery. */
  readonly rests?: boolean;
}

type Difference = 'longer' | 'shorter';
type Reasons = Readonly<Record<Difference, (named: readonly Compared[], scale: Scale) => string>>;

const REASONS: Readonly<Record<Exclude<Metric, 'latencyRecovery'>, readonly [string, Reasons]>> = {
  throughputFailure: [
    'T-throughput-failure',
    {
      longer: () =>
        'Only data that is new counts as throughput here (docs/metrics.md). Linux gives a subflow up as stale after some timeouts ' +
        'and then sends everything again that is not confirmed, of all subflows (docs/hosts.md); meanwhile less that is new arrives.',
      shorter: () => DETECTION,
    },
  ],
  latencyFailure: [
    'T-latency-failure',
    {
      longer: () =>
        'What was in the queue of the dead line is sent again by slow start, in round trips as long as the queue of the line that ' +
        'is left, which the download itself fills; the paper does not say how long its queues were.',
      shorter: () => DETECTION,
    },
  ],
  throughputRecovery: [
    'T-throughput-recovery',
    {
      longer: (named, scale) =>
        (named.some(({ rests = false }) => !rests)
          ? 'With Fast Recovery a subflow moves back when BFD finds the line alive, and then grows as its congestion control lets it.'
          : '') + resting(named, scale),
      shorter: (named, scale) =>
        `Throughput is restored here at 90 % of what it was; the paper gives no threshold.${resting(named, scale)}`,
    },
  ],
};

const DETECTION =
  'BFD here calls a line dead two to three intervals after the cut, since the last packet came up to an interval before it; ' +
  'the paper’s Tunnel Handoff needed 3.52 s at an interval of 1 s.';

const PAPER_OUTAGE = 10;

function resting(named: readonly Compared[], scale: Scale): string {
  if (!named.some(({ rests = false }) => rests)) return '';
  const { outage } = LENGTHS[scale];
  return (
    ' Without Fast Recovery a subflow comes back when its retransmission timer next expires; that doubles during the outage, ' +
    'so the length of the outage and the moment of healing decide.' +
    (outage === PAPER_OUTAGE
      ? ''
      : ` The outage here is ${outage} s, the paper’s ${PAPER_OUTAGE} s.`)
  );
}

export function differenceRemarks(compared: readonly Compared[], scale: Scale): readonly string[] {
  return Object.entries(REASONS).flatMap(([metric, [name, reasons]]) =>
    (['longer', 'shorter'] as const).flatMap((than) => {
      const named = compared.filter(
        (one) => one.metric === metric && differenceOf(one.cell) === than,
      );
      if (named.length === 0) return [];
      const titles = [...new Set(named.map(({ title }) => title))].join(', ');
      return [
        `${name} is ${than} than the paper’s for ${titles}. ${reasons[than](named, scale).trim()}`,
      ];
    }),
  );
}

function differenceOf({ values, notReached = 0, paper }: MeasuredCell): Difference | undefined {
  const theirs = Number(paper);
  if (paper === undefined || Number.isNaN(theirs)) return undefined;
  // What was not reached is longer than whatever was; of nothing the median is NaN, and differs in nothing.
  const ours = median([...values, ...Array<number>(notReached).fill(Infinity)]);
  if (Math.abs(ours - theirs) < 0.1) return undefined;
  if (ours > 1.25 * theirs) return 'longer';
  return ours < 0.75 * theirs ? 'shorter' : undefined;
}
