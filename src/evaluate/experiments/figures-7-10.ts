/** Figures 7 to 10: the rates of both lines over time while one is cut and heals. */
import { timeSeriesOption } from '../../chart/time-series.ts';
import type { Experiment, Outcome, Outcomes, ResultChart, Scale } from '../experiment.ts';
import type { OutageParameters, OutageResult } from '../instruments/outage.ts';
import { titleOf } from '../mechanism-titles.ts';
import { PAPER_SAYS } from '../paper/outages.ts';
import { runsOf } from '../runs-text.ts';
import { asked, kindOf, methodText, outageTasks, outcomesOfOutage, STEPS } from './outage-cells.ts';

type Traced = keyof (typeof PAPER_SAYS)['traces'];

const FIGURES: readonly (readonly [number: number, mechanism: Traced])[] = [
  [7, 'handoff'],
  [8, 'tunnel'],
  [9, 'wamptcp'],
  [10, 'wamptcp-fr'],
];

/** As in the paper; an outage of the quick scale is too short for BFD at 1 s. */
const BFD = { quick: 100, full: 1000 } as const;

export const figures7to10: readonly Experiment[] = FIGURES.map(([number, name]) => ({
  name: `figure-${number}`,
  title: `Figure ${number}: ${titleOf(name)}, one line cut and healed`,
  about: `rates of both lines over time, ${titleOf(name)}`,
  paper: PAPER_SAYS.traces[name],
  tasks: (scale) => outageTasks([{ mechanism: name, bfd: BFD[scale] }], scale),
  present: (outcomes, scale) => ({
    method: methodText(scale, drawnText(outcomes, name, scale)),
    tables: [],
    charts: chartOf(outcomes, name, scale),
    remarks: [
      'The chart shows what the branch receives on each line, headers and retransmissions included.',
      ...differences(outcomes, name, scale),
    ],
    targets: [],
  }),
}));

function foundOf(outcomes: Outcomes, name: Traced, scale: Scale): readonly Outcome<OutageResult>[] {
  return outcomesOfOutage(outcomes, { mechanism: name, bfd: BFD[scale] }, scale);
}

/** The first run that came to an end. */
function drawnOf(outcomes: Outcomes, name: Traced, scale: Scale): OutageResult | undefined {
  return foundOf(outcomes, name, scale).find((one) => one.kind === 'measured')?.value;
}

function drawnText(outcomes: Outcomes, name: Traced, scale: Scale): string {
  const count = runsOf(foundOf(outcomes, name, scale));
  return count > 1 ? `drawn is the first of ${count} runs` : 'one run';
}

/** What is known of the reasons. */
const REASONS: Readonly<Record<Traced, string>> = {
  handoff: STEPS,
  tunnel:
    'The paper’s tunnel is another program, of which we know nothing but its figures; ours is told of in docs/mechanism-tunnel.md.',
  wamptcp:
    'The first subflow comes back when its retransmission timer next expires; that doubles during the outage, so its length and ' +
    'the moment of healing decide.',
  'wamptcp-fr': 'The gateway moves the first subflow back when BFD finds the line alive.',
};

