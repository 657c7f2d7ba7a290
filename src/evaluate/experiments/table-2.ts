/** Table II: the four metrics of all mechanisms, at several BFD intervals. */
import type { Experiment, Outcomes, Presentation, Scale, Target } from '../experiment.ts';
import { cell } from '../cell.ts';
import { median } from '../../lib/statistics.ts';
import { titleOf } from '../mechanism-titles.ts';
import { PAPER_SAYS } from '../paper/outages.ts';
import {
  asked,
  bfdText,
  messageDelayCell,
  methodText,
  METRICS,
  metricRow,
  metricValues,
  outageTasks,
  outcomesOfOutage,
} from './outage-cells.ts';
import type { Metric, OutageQuestion } from './outage-cells.ts';

/** BFD at 1 s needs an outage longer than those of the quick scale. */
const BFD = { quick: [100], full: [1000, 100] } as const;
const OURS_BFD = [100, 20, 10] as const;

const STREAM = {
  mechanism: 'wamptcp-fr-profile',
  bfd: 10,
  load: 'stream',
} as const satisfies OutageQuestion;

function questions(scale: Scale): readonly OutageQuestion[] {
  const each = (name: OutageQuestion['mechanism']): readonly OutageQuestion[] =>
    BFD[scale].map((bfd) => ({ mechanism: name, bfd }));
  return [
    ...each('handoff'),
    { mechanism: 'handoff-ping' },
    { mechanism: 'tunnel' },
    { mechanism: 'tunnel-openvpn' },
    { mechanism: 'proxy' },
    { mechanism: 'proxy-dante' },
    { mechanism: 'proxy-fr', bfd: 100 },
    { mechanism: 'wamptcp' },
    ...each('wamptcp-fr'),
    ...OURS_BFD.map((bfd) => ({ mechanism: 'wamptcp-fr-profile', bfd }) as const),
  ];
}

export const table2: Experiment = {
  name: 'table-2',
  title: 'Table II: an outage of one of two lines',
  about: 'T-throughput and T-latency, failure and recovery, of all mechanisms',
  paper: PAPER_SAYS.table2,
  tasks: (scale) => outageTasks([...questions(scale), STREAM], scale),
  present,
};

function present(outcomes: Outcomes, scale: Scale): Presentation {
  return {
    method: methodText(scale),
    tables: [
      {
        caption: 'Seconds',
        columns: ['mechanism', 'BFD', ...METRICS.map(([, title]) => title), 'reinjected, MB'],
        rows: questions(scale).map((question) => [
          titleOf(question.mechanism),
          bfdText(question.mechanism, asked(question, scale).bfd),
          ...metricRow(outcomes, question, scale),
          cell(
            outcomesOfOutage(outcomes, question, scale),
            ({ reinjectedBytes }) => reinjectedBytes / 1e6,
            { digits: 1 },
          ),
        ]),
      },
      {
        caption: 'A stream of light messages (1,200 octets, 2,000 a second) with our host profile',
        columns: ['BFD', 'greatest delay of a message, s', 'T-latency-failure, s'],
        rows: [streamRow(outcomes, scale)],
      },
    ],
    charts: [],
    remarks: [
      'A metric that is “stalled” was not reached while it was watched.',
      'Reinjected is what MPTCP sent again over another subflow; while it does, less of what arrives is new. ' +
        'That the host profile, whose timers expire sooner than those of the kernel, makes it more likely under ' +
        'a download is a supposition.',
      'T-latency of a download includes the queue of the line that is left, which the download itself ' +
        'fills; that of the stream does not, so it is the one to compare with the pause a person feels.',
    ],
    targets: targets(outcomes, scale),
  };
}

function streamRow(outcomes: Outcomes, scale: Scale) {
  const found = outcomesOfOutage(outcomes, STREAM, scale);
  const [, latency = '–'] = metricRow(outcomes, STREAM, scale);
  return [`${STREAM.bfd} ms`, messageDelayCell(found), latency];
}

function targets(outcomes: Outcomes, scale: Scale): readonly Target[] {
  const at = (question: OutageQuestion, metric: Metric, most: number, text: string): Target => {
    const values = metricValues(outcomesOfOutage(outcomes, question, scale), metric);
    const middle = median(values);
    return {
      text,
      met: values.length === 0 ? undefined : middle <= most,
      measured: values.length === 0 ? '' : `${middle.toFixed(3)} s`,
    };
  };
  const ours = (bfd: number): OutageQuestion => ({ mechanism: 'wamptcp-fr-profile', bfd });
  return [
    at(
      STREAM,
      'latencyFailure',
      0.06,
      `WaMPTCP+FR with host profile: T-latency-failure ≤ 60 ms (stream of light messages, BFD ${STREAM.bfd} ms)`,
    ),
    at(
      ours(100),
      'throughputFailure',
      0,
      'WaMPTCP+FR with host profile: T-throughput-failure 0 (BFD 100 ms)',
    ),
    at(
      ours(100),
      'throughputRecovery',
      0.2,
      'WaMPTCP+FR with host profile: T-throughput-recovery ≤ 0.2 s at the 100 ms timer',
    ),
  ];
}
