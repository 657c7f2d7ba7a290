/** Own experiments d and e: lines that differ in rate or round trip, and a line that loses packets. */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { median } from '../../lib/statistics.ts';
import { cell, figures } from '../cell.ts';
import { task } from '../experiment.ts';
import type { Experiment, Outcomes, ResultCell, ResultTable, Scale, Task } from '../experiment.ts';
import { lines, linesParameters } from '../instruments/lines.ts';
import type { LinesParameters, LinesResult } from '../instruments/lines.ts';
import { titleOf } from '../mechanism-titles.ts';
import { PAYLOAD } from '../payload.ts';
import { percentText } from '../percent-text.ts';
import type { Policy } from '../policies.ts';
import { runsText } from '../runs-text.ts';
import { lossRemarks } from './own-e-remarks.ts';
import type { AtLoss, LossyFigures } from './own-e-remarks.ts';

const SECONDS = { quick: 5, full: 15 } as const;
const REPETITIONS = { quick: 1, full: 2 } as const;

interface Case {
  readonly what: string;
  readonly asked: Pick<LinesParameters, 'mechanism'> & Partial<LinesParameters>;
}

const OURS = 'wamptcp-fr-profile';
const BOTH = 'both';

const PAIRS = [
  ['rates 100 and 10 Mb/s, RTT 10 ms', { firstRate: 100, secondRate: 10 }],
  ['RTT 10 and 100 ms, 50 Mb/s each', { ...{ firstRate: 50, secondRate: 50 }, secondRtt: 100 }],
] as const;

/** What may win back what MPTCP loses. The quick scale has the first. */
const REMEDIES: readonly (readonly [Policy, string])[] = [
  ['others-are-backup', 'the second is a backup'],
  ['leave-others-out', 'hosts leave the second out'],
  ['small-send-buffer', 'send buffers of 512 KiB'],
  ['much-unsent', 'without a limit for what is unsent'],
  ['bbr', 'bbr'],
];

function unequal(scale: Scale): readonly (readonly [string, readonly Case[]])[] {
  const remedies = scale === 'quick' ? REMEDIES.slice(0, 1) : REMEDIES;
  return PAIRS.map(([title, pair]) => [
    title,
    [
      { what: 'the better line alone (plain TCP)', asked: { mechanism: 'plain-tcp', ...pair } },
      { what: BOTH, asked: { mechanism: OURS, ...pair } },
      ...remedies.map(([policy, words]) => ({
        what: `both, ${words}`,
        asked: { mechanism: OURS, ...pair, policy } as const,
      })),
    ],
  ]);
}

const LOSSES = { quick: [1], full: [0.1, 0.5, 2] } as const;
const LOSSY: readonly MechanismName[] = ['plain-tcp', 'handoff', 'proxy', 'wamptcp', OURS];

function lossy(scale: Scale): readonly (readonly [string, readonly Case[]])[] {
  return LOSSES[scale].map((firstLoss) => [
    `${firstLoss} % of the packets of the first line lost, each way`,
    [
      ...LOSSY.map((mechanism) => ({ what: titleOf(mechanism), asked: { mechanism, firstLoss } })),
      {
        what: `${titleOf(OURS)}, first line drained`,
        asked: { mechanism: OURS, firstLoss, policy: 'drain-first' } as const,
      },
    ],
  ]);
}

function parametersOf({ asked }: Case, scale: Scale): LinesParameters {
  return linesParameters({ ...asked, seconds: SECONDS[scale] });
}

function tasksOf(
  groups: readonly (readonly [string, readonly Case[]])[],
  scale: Scale,
): readonly Task[] {
  return groups.flatMap(([, cases]) =>
    cases.map((one) => task(lines, parametersOf(one, scale), REPETITIONS[scale])),
  );
}

function tablesOf(
  groups: readonly (readonly [string, readonly Case[]])[],
  outcomes: Outcomes,
  scale: Scale,
): readonly ResultTable[] {
  return groups.map(([caption, cases]) => ({
    caption,
    columns: [
      '',
      'download, Mb/s',
      'of it over the first line, %',
      'message delay: median, ms',
      '99 %',
      'greatest',
      'false alarms',
    ],
    rows: cases.map((one): readonly ResultCell[] => {
      const found = outcomes.of(lines, parametersOf(one, scale));
      return [
        one.what,
        cell(found, ({ mbps }) => mbps, { digits: 1 }),
        cell(found, ({ overFirst }) => overFirst, { digits: 0 }),
        ...(['p50', 'p99', 'max'] as const).map((key) =>
          cell(found, ({ delayMs }) => delayMs?.[key], { digits: 1 }),
        ),
        parametersOf(one, scale).bfd === 0
          ? '–'
          : cell(found, ({ falseAlarms }) => falseAlarms, { digits: 0 }),
      ];
    }),
  }));
}

