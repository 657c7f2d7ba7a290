/** Table II: the four metrics of all mechanisms, at several BFD intervals. */
import type {
  Experiment,
  Outcomes,
  Presentation,
  ResultTable,
  Scale,
  Target,
} from '../experiment.ts';
import { cell, everyRun } from '../cell.ts';
import { median } from '../../lib/statistics.ts';
import { titleOf } from '../mechanism-titles.ts';
import { PAPER_SAYS } from '../paper/outages.ts';
import { PROXY_IS_DANTE } from '../paper/proxy.ts';
import { runsText } from '../runs-text.ts';
import {
  asked,
  bfdText,
  cellOfOutage,
  kindOf,
  messageDelayCell,
  methodText,
  METRICS,
  metricRow,
  OUTAGE_WORDS,
  outageTasks,
  outcomesOfOutage,
  pauseCell,
  reinjectedCell,
} from './outage-cells.ts';
import type { Metric, OutageQuestion } from './outage-cells.ts';
import { comparedRow, differenceRemarks } from './outage-remarks.ts';
import { promptOf, promptRemarks } from './prompt-remarks.ts';
import { profileRemarks } from './sweep-trends.ts';
import { priceRemarks } from './tried-remarks.ts';

/** BFD at 1 s needs an outage longer than those of the quick scale. */
const BFD = { quick: [100], full: [1000, 100] } as const;
const OURS_BFD = [100, 20, 10] as const;

const STREAM = { mechanism: 'wamptcp-fr-profile', bfd: 10, load: 'stream' } as const;

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

/** Pings notice after 8 to 13 s. */
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
    ...ours(OURS_BFD),
  ];
}

function ours(intervals: readonly number[]): readonly OutageQuestion[] {
  return intervals.map((bfd) => ({ mechanism: 'wamptcp-fr-profile', bfd }));
}

/** One of Figure 11 is shown, too, and is as often measured as there. */
function shown(scale: Scale): readonly OutageQuestion[] {
  const all = questions(scale);
  const slow = BFD[scale].filter((bfd) => !OURS_BFD.some((one) => one === bfd));
  return [...all.slice(0, -OURS_BFD.length), ...ours(slow), ...all.slice(-OURS_BFD.length)];
}

const REPETITIONS = { quick: 1, full: 3 } as const;

export const table2: Experiment = {
  name: 'table-2',
  title: 'Table II: an outage of one of two lines',
  about: 'T-throughput and T-latency, failure and recovery, of all mechanisms',
  paper: PAPER_SAYS.table2,
  tasks: (scale) => [
    ...outageTasks([...questions(scale), STREAM], scale, REPETITIONS[scale]),
    ...outageTasks([...shown(scale), ...tried(scale).map(([, one]) => one)], scale),
  ],
  present,
};

const MORE = ['longest pause, s', 'reinjected, MB'] as const;

function present(outcomes: Outcomes, scale: Scale): Presentation {
  return {
    method: methodText(scale, runsText(outcomes, outageTasks(questions(scale), scale))),
    tables: [
      {
        caption: 'Seconds',
        columns: ['mechanism', 'BFD', ...METRICS.map(([, title]) => title), ...MORE],
        rows: shown(scale).map((question) => [
          titleOf(question.mechanism),
          bfdText(question.mechanism, asked(question, scale).bfd),
          ...metricRow(outcomes, question, scale),
          ...moreCells(outcomes, question, scale),
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
      ...(scale === 'full' ? ['The outage of Tunnel Handoff by pings lasts 30 s.'] : []),
      ...OUTAGE_WORDS,
      ...differenceRemarks(
        questions(scale).flatMap((one) => comparedRow(outcomes, one, scale)),
        scale,
      ),
      ...promptRemarks(
        outcomes,
        shown(scale).filter(({ mechanism }) => kindOf(mechanism) === 'moves'),
        scale,
      ),
      ...METRICS.slice(0, 2).flatMap(([metric, title]) =>
        profileRemarks(outcomes, scale, {
          ...{
            metric,
            title: title.replace(', s', ''),
            by: 'BFD interval, ms',
            values: BFD[scale],
          },
          question: (name, bfd) => ({ mechanism: name, bfd }),
        }),
      ),
      ...priceRemarks(
        tried(scale).map(([words, question]) => ({
          words,
          latency: cellOfOutage(outcomes, question, scale, 'latencyFailure'),
          recovery: cellOfOutage(outcomes, question, scale, 'throughputRecovery'),
        })),
      ),
    ],
    targets: targets(outcomes, scale),
  };
}

function moreCells(outcomes: Outcomes, question: OutageQuestion, scale: Scale) {
  const found = outcomesOfOutage(outcomes, question, scale);
  return [pauseCell(found), reinjectedCell(found)];
}

function triedTables(outcomes: Outcomes, scale: Scale): readonly ResultTable[] {
  if (tried(scale).length === 0) return [];
  return [
    {
      caption: 'What was tried against the T-latency of a download (host profile, BFD 10 ms)',
      columns: [
        ...['', 'lost with the line, kB'],
        ...METRICS.slice(0, 3).map(([, title]) => title),
        ...MORE,
      ],
      rows: tried(scale).map(([words, question]) => [
        words,
        cell(
          outcomesOfOutage(outcomes, question, scale),
          ({ lostBytes }) => (lostBytes === null ? undefined : lostBytes / 1000),
          { digits: 0 },
        ),
        ...metricRow(outcomes, question, scale).slice(0, 3),
        ...moreCells(outcomes, question, scale),
      ]),
    },
  ];
}

function streamRow(outcomes: Outcomes, scale: Scale) {
  const found = outcomesOfOutage(outcomes, STREAM, scale);
  const [, latency = '–'] = metricRow(outcomes, STREAM, scale);
  return [`${STREAM.bfd} ms`, messageDelayCell(found), latency];
}

/** A run that was not restored took for ever, and is not left out. */
function targets(outcomes: Outcomes, scale: Scale): readonly Target[] {
  const at = (question: OutageQuestion, metric: Metric, most: number, text: string): Target => {
    const all = everyRun(cellOfOutage(outcomes, question, scale, metric));
    const inWords = (value: number): string =>
      Number.isFinite(value) ? `${value.toFixed(3)} s` : 'not restored';
    const spread = all.length > 1 ? `; runs: ${all.map(inWords).join(', ')}` : '';
    return {
      text: `WaMPTCP+FR with host profile: ${text}`,
      met: all.length === 0 ? undefined : median(all) <= most,
      measured: all.length === 0 ? '' : `${inWords(median(all))}${spread}`,
    };
  };
  const profile = (bfd: number): OutageQuestion => ({ mechanism: 'wamptcp-fr-profile', bfd });
  const all = promptOf(outcomes, ours(OURS_BFD), scale, 'throughputRecovery');
  return [
    at(
      STREAM,
      'latencyFailure',
      0.06,
      `T-latency-failure ≤ 60 ms, stream of light messages, BFD ${STREAM.bfd} ms`,
    ),
    at(profile(10), 'latencyFailure', 0.06, 'T-latency-failure ≤ 60 ms, download, BFD 10 ms'),
    ...OURS_BFD.map((bfd) =>
      at(profile(bfd), 'throughputFailure', 0, `T-throughput-failure 0, BFD ${bfd} ms`),
    ),
    at(
      profile(100),
      'throughputRecovery',
      0.2,
      `T-throughput-recovery ≤ 0.2 s at the 100 ms timer${all === '' ? '' : ` (at ${OURS_BFD.join(', ')} ms together: ${all})`}`,
    ),
  ];
}
