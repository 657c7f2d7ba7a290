/**
 * In which metrics of an outage we differ from the paper, who does, and why. Pure.
 *
 * Always holds: only what was measured is named; a difference of less than a quarter, or of less than a
 * tenth of a second, is none. A reason is given only where something that was recorded shows it.
 */
import { median } from '../../lib/statistics.ts';
import { everyRun } from '../cell.ts';
import type { MeasuredCell, Outcome, Outcomes, Scale } from '../experiment.ts';
import type { OutageParameters, OutageResult } from '../instruments/outage.ts';
import { titleInList } from '../mechanism-titles.ts';
import {
  asked,
  kindOf,
  LENGTHS,
  levelText,
  metricRow,
  METRICS,
  outcomesOfOutage,
  promptText,
  rangeText,
  resultsOf,
  runsWord,
  STEPS,
} from './outage-cells.ts';
import type { Kind, Metric, OutageQuestion } from './outage-cells.ts';

/** One cell of a table beside the paper's figure. */
export interface Compared {
  /** Who, as in the table. */
  readonly title: string;
  readonly metric: Metric;
  readonly cell: MeasuredCell;
  readonly kind: Kind;
  /** Milliseconds; 0: it does not detect. */
  readonly bfd: number;
  /** The round trip is a long one. */
  readonly far: boolean;
  /** Of which the cell is. */
  readonly runs: readonly OutageResult[];
}

export function comparedOf(
  { mechanism, bfd, rtt }: Pick<OutageParameters, 'mechanism' | 'bfd' | 'rtt'>,
  found: readonly Outcome<OutageResult>[],
  shown: Pick<Compared, 'title' | 'metric' | 'cell'>,
): Compared {
  return { ...shown, bfd, far: rtt > 50, kind: kindOf(mechanism), runs: resultsOf(found) };
}

/** All metrics of a row of Table II. */
export function comparedRow(
  outcomes: Outcomes,
  question: OutageQuestion,
  scale: Scale,
): readonly Compared[] {
  const title = titleInList(question.mechanism);
  const found = outcomesOfOutage(outcomes, question, scale);
  const cells = metricRow(outcomes, question, scale);
  return METRICS.flatMap(([metric], index) => {
    const one = cells[index];
    if (one === undefined) return [];
    return [comparedOf(asked(question, scale), found, { title, metric, cell: one })];
  });
}

type Difference = 'longer' | 'shorter';

type Reason = (named: readonly Compared[], scale: Scale) => string;

const NAMES: Readonly<Record<Exclude<Metric, 'latencyRecovery'>, string>> = {
  throughputFailure: 'T-throughput-failure',
  latencyFailure: 'T-latency-failure',
  throughputRecovery: 'T-throughput-recovery',
};

const PAPER_OUTAGE = 10;

const untraced: Reason = () => 'Why was not traced.';

const steps: Reason = () => `${STEPS} Which one the paper’s met is not known.`;

export const NOTHING_TO_RECOVER =
  'It goes on over the other line, which is as fast, so when the first line heals there is hardly anything to recover. The ' +
  'paper seems to count until the connection is back on the first line.';

const nothingToRecover: Reason = () => NOTHING_TO_RECOVER;

const threshold: Reason = () =>
  'Why was not traced; here throughput counts as restored at 90 % of what it was, and the paper names no threshold.';

const grown: Reason = () =>
  'The goal is 90 % of the last 2 s before the cut, when windows had grown for long; the paper names none.';

const unaided: Reason = () =>
  'All that was lost had arrived before BFD could call the line dead. So MPTCP itself sent it again, and not Fast Recovery; ' +
  'what that waited for was not traced.';

const othersSend: Reason = () =>
  'Without Fast Recovery what was lost is sent again over the other subflow; what that waited for was not traced.';

const resting: Reason = (_, scale) => {
  const { outage } = LENGTHS[scale];
  const length =
    outage === PAPER_OUTAGE
      ? ''
      : ` The outage here is ${outage} s, the paper’s ${PAPER_OUTAGE} s.`;
  return (
    'Without Fast Recovery a subflow comes back when its retransmission timer next expires; that doubles during the outage, ' +
    `so the length of the outage and the moment of healing decide.${length}`
  );
};

const slowStart: Reason = (named) => {
  const lost = named.flatMap(({ runs }) => runs.flatMap(({ lostBytes }) => lostBytes ?? []));
  const size = lost.length === 0 ? '' : ` (${rangeText(lost, 1000, 0)} kB)`;
  return (
    `BFD calls a line dead two to three intervals after the cut. Then what was lost with the line${size} is sent again by slow ` +
    'start, in round trips as long as the queue of the line that is left, which the download itself fills; the paper does not ' +
    'say how long its queues were.'
  );
};