const METHOD =
  'BFD 50 ms. A download, then 200 messages of 750 octets a second. A false alarm is a path called down by BFD though ' +
  'its line was there; “–”: the mechanism does not heed BFD.';

export const ownD: Experiment = {
  name: 'own-d',
  title: 'Own experiment d: unequal lines',
  about: 'rates 1:10 and round trips 1:10: what MPTCP makes of both lines',
  tasks: (scale) => tasksOf(unequal(scale), scale),
  present: (outcomes, scale) => ({
    method: methodText(outcomes, scale, { groups: unequal(scale), where: 'Two lines.' }),
    tables: tablesOf(unequal(scale), outcomes, scale),
    charts: [],
    remarks: [
      'A backup is used only when the other is gone: what it costs in rate, it may win in delay. The first ' +
        'line is the better one for messages in both cases.',
      ...unequal(scale).flatMap(([title, cases]) => wonBack(title, cases, outcomes, scale)),
    ],
    targets: [],
  }),
};

/** What using both lines loses, and who has most rate and least delay; nothing before all is measured. */
function wonBack(
  title: string,
  cases: readonly Case[],
  outcomes: Outcomes,
  scale: Scale,
): readonly string[] {
  const rows = cases.flatMap((one) => {
    const { firstRate, secondRate } = parametersOf(one, scale);
    const found = outcomes.of(lines, parametersOf(one, scale));
    const mbps = median(figures(found, (value) => value.mbps));
    const late = median(figures(found, ({ delayMs }) => delayMs?.p99));
    const part = mbps / ((firstRate + secondRate) * PAYLOAD.mptcp);
    return Number.isNaN(mbps + late) ? [] : [{ what: one.what, part, late }];
  });
  const both = rows.find(({ what }) => what === BOTH);
  if (both === undefined || rows.length < cases.length) return [];
  const fastest = rows.reduce((best, one) => (one.part > best.part ? one : best));
  const soonest = rows.reduce((best, one) => (one.late < best.late ? one : best));
  return [
    `${title}, ${runsText(outcomes, tasksOf([[title, cases]], scale))}: a download over both has ${percentText(both.part)} of what the lines carry together, and 99 % of messages need ` +
      `${both.late.toFixed(1)} ms at most. Most rate: ${fastest.what} (${percentText(fastest.part)}); least delay: ` +
      `${soonest.what} (${soonest.late.toFixed(1)} ms).`,
  ];
}

export const ownE: Experiment = {
  name: 'own-e',
  title: 'Own experiment e: a line that loses packets',
  about: 'a grey failure that BFD does not see: rate and delay of messages',
  tasks: (scale) => tasksOf(lossy(scale), scale),
  present: (outcomes, scale) => ({
    method: methodText(outcomes, scale, {
      ...{ groups: lossy(scale), where: 'Two lines of 100 Mb/s, RTT 10 ms.' },
    }),
    tables: tablesOf(lossy(scale), outcomes, scale),
    charts: [],
    remarks: lossRemarks(
      LOSSES[scale].map((loss) => atLoss(loss, outcomes, scale)),
      runsText(outcomes, tasksOf(lossy(scale), scale)),
    ),
    targets: [],
  }),
};

/** Medians. */
function atLoss(firstLoss: number, outcomes: Outcomes, scale: Scale): AtLoss {
  const of = (mechanism: MechanismName, policy: Policy = 'none'): LossyFigures => {
    const asked = { mechanism, firstLoss, policy };
    const found = outcomes.of(lines, parametersOf({ what: '', asked }, scale));
    const middle = (pick: (value: LinesResult) => number | undefined): number =>
      median(figures(found, pick));
    return {
      mbps: middle(({ mbps }) => mbps),
      late: middle(({ delayMs }) => delayMs?.p99),
      alarms: middle(({ falseAlarms }) => falseAlarms),
    };
  };
  return {
    ...{ loss: firstLoss, tcp: of('plain-tcp'), handoff: of('handoff'), proxy: of('proxy') },
    ...{ wamptcp: of('wamptcp'), profile: of(OURS), drained: of(OURS, 'drain-first') },
  };
}

function methodText(
  outcomes: Outcomes,
  scale: Scale,
  { groups, where }: { groups: ReturnType<typeof lossy>; where: string },
): string {
  const runs = runsText(outcomes, tasksOf(groups, scale));
  return `${where} ${METHOD} ${SECONDS[scale]} s for each load; ${runs}.`;
}
