/** Figure 6: how fairly sessions share five lines. */
import { distributionOption } from '../../chart/steps.ts';
import { queueTime } from '../../lab/link/shaping.ts';
import { median, quantile } from '../../lib/statistics.ts';
import { cell } from '../cell.ts';
import { task } from '../experiment.ts';
import type { Experiment, Outcomes, ResultCell, Scale, Target } from '../experiment.ts';
import { fairness } from '../instruments/fairness.ts';
import type { FairnessParameters } from '../instruments/fairness.ts';
import { COLOURS } from '../mechanism-titles.ts';
import { percentText } from '../percent-text.ts';
import { interval, shareRemarks } from './figure-6-remarks.ts';
import type { Near } from './figure-6-remarks.ts';
import { batchesOf, LINES, RATE, sharesOf, used, within } from './figure-6-shares.ts';
import type { Found, Protocol } from './figure-6-shares.ts';

const SCALES = {
  quick: { batches: 2, seconds: 8, repetitions: 1 },
  full: { batches: 5, seconds: 60, repetitions: 2 },
} as const;

/** With what the paper's sessions got of its 4500 Mb/s: 3776; 4478; 620 and 3874. */
const PARTS = [
  ['tcp', '(a) plain TCP, hashed', { tcp: '84' }],
  ['mptcp', '(b) WaMPTCP', { mptcp: '100' }],
  ['mixed', '(c) both at once', { tcp: '14', mptcp: '86' }],
] as const;

const PROTOCOLS: readonly Protocol[] = ['tcp', 'mptcp'];
const NAMES = { tcp: 'TCP', mptcp: 'MPTCP' } as const;

/** Milliseconds. Tried with (b), since its shares differ more than the paper's: the full scale only. */
const QUEUE = { ours: queueTime(RATE * 1e6), short: 5 } as const;

const QUEUE_WORDS = `line queues of ${QUEUE.short} ms instead of ${QUEUE.ours}`;

/** Of the sessions of (b), which should be that near. */
const NEARLY_ALL = 0.9;

export const figure6: Experiment = {
  name: 'figure-6',
  title: 'Figure 6: how fairly sessions share five lines',
  about: '5 to 15 sessions at once: the share of each, TCP, MPTCP, both',
  paper:
    'of hashed TCP many get half of their share and a few three times it; of MPTCP nearly all are within 6 %.',
  tasks: (scale) =>
    [...PARTS.map(([kind]) => parametersOf(kind, scale)), ...shortQueues(scale)].map((one) =>
      task(fairness, one, SCALES[scale].repetitions),
    ),
  present: (outcomes, scale) => ({
    method: methodText(outcomes, scale),
    tables: [tableOf(outcomes, scale)],
    charts: [chartOf(outcomes, scale)],
    remarks: [
      'A share is a session’s rate ÷ its fair part of what the lines can carry: that of its subflows, one for a TCP ' +
        'session and one per line for an MPTCP session, as in the paper. “… of what all got” is how equal sessions are ' +
        'among themselves, whatever they leave unused.',
      ...remarksOf(outcomes, scale),
    ],
    targets: [target(outcomes, scale)],
  }),
};

function parametersOf(kind: FairnessParameters['kind'], scale: Scale): FairnessParameters {
  const { batches, seconds } = SCALES[scale];
  return { kind, lines: LINES, rate: RATE, batches, seconds };
}

function shortQueues(scale: Scale): readonly FairnessParameters[] {
  return scale === 'full' ? [{ ...parametersOf('mptcp', scale), buffer: QUEUE.short }] : [];
}

function foundOf(outcomes: Outcomes, kind: FairnessParameters['kind'], scale: Scale): Found {
  return outcomes.of(fairness, parametersOf(kind, scale));
}

function tableOf(outcomes: Outcomes, scale: Scale) {
  return {
    caption: 'Shares, and what all sessions got together',
    columns: [
      'sessions of',
      'sessions',
      'shares: 5 %, median, 95 %',
      'within 5 % of fair',
      '… of what all got',
      'together, of the lines’ payload, %',
    ],
    rows: [
      ...PARTS.flatMap(([kind, title, paper]) =>
        PROTOCOLS.flatMap((protocol): readonly (readonly ResultCell[])[] => {
          const printed: Readonly<Partial<Record<Protocol, string>>> = paper;
          const theirs = printed[protocol];
          if (theirs === undefined) return [];
          const words = kind === 'mixed' ? `${title}: ${NAMES[protocol]}` : title;
          return [rowOf(words, foundOf(outcomes, kind, scale), protocol, theirs)];
        }),
      ),
      ...shortQueues(scale).map((one) =>
        rowOf(`(b) with ${QUEUE_WORDS}`, outcomes.of(fairness, one), 'mptcp'),
      ),
    ],
  };
}