const detected: Reason = ([one]) => {
  const interval = (one?.bfd ?? 0) / 1000;
  return (
    `BFD calls a line dead two to three intervals after the cut, here ${2 * interval} to ${3 * interval} s: before that nothing ` +
    'is moved. What comes after it was not traced.'
  );
};

const stale: Reason = (named) => {
  const late = named.flatMap(({ runs }) => runs.filter((run) => run.throughputFailure !== 0));
  const gaveUp = late.filter(({ staleSubflows }) => staleSubflows > 0);
  if (gaveUp.length === 0)
    return 'No subflow was given up as stale in these runs; why was not traced.';
  const bytes = gaveUp.map(({ reinjectedBytes }) => reinjectedBytes);
  const seconds = gaveUp.flatMap(({ reinjectedBytes, goodput: { during } }) =>
    during === null || during === 0 ? [] : [(reinjectedBytes * 8) / 1e6 / during],
  );
  const taken =
    seconds.length === 0
      ? ''
      : `, which takes the line ${rangeText(seconds, 1, 1)} s and explains no more than that`;
  return (
    `In ${gaveUp.length} of ${late.length} of these runs Linux gave a subflow up as stale (docs/hosts.md), and MPTCP sent ` +
    `${rangeText(bytes, 1e6, 1)} MB again${taken}; only data that is new counts as throughput here (docs/metrics.md). What is ` +
    `beyond that${gaveUp.length < late.length ? ', and the other runs,' : ''} was not traced.`
  );
};

const moved: Reason = (named) =>
  `${promptText(named.flatMap(({ cell }) => everyRun(cell)))}; why was not traced.`;

const REASONS: Readonly<
  Record<keyof typeof NAMES, Readonly<Record<Difference, (one: Compared) => Reason>>>
> = {
  throughputFailure: {
    longer: () => stale,
    shorter: ({ kind }) => (kind === 'one-line' ? steps : untraced),
  },
  latencyFailure: {
    longer: ({ kind, bfd, cell, far }) => {
      if (kind === 'one-line') return steps;
      if (kind === 'rests') return othersSend;
      return movedReason(everyRun(cell), (2 * bfd) / 1000, far);
    },
    shorter: ({ kind }) => (kind === 'one-line' ? steps : untraced),
  },
  throughputRecovery: {
    longer: ({ kind, far }) => {
      if (kind === 'one-line') return untraced;
      if (kind === 'rests') return resting;
      return far ? grown : moved;
    },
    shorter: ({ kind }) => {
      if (kind === 'one-line') return nothingToRecover;
      return kind === 'rests' ? resting : threshold;
    },
  },
};

/** @param soonest seconds after which BFD calls a line dead at the soonest */
function movedReason(seconds: readonly number[], soonest: number, far: boolean): Reason {
  if (seconds.every((one) => one < soonest)) return unaided;
  if (seconds.some((one) => one < soonest)) return untraced;
  return far ? detected : slowStart;
}

export function differenceRemarks(compared: readonly Compared[], scale: Scale): readonly string[] {
  return (['throughputFailure', 'latencyFailure', 'throughputRecovery'] as const).flatMap(
    (metric) =>
      (['longer', 'shorter'] as const).flatMap((than) =>
        groupsOf(compared, metric, than).map(([reason, named]) => {
          const list = [...new Set(named.map(besideText))].join(', ');
          return `${NAMES[metric]} is ${than} than the paper’s for ${list}. ${reason(named, scale)}`;
        }),
      ),
  );
}

/** What shares a reason stands in one sentence. */
function groupsOf(
  compared: readonly Compared[],
  metric: keyof typeof NAMES,
  than: Difference,
): readonly (readonly [Reason, readonly Compared[]])[] {
  const groups = new Map<Reason, Compared[]>();
  for (const one of compared) {
    if (one.metric !== metric || differenceOf(one.cell) !== than) continue;
    const reason = REASONS[metric][than](one);
    groups.set(reason, [...(groups.get(reason) ?? []), one]);
  }
  return [...groups];
}

/** `WaMPTCP at BFD 100 ms (0.59 for 0.32, one run)`. */
function besideText({ title, bfd, cell }: Compared): string {
  const at = bfd === 0 || title.includes(' at ') ? '' : ` at BFD ${bfd} ms`;
  return `${title}${at} (${levelText(cell)} for ${cell.paper ?? ''}, ${runsWord(cell)})`;
}

function differenceOf(found: MeasuredCell): Difference | undefined {
  const theirs = Number(found.paper);
  if (found.paper === undefined || Number.isNaN(theirs)) return undefined;
  // Of nothing the median is NaN, and differs in nothing.
  const ours = median(everyRun(found));
  if (Math.abs(ours - theirs) < 0.1) return undefined;
  if (ours > 1.25 * theirs) return 'longer';
  return ours < 0.75 * theirs ? 'shorter' : undefined;
}
