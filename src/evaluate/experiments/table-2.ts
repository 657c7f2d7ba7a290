/** Table II: the four metrics of all mechanisms, at several BFD intervals. */
import type {
  Experiment,
  Outcomes,
  Presentation,
  ResultTable,
  Scale,
  Target,
} from '../experiment.ts';
import { cell } from '../cell.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import { median } from '../../lib/statistics.ts';
import { titleInList, titleOf } from '../mechanism-titles.ts';
import { PAPER_SAYS } from '../paper/outages.ts';
import { PROXY_IS_DANTE } from '../paper/proxy.ts';
import { runsOf } from '../runs-text.ts';
import { runsText } from '../runs-text.ts';
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
import { differenceRemarks } from './outage-remarks.ts';
import type { Compared } from './outage-remarks.ts';

/** BFD at 1 s needs an outage longer than those of the quick scale. */
const BFD = { quick: [100], full: [1000, 100] } as const;
const OURS_BFD = [100, 20, 10] as const;

const STREAM = {
  mechanism: 'wamptcp-fr-profile',
  bfd: 10,
  load: 'stream',
} as const satisfies OutageQuestion;

/** What was tried against the T-latency of a download, which waits in queues: the full scale only. */
const TRIED: readonly (readonly [string, OutageQuestion])[] = (
  [
    ['as it is', {}],
    ['no limit for what is unsent (tcp_notsent_lowat)', { policy: 'much-unsent' }],
    ['hosts use bbr', { policy: 'bbr' }],
    ['lines with a queue of 5 ms instead of 50', { buffer: 5 }],
    ['both: bbr, and lines with a queue of 5 ms', { policy: 'bbr', buffer: 5 }],
    ['stale_loss_cnt 1', { staleLossCount: 1 }],
    ['rto_min 60 ms', { rtoMin: 60 }],
  ] as const
).map(([words, more]) => [words, { mechanism: 'wamptcp-fr-profile', bfd: 10, ...more }]);

function tried(scale: Scale): typeof TRIED {
  return scale === 'full' ? TRIED : [];
}

/** Pings notice after 6 to 12 s. */
function pinged(scale: Scale): OutageQuestion {
  return { mechanism: 'handoff-ping', ...(scale === 'full' ? { outage: 30, after: 15 } : {}) };
}

