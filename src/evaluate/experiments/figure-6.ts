/** Figure 6: how fairly sessions share five lines. */
import { distributionOption } from '../../chart/steps.ts';
import { median, quantile } from '../../lib/statistics.ts';
import { pooledCell } from '../cell.ts';
import { task } from '../experiment.ts';
import type {
  Experiment,
  MeasuredCell,
  Outcome,
  Outcomes,
  ResultCell,
  Scale,
  Target,
} from '../experiment.ts';
import { fairness } from '../instruments/fairness.ts';
import type { Batch, FairnessParameters, FairnessResult } from '../instruments/fairness.ts';
import { COLOURS } from '../mechanism-titles.ts';
import { PAYLOAD } from '../payload.ts';
import { interval, shareRemarks } from './figure-6-remarks.ts';

const SCALES = {
  quick: { batches: 2, seconds: 8, repetitions: 1 },
  full: { batches: 5, seconds: 60, repetitions: 2 },
} as const;

/** So slow that two processors carry fifteen sessions easily. */
const RATE = 200;
const LINES = 5;

/** With what the paper's sessions got of its 4500 Mb/s: 3776; 4478; 620 and 3874. */
const PARTS = [
  ['tcp', '(a) plain TCP, hashed', { tcp: '84' }],
  ['mptcp', '(b) WaMPTCP', { mptcp: '100' }],
  ['mixed', '(c) both at once', { tcp: '14', mptcp: '86' }],
] as const;

const PROTOCOLS = ['tcp', 'mptcp'] as const;
const NAMES = { tcp: 'TCP', mptcp: 'MPTCP' } as const;

type Protocol = (typeof PROTOCOLS)[number];

const ALMOST = 0.05;
/** Of the sessions of (b), which should be that near. */
const NEARLY_ALL = 0.9;

export const figure6: Experiment = {
  name: 'figure-6',
  title: 'Figure 6: how fairly sessions share five lines',
  about: '5 to 15 sessions at once: the share of each, TCP, MPTCP, both',
  paper:
    'of hashed TCP many get half of their share and a few three times it; of MPTCP nearly all are within 6 %.',
  tasks: (scale) =>
    PARTS.map(([kind]) => task(fairness, parametersOf(kind, scale), SCALES[scale].repetitions)),
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

type Found = readonly Outcome<FairnessResult>[];

function foundOf(outcomes: Outcomes, kind: FairnessParameters['kind'], scale: Scale): Found {
  return outcomes.of(fairness, parametersOf(kind, scale));
}

/** What a fair part is a part of: all that the lines carry, or what the sessions of the batch got together. */
type Whole = 'lines' | 'sessions';

function sharesOf(found: Found, whole: Whole, protocol?: Protocol): readonly number[] {
  return batchesOf(found).flatMap((batch) => sharesIn(batch, whole, protocol));
}

function batchesOf(found: Found): readonly Batch[] {
  return found.flatMap((outcome) => (outcome.kind === 'measured' ? outcome.value.batches : []));
}

/** A session's fair part is that of its subflows: one for TCP, one per line for MPTCP. */
function sharesIn(batch: Batch, whole: Whole, protocol: Protocol | undefined): readonly number[] {
  const all = sum(batch.map((session) => subflowsOf(session.protocol)));
  const got = sum(batch.map(({ mbps }) => mbps));
  return batch
    .filter((session) => protocol === undefined || session.protocol === protocol)
    .map((session) => {
      const total = whole === 'lines' ? LINES * RATE * PAYLOAD[session.protocol] : got;
      return session.mbps / ((total * subflowsOf(session.protocol)) / all);
    });
}

function subflowsOf(protocol: Protocol): number {
  return protocol === 'mptcp' ? LINES : 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
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
    rows: PARTS.flatMap(([kind, title, paper]) =>
      PROTOCOLS.flatMap((protocol): readonly (readonly ResultCell[])[] => {
        const printed: Readonly<Partial<Record<Protocol, string>>> = paper;
        const theirs = printed[protocol];
        if (theirs === undefined) return [];
        const words = kind === 'mixed' ? `${title}: ${NAMES[protocol]}` : title;
        return [rowOf(words, foundOf(outcomes, kind, scale), protocol, theirs)];
      }),
    ),
  };
}

function rowOf(
  title: string,
  found: Found,
  protocol: Protocol,
  paper: string,
): readonly ResultCell[] {
  const shares = sharesOf(found, 'lines', protocol);
  const at = (fraction: number): string => quantile(shares, fraction).toFixed(2);
  const some = shares.length > 0;
  return [
    title,
    String(shares.length),
    some ? `${at(0.05)} … ${at(0.5)} … ${at(0.95)}` : '–',
    some ? percentWithin(shares) : '–',
    some ? percentWithin(sharesOf(found, 'sessions', protocol)) : '–',
    { ...used(found, protocol), paper },
  ];
}

function percentWithin(shares: readonly number[]): string {
  return `${(100 * within(shares)).toFixed(0)} %`;
}

function within(shares: readonly number[]): number {
  return shares.filter((share) => Math.abs(share - 1) <= ALMOST).length / shares.length;
}

function intervalText(shares: readonly number[]): string {
  const [least, most] = interval(within(shares), shares.length);
  return `${(100 * least).toFixed(0)} to ${(100 * most).toFixed(0)} %`;
}

function remarksOf(outcomes: Outcomes, scale: Scale): readonly string[] {
  const of = (kind: FairnessParameters['kind']): Found => foundOf(outcomes, kind, scale);
  const mixed = of('mixed');
  const together = (protocol: Protocol): number => median(used(mixed, protocol).values) / 100;
  const shares = sharesOf(of('mptcp'), 'lines');
  return shareRemarks(
    {
      ...{ tcp: sharesOf(of('tcp'), 'lines'), mptcp: shares },
      together: {
        ...{ tcp: together('tcp'), mptcp: together('mptcp') },
        batches: batchesOf(mixed).length,
      },
    },
    { within: within(shares), nearlyAll: NEARLY_ALL },
  );
}

/** One value per batch. */
function used(found: Found, protocol: Protocol): MeasuredCell {
  const part = (batch: Batch): number =>
    (100 * sum(batch.filter((one) => one.protocol === protocol).map(({ mbps }) => mbps))) /
    (LINES * RATE * PAYLOAD[protocol]);
  return pooledCell(found, ({ batches }) => batches.map(part), { digits: 0 });
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
  if (shares.length === 0) return { text, met: undefined, measured: '' };
  const at = (fraction: number): string => quantile(shares, fraction).toFixed(2);
  return {
    text,
    met: within(shares) >= NEARLY_ALL,
    measured: `${percentWithin(shares)} of ${shares.length} sessions (${intervalText(shares)} with 95 % certainty if each were by itself); 5 % below ${at(0.05)}, 5 % above ${at(0.95)}; of what all got together ${percentWithin(sharesOf(found, 'sessions'))}`,
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