function rowOf(
  title: string,
  found: Found,
  protocol: Protocol,
  paper?: string,
): readonly ResultCell[] {
  const shares = sharesOf(found, 'lines', protocol);
  const at = (fraction: number): string => quantile(shares, fraction).toFixed(2);
  const some = shares.length > 0;
  const none = cell(found, () => undefined);
  return [
    title,
    String(shares.length),
    some ? `${at(0.05)} … ${at(0.5)} … ${at(0.95)}` : none,
    some ? percentWithin(shares) : none,
    some ? percentWithin(sharesOf(found, 'sessions', protocol)) : none,
    { ...used(found, protocol), ...(paper === undefined ? {} : { paper }) },
  ];
}

function percentWithin(shares: readonly number[]): string {
  return percentText(within(shares));
}

function intervalText(shares: readonly number[]): string {
  const [least, most] = interval(within(shares), shares.length);
  return `${(100 * least).toFixed(0)} to ${(100 * most).toFixed(0)} %`;
}

function remarksOf(outcomes: Outcomes, scale: Scale): readonly string[] {
  const of = (kind: FairnessParameters['kind']): Found => foundOf(outcomes, kind, scale);
  const mixed = of('mixed');
  const together = (protocol: Protocol): number => median(used(mixed, protocol).values) / 100;
  const [tried] = shortQueues(scale)
    .map((one) => outcomes.of(fairness, one))
    .filter((found) => batchesOf(found).length > 0)
    .map((found) => ({ ...nearOf(found), words: QUEUE_WORDS }));
  return shareRemarks(
    {
      ...{ tcp: sharesOf(of('tcp'), 'lines'), mptcp: sharesOf(of('mptcp'), 'lines') },
      together: {
        ...{ tcp: together('tcp'), mptcp: together('mptcp') },
        batches: batchesOf(mixed).length,
      },
    },
    { found: nearOf(of('mptcp')), nearlyAll: NEARLY_ALL, shortQueues: tried },
  );
}

function nearOf(found: Found): Near {
  return {
    ofLines: within(sharesOf(found, 'lines')),
    ofAll: within(sharesOf(found, 'sessions')),
  };
}

function chartOf(outcomes: Outcomes, scale: Scale) {
  const mixed = foundOf(outcomes, 'mixed', scale);
  return {
    name: 'shares',
    caption: 'Distribution of shares; the steeper at 1, the fairer.',
    option: distributionOption({
      title: 'Share of each session',
      quantity: 'rate ÷ fair share',
      series: [
        {
          name: 'plain TCP, hashed',
          colour: COLOURS.handoff,
          values: sharesOf(foundOf(outcomes, 'tcp', scale), 'lines'),
        },
        {
          name: 'WaMPTCP',
          colour: COLOURS['wamptcp-fr'],
          values: sharesOf(foundOf(outcomes, 'mptcp', scale), 'lines'),
        },
        ...shortQueues(scale).map((one) => ({
          name: `WaMPTCP, queues of ${QUEUE.short} ms`,
          colour: COLOURS['wamptcp-fr-profile'],
          values: sharesOf(outcomes.of(fairness, one), 'lines'),
        })),
        {
          name: 'TCP of both',
          colour: COLOURS.handoff,
          dashed: true,
          values: sharesOf(mixed, 'lines', 'tcp'),
        },
        {
          name: 'MPTCP of both',
          colour: COLOURS['wamptcp-fr'],
          dashed: true,
          values: sharesOf(mixed, 'lines', 'mptcp'),
        },
      ],
    }),
  };
}

function target(outcomes: Outcomes, scale: Scale): Target {
  const text = 'Fig. 6(b): nine of ten shares within ±5 %';
  const found = foundOf(outcomes, 'mptcp', scale);
  const shares = sharesOf(found, 'lines');
  if (shares.length === 0) {
    const isStalled = found.some(({ kind }) => kind === 'stalled');
    return isStalled
      ? { text, met: false, measured: 'stalled' }
      : { text, met: undefined, measured: '' };
  }
  const at = (fraction: number): string => quantile(shares, fraction).toFixed(2);
  return {
    text,
    met: within(shares) >= NEARLY_ALL,
    measured:
      `${percentWithin(shares)} of ${shares.length} sessions (95 % interval ${intervalText(shares)}, if they were independent); the ` +
      `lowest 5 % have less than ${at(0.05)}, the highest 5 % more than ${at(0.95)} of it; against an equal part of what all got ` +
      percentWithin(sharesOf(found, 'sessions')),
  };
}

function methodText(outcomes: Outcomes, scale: Scale): string {
  const { seconds } = SCALES[scale];
  const each = PARTS.map(([kind]) => batchesOf(foundOf(outcomes, kind, scale)).length);
  const batches = [...new Set(each)].toSorted((one, other) => one - other).join(' to ');
  return (
    `${LINES} × ${RATE} Mb/s, RTT 1 ms. ${batches} batches of 5 to 15 sessions for ${seconds} s each, counted after ` +
    `two seconds, the same numbers for all three kinds (for both at once, odd ones rounded up); the paper had more than 10,000 sessions of 60 s over 5 × 1 Gb/s.`
  );
}