/** Of the run that is drawn, in figures. */
function differences(outcomes: Outcomes, name: Traced, scale: Scale): readonly string[] {
  const drawn = drawnOf(outcomes, name, scale);
  if (drawn === undefined) return [];
  const { longestPauseMs, rates, healedAt } = drawn;
  const pause =
    longestPauseMs === null
      ? []
      : [`a program that reads in order got nothing for ${seconds(longestPauseMs)} at the longest`];
  const [cut, healed] = [rates.filter(({ at }) => at >= 0 && at < healedAt), backAfter(drawn)];
  const line2 =
    cut.length === 0 ? [] : [`line 2 carried ${meanOf(cut).toFixed(0)} Mb/s in the outage`];
  const back =
    healed === undefined
      ? 'line 1 was not used again while it was watched'
      : `line 1 carried ${BACK_MBPS} Mb/s again ${healed.toFixed(1)} s after healing`;
  const parts = [...pause, ...line2, back, ...restoredParts(drawn, name, scale)];
  return [
    `In the run that is drawn ${parts.join('; ')}. ${REASONS[name]}${pauseReason(drawn, name)}`,
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** What one line had before it has again over another that is as fast: nothing to restore. */
function restoredParts(
  { throughputFailure, throughputRecovery }: OutageResult,
  name: Traced,
  scale: Scale,
): readonly string[] {
  const { after, outage } = asked({ mechanism: name }, scale);
  const failure =
    throughputFailure === null ? `not within ${outage} s` : seconds(throughputFailure);
  const recovery =
    throughputRecovery === null ? `not within ${after} s` : seconds(throughputRecovery);
  return [
    `T-throughput-failure ${failure}`,
    ...(kindOf(name) === 'one-line' ? [] : [`T-throughput-recovery ${recovery}`]),
  ];
}

/** A pause that ends later than what was lost has come is another one than that of the cut. */
function pauseReason({ longestPauseMs, latencyFailure }: OutageResult, name: Traced): string {
  if (kindOf(name) === 'one-line' || longestPauseMs === null || latencyFailure === null) return '';
  const unlike =
    longestPauseMs < NOTICEABLE_MS
      ? ''
      : ' The paper tells of no such pause; see Table II for what ours is made of.';
  if (longestPauseMs <= latencyFailure + 100) return unlike;
  return (
    `${unlike} The pause is longer than T-latency-failure (${seconds(latencyFailure)}), so more than what the cut swallowed was waited for; ` +
    'why was not traced in this run.'
  );
}

const BACK_MBPS = 10;
const NOTICEABLE_MS = 200;

/** Seconds from healing on until the sample of that rate began; a sample has the time of its end. */
function backAfter({ rates, healedAt }: OutageResult): number | undefined {
  const first = rates.findIndex(({ at, lines }) => at > healedAt && (lines[0] ?? 0) >= BACK_MBPS);
  if (first === -1) return undefined;
  return Math.max(0, (rates[first - 1]?.at ?? healedAt) - healedAt);
}

/** Of the second line. */
function meanOf(rates: OutageResult['rates']): number {
  return rates.reduce((sum, { lines }) => sum + (lines[1] ?? 0), 0) / rates.length;
}

function chartOf(outcomes: Outcomes, name: Traced, scale: Scale): readonly ResultChart[] {
  const drawn = drawnOf(outcomes, name, scale);
  if (drawn === undefined) return [];
  const parameters = asked({ mechanism: name, bfd: BFD[scale] }, scale);
  const { before, bfd } = parameters;
  return [
    {
      name: 'trace',
      caption: `${titleOf(name)}${bfd === 0 ? '' : `, BFD ${bfd} ms`}; the line is cut at ${before} s.`,
      option: traceOption(drawn, titleOf(name), parameters),
    },
  ];
}

function traceOption(
  { rates, healedAt }: OutageResult,
  title: string,
  { before, after }: Pick<OutageParameters, 'before' | 'after'>,
) {
  // The paper's clock begins with the flow; its end is no part of what is measured.
  const from = rates.filter(({ at }) => at >= -before && at <= healedAt + after);
  const line = (index: number) =>
    from.map(({ at, lines }) => [at + before, lines[index] ?? 0] as const);
  const total = from.map(
    ({ at, lines }) => [at + before, lines.reduce((sum, rate) => sum + rate, 0)] as const,
  );
  return timeSeriesOption({
    title,
    quantity: 'Mb/s',
    series: [
      { name: 'both', points: total },
      { name: 'line 1, cut', points: line(0) },
      { name: 'line 2', points: line(1) },
    ],
    areas: [{ name: 'cut', from: before, to: before + healedAt }],
  });
}
