/** Figures 7 to 10: the rates of both lines over time while one is cut and heals. */
import { timeSeriesOption } from '../../chart/time-series.ts';
import type { Experiment, Outcome, Outcomes, ResultChart, Scale } from '../experiment.ts';
import type { OutageParameters, OutageResult } from '../instruments/outage.ts';
import { titleOf } from '../mechanism-titles.ts';
import { PAPER_SAYS } from '../paper/outages.ts';
import { runsOf } from '../runs-text.ts';
import { asked, methodText, outageTasks, outcomesOfOutage } from './outage-cells.ts';

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
      'Drawn is what the branch receives on each line, headers and repetitions included.',
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

/** What the paper says of, and why it is not the same here. */
const REASONS: Readonly<Record<Traced, string>> = {
  handoff:
    'BFD calls a line dead two to three intervals after the cut, since the last packet came up to an interval before it.',
  tunnel:
    'The paper’s tunnel is another program, of which we know nothing but its figures; ours is told of in docs/mechanism-tunnel.md.',
  wamptcp:
    'The first subflow comes back when its retransmission timer next expires; that doubles during the outage, so its length and ' +
    'the moment of healing decide.',
  'wamptcp-fr': 'The gateway moves the first subflow back as soon as BFD finds the line alive.',
};

/** Of the run that is drawn, in figures. */
function differences(outcomes: Outcomes, name: Traced, scale: Scale): readonly string[] {
  const drawn = drawnOf(outcomes, name, scale);
  if (drawn === undefined) return [];
  const { longestPauseMs, throughputRecovery, goodput } = drawn;
  const { after } = asked({ mechanism: name }, scale);
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const parts = [
    ...(longestPauseMs === null
      ? []
      : [`nothing was delivered for ${seconds(longestPauseMs)} at the longest`]),
    ...(goodput.during === null
      ? []
      : [`in the second half of the outage the download had ${goodput.during.toFixed(0)} Mb/s`]),
    throughputRecovery === null
      ? `within ${after} s after healing it did not have 90 % of what it had before the cut`
      : `it had 90 % of what it had before the cut ${seconds(throughputRecovery)} after healing`,
  ];
  return [`Here ${parts.join('; ')}. ${REASONS[name]}`];
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
