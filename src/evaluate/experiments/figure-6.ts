/** Figure 6: how fairly sessions share five lines. */
import { distributionOption } from '../../chart/steps.ts';
import { quantile } from '../../lib/statistics.ts';
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
import type { FairnessParameters, FairnessResult } from '../instruments/fairness.ts';
import { COLOURS } from '../mechanism-titles.ts';

const SCALES = {
  quick: { batches: 3, seconds: 5, repetitions: 1 },
  full: { batches: 10, seconds: 20, repetitions: 4 },
} as const;

/** So slow that two processors carry fifteen sessions easily; shares do not depend on it. */
const RATE = 200;
const LINES = 5;
/** Octets of a full packet of 1514 that VXLAN, IP, TCP (with timestamps) and MPTCP's DSS leave. */
const PAYLOAD = { tcp: 1398 / 1514, mptcp: 1370 / 1514 } as const;

/** With what the paper's sessions got of its 4500 Mb/s: 3776; 4478; 620 and 3874. */
const PARTS = [
  ['tcp', '(a) plain TCP, hashed', { tcp: '84' }],
  ['mptcp', '(b) WaMPTCP', { mptcp: '100' }],
  ['mixed', '(c) both at once', { tcp: '14', mptcp: '86' }],
] as const;

const PROTOCOLS = ['tcp', 'mptcp'] as const;

type Protocol = (typeof PROTOCOLS)[number];

const ALMOST = 0.05;

export const figure6: Experiment = {
  name: 'figure-6',
  title: 'Figure 6: how fairly sessions share five lines',
  about: '5 to 15 sessions at once: the share of each, TCP, MPTCP, both',
  paper:
    'of hashed TCP many get half of their share and a few three times it; of MPTCP nearly all are within 6 %.',
  tasks: (scale) =>
    PARTS.map(([kind]) => task(fairness, parametersOf(kind, scale), SCALES[scale].repetitions)),
  present: (outcomes, scale) => ({
    method: methodText(scale),
    tables: [tableOf(outcomes, scale)],
    charts: [chartOf(outcomes, scale)],
    remarks: [
      'A share is the session’s rate as a part of what all sessions of its batch got, times their number: 1 is ' +
        'exactly fair, whatever the machine could carry.',
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

function sharesOf(found: Found, protocol?: 'tcp' | 'mptcp'): readonly number[] {
  return found.flatMap((outcome) =>
    outcome.kind === 'measured'
      ? outcome.value.sessions
          .filter((session) => protocol === undefined || session.protocol === protocol)
          .map(({ share }) => share)
      : [],
  );
}

function tableOf(outcomes: Outcomes, scale: Scale) {
  const rows = PARTS.map(([kind, title, paper]): readonly ResultCell[] => {
    const found = foundOf(outcomes, kind, scale);
    const shares = sharesOf(found);
    const at = (fraction: number): string => quantile(shares, fraction).toFixed(2);
    return [
      title,
      String(shares.length),
      shares.length === 0 ? '–' : `${at(0.05)} … ${at(0.5)} … ${at(0.95)}`,
      shares.length === 0 ? '–' : `${(100 * within(shares)).toFixed(0)} %`,
      ...PROTOCOLS.map((protocol): ResultCell => {
        const printed: Readonly<Partial<Record<Protocol, string>>> = paper;
        const theirs = printed[protocol];
        return theirs === undefined ? '–' : { ...used(found, protocol), paper: theirs };
      }),
    ];
  });
  return {
    caption: 'Shares, and what all sessions got together',
    columns: [
      'sessions of',
      'sessions',
      'shares: 5 %, median, 95 %',
      'within 5 % of fair',
      'TCP: of the lines’ payload, %',
      'MPTCP: of the lines’ payload, %',
    ],
    rows,
  };
}

function within(shares: readonly number[]): number {
  return shares.filter((share) => Math.abs(share - 1) <= ALMOST).length / shares.length;
}

/** One value per batch. */
function used(found: Found, protocol: Protocol): MeasuredCell {
  const part = (aggregate: FairnessResult['aggregates'][number]): number =>
    (100 * aggregate[protocol]) / (LINES * RATE * PAYLOAD[protocol]);
  return pooledCell(found, ({ aggregates }) => aggregates.map(part), { digits: 0 });
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
          values: sharesOf(foundOf(outcomes, 'tcp', scale)),
        },
        {
          name: 'WaMPTCP',
          colour: COLOURS['wamptcp-fr'],
          values: sharesOf(foundOf(outcomes, 'mptcp', scale)),
        },
        {
          name: 'TCP of both',
          colour: COLOURS.handoff,
          dashed: true,
          values: sharesOf(mixed, 'tcp'),
        },
        {
          name: 'MPTCP of both',
          colour: COLOURS['wamptcp-fr'],
          dashed: true,
          values: sharesOf(mixed, 'mptcp'),
        },
      ],
    }),
  };
}

function target(outcomes: Outcomes, scale: Scale): Target {
  const text = 'Fig. 6(b): nine of ten shares within ±5 %';
  const shares = sharesOf(foundOf(outcomes, 'mptcp', scale));
  if (shares.length === 0) return { text, met: undefined, measured: '' };
  const at = (fraction: number): string => quantile(shares, fraction).toFixed(2);
  return {
    text,
    met: within(shares) >= 0.9,
    measured: `${(100 * within(shares)).toFixed(0)} % of ${shares.length} sessions; 5 % below ${at(0.05)}, 5 % above ${at(0.95)}`,
  };
}

function methodText(scale: Scale): string {
  const { batches, seconds, repetitions } = SCALES[scale];
  return (
    `${LINES} × ${RATE} Mb/s, RTT 1 ms. ${batches * repetitions} batches of 5 to 15 sessions for ${seconds} s each, counted after ` +
    `two seconds, the same numbers for all three kinds (for both at once, odd ones rounded up); the paper had more than 10,000 sessions of 60 s over 5 × 1 Gb/s.`
  );
}
