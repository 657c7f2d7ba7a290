/** Figures 7 to 10: the rates of both lines over time while one is cut and heals. */
import { timeSeriesOption } from '../../chart/time-series.ts';
import type { Experiment, ResultChart, Scale } from '../experiment.ts';
import type { Outcomes } from '../experiment.ts';
import type { OutageResult } from '../instruments/outage.ts';
import { titleOf } from '../mechanism-titles.ts';
import { PAPER_SAYS } from '../paper/outages.ts';
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
    method: methodText(scale),
    tables: [],
    charts: chartOf(outcomes, name, scale),
    remarks: ['Drawn is what the branch receives on each line, headers and repetitions included.'],
    targets: [],
  }),
}));

/** The first run that came to an end. */
function chartOf(outcomes: Outcomes, name: Traced, scale: Scale): readonly ResultChart[] {
  const found = outcomesOfOutage(outcomes, { mechanism: name, bfd: BFD[scale] }, scale);
  const first = found.find((one) => one.kind === 'measured');
  if (first === undefined) return [];
  const { before, bfd } = asked({ mechanism: name, bfd: BFD[scale] }, scale);
  return [
    {
      name: 'trace',
      caption: `${titleOf(name)}${bfd === 0 ? '' : `, BFD ${bfd} ms`}; the line is cut at ${before} s.`,
      option: traceOption(first.value, titleOf(name), before),
    },
  ];
}

function traceOption({ rates, healedAt }: OutageResult, title: string, before: number) {
  // The paper's clock begins with the flow.
  const from = rates.filter(({ at }) => at >= -before);
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