function questions(scale: Scale): readonly OutageQuestion[] {
  const each = (name: OutageQuestion['mechanism']): readonly OutageQuestion[] =>
    BFD[scale].map((bfd) => ({ mechanism: name, bfd }));
  return [
    ...each('handoff'),
    pinged(scale),
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

const REPETITIONS = { quick: 1, full: 3 } as const;

export const table2: Experiment = {
  name: 'table-2',
  title: 'Table II: an outage of one of two lines',
  about: 'T-throughput and T-latency, failure and recovery, of all mechanisms',
  paper: PAPER_SAYS.table2,
  tasks: (scale) => [
    ...outageTasks([...questions(scale), STREAM], scale, REPETITIONS[scale]),
    ...outageTasks(
      tried(scale).map(([, one]) => one),
      scale,
    ),
  ],
  present,
};

function present(outcomes: Outcomes, scale: Scale): Presentation {
  return {
    method: methodText(scale, runsText(outcomes, outageTasks(questions(scale), scale))),
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
      ...triedTables(outcomes, scale),
    ],
    charts: [],
    remarks: [
      PROXY_IS_DANTE,
      'Tunnel Handoff by pings notices only after 6 to 12 s, and TCP’s timeout has doubled several times by then; ' +
        (scale === 'full' ? 'its outage lasts 30 s.' : 'the outage of the quick scale is shorter.'),
      ...differenceRemarks(compared(outcomes, scale), scale),
      'Reinjected is what MPTCP sent again over another subflow. Linux does that when it gives a subflow up as stale, ' +
        'after net.mptcp.stale_loss_cnt timeouts without an answer, and then sends everything again that is not yet ' +
        'confirmed, of all subflows: some 6 MB here, beside which little of what arrives is new for one to three ' +
        'seconds. Where Fast Recovery repairs the line sooner, there is none.',
      'T-latency of a download: what was in the queue of the dead line (0.4 to 0.5 MB, the 50 ms that the queue of a line ' +
        'holds) is sent again by slow start from one segment, some nine round trips, each as long as the queue of the ' +
        'line that is left, which the download itself fills. The shorter the queues, the sooner: see what was tried at ' +
        'the full scale. The stream meets no queue, so it is the one to compare with the pause a person feels.',
    ],
    targets: targets(outcomes, scale),
  };
}

function triedTables(outcomes: Outcomes, scale: Scale): readonly ResultTable[] {
  if (tried(scale).length === 0) return [];
  return [
    {
      caption: 'What was tried against the T-latency of a download (host profile, BFD 10 ms)',
      columns: ['', 'lost with the line, kB', ...METRICS.slice(0, 3).map(([, title]) => title)],
      rows: tried(scale).map(([words, question]) => [
        words,
        cell(
          outcomesOfOutage(outcomes, question, scale),
          ({ lostBytes }) => (lostBytes === null ? undefined : lostBytes / 1000),
          { digits: 0 },
        ),
        ...metricRow(outcomes, question, scale).slice(0, 3),
      ]),
    },
  ];
}

/** Where the paper has a figure. */
function compared(outcomes: Outcomes, scale: Scale): readonly Compared[] {
  return questions(scale).flatMap((question) => {
    const cells = metricRow(outcomes, question, scale);
    const title = titleInList(question.mechanism);
    const rests = !mechanism(question.mechanism).detects;
    return METRICS.flatMap(([metric], index) => {
      const found = cells[index];
      return found === undefined ? [] : [{ title, metric, cell: found, rests }];
    });
  });
}

function streamRow(outcomes: Outcomes, scale: Scale) {
  const found = outcomesOfOutage(outcomes, STREAM, scale);
  const [, latency = '–'] = metricRow(outcomes, STREAM, scale);
  return [`${STREAM.bfd} ms`, messageDelayCell(found), latency];
}

/** A run that was not restored took for ever, and is not left out. */
function targets(outcomes: Outcomes, scale: Scale): readonly Target[] {
  const at = (question: OutageQuestion, metric: Metric, most: number, text: string): Target => {
    const found = outcomesOfOutage(outcomes, question, scale);
    const values = metricValues(found, metric);
    const lost = Array.from({ length: runsOf(found) - values.length }, () => Infinity);
    const all = [...values, ...lost];
    const shown = (value: number): string =>
      Number.isFinite(value) ? value.toFixed(3) : 'not restored';
    const spread = all.length > 1 ? ` (${all.map(shown).join(', ')})` : '';
    return {
      text: `WaMPTCP+FR with host profile: ${text}`,
      met: all.length === 0 ? undefined : median(all) <= most,
      measured: all.length === 0 ? '' : `${shown(median(all))} s${spread}`,
    };
  };
  const ours = (bfd: number): OutageQuestion => ({ mechanism: 'wamptcp-fr-profile', bfd });
  return [
    at(
      STREAM,
      'latencyFailure',
      0.06,
      `T-latency-failure ≤ 60 ms, stream of light messages, BFD ${STREAM.bfd} ms`,
    ),
    at(ours(10), 'latencyFailure', 0.06, 'T-latency-failure ≤ 60 ms, download, BFD 10 ms'),
    ...OURS_BFD.map((bfd) =>
      at(ours(bfd), 'throughputFailure', 0, `T-throughput-failure 0, BFD ${bfd} ms`),
    ),
    at(ours(100), 'throughputRecovery', 0.2, 'T-throughput-recovery ≤ 0.2 s at the 100 ms timer'),
  ];
}
