/**
 * Table III: an outage by the congestion control of the hosts.
 *
 * Always holds: a control that hosts may not use on this machine is shown as that, and not as a failure
 * of what was measured.
 */
import { cell, everyRun, paperOnly } from '../cell.ts';
import type { Experiment, Outcome, Outcomes, ResultCell, Scale } from '../experiment.ts';
import type { OutageResult } from '../instruments/outage.ts';
import { PAPER_CONTROLS, PAPER_SAYS, paperControl } from '../paper/congestion-controls.ts';
import type { ControlFigures } from '../paper/congestion-controls.ts';
import { runsText } from '../runs-text.ts';
import {
  asked,
  FAR_LENGTHS,
  FAR_WORDS,
  metricCell,
  methodText,
  outageTasks,
  outcomesOfOutage,
} from './outage-cells.ts';
import type { OutageQuestion } from './outage-cells.ts';
import { comparedOf, differenceRemarks } from './outage-remarks.ts';

/** Those of the upstream kernel that the paper has too, and bbr. */
const CONTROLS = ['cubic', 'reno', 'bbr'] as const;

/** Of the paper's controls those that are not measured here. */
const THEIRS = PAPER_CONTROLS.filter((control) => !CONTROLS.some((ours) => ours === control));

const CHOICE =
  'Measured are cubic and reno, which nearly every kernel has built in, and bbr, which the paper has not. Of the paper’s ' +
  'others vegas, illinois, veno and westwood are modules that must be loaded first, and olia, balia and wvegas, which couple ' +
  'the subflows of a connection, never came into the upstream kernel: their rows have only the paper’s figures, and ' +
  'only where those are shown, beside BFD at 1 s.';

/** BFD at 1 s needs an outage longer than those of the quick scale. */
const BFD = { quick: 100, full: 1000 } as const;
const RTT = { quick: [1], full: [1, 100] } as const;

const FAR = ` At RTT 100 ms ${FAR_WORDS}.`;

const GROWTH =
  'T-throughput-recovery is measured against the rate in the last 2 s before the cut, when windows have grown. Over which time ' +
  'the paper’s throughput was taken it does not say; so our mean stands beside, of all that the branch received until the cut, headers ' +
  'and repetitions included. At RTT 1 ms throughput is what the lines carry, of which ours count no preamble, checksum and gap ' +
  'of frames (1.6 %).';

const POOLED =
  'Hosts use cubic where they may, so runs without a chosen control, as those of Table II, count as runs of cubic.';

const COLUMNS = [
  'congestion control',
  'RTT, ms',
  'T-latency-failure, s',
  'T-throughput-recovery, s',
  'throughput in the last 2 s before the cut, Mb/s',
  'mean from the beginning to the cut, Mb/s',
  'T-throughput-failure, s',
] as const;

function question(control: string, rtt: number, scale: Scale): OutageQuestion {
  return {
    ...{ mechanism: 'wamptcp-fr', bfd: BFD[scale], control, rtt },
    ...(rtt > 50 ? FAR_LENGTHS : {}),
  };
}

function questions(scale: Scale): readonly OutageQuestion[] {
  return CONTROLS.flatMap((control) => RTT[scale].map((rtt) => question(control, rtt, scale)));
}

export const table3: Experiment = {
  name: 'table-3',
  title: 'Table III: congestion controls',
  about: 'WaMPTCP+FR through an outage, by the congestion control of the hosts',
  paper: PAPER_SAYS,
  tasks: (scale) => outageTasks(questions(scale), scale),
  present: (outcomes, scale) => ({
    method: `${methodText(scale, runs(outcomes, scale))} BFD ${BFD[scale]} ms.${scale === 'full' ? FAR : ''}`,
    tables: [
      {
        caption: 'WaMPTCP+FR',
        columns: COLUMNS,
        rows: [
          ...CONTROLS.flatMap((control) =>
            RTT[scale].map((rtt) => rowOf(outcomes, control, rtt, scale)),
          ),
          ...THEIRS.flatMap((control) =>
            RTT[scale].flatMap((rtt) => paperRow(control, rtt, scale)),
          ),
        ],
      },
    ],
    charts: [],
    remarks: [
      CHOICE,
      ...notHere(outcomes, scale),
      ...pooled(outcomes, scale),
      ...differences(outcomes, scale),
      GROWTH,
    ],
    targets: [],
  }),
};

function runs(outcomes: Outcomes, scale: Scale): string {
  const hasOthers = RTT[scale].some(
    (rtt) =>
      foundOf(outcomes, 'cubic', rtt, scale).length >
      outcomesOfOutage(outcomes, question('cubic', rtt, scale), scale).length,
  );
  const own = runsText(outcomes, outageTasks(questions(scale), scale));
  return hasOthers ? `${own}, of cubic also those without a chosen control` : own;
}

function rowOf(
  outcomes: Outcomes,
  control: string,
  rtt: number,
  scale: Scale,
): readonly ResultCell[] {
  const found = foundOf(outcomes, control, rtt, scale);
  const watched = asked(question(control, rtt, scale), scale);
  const paper = printed(control, rtt, scale);
  return [
    control,
    String(rtt),
    metricCell(found, 'latencyFailure', { paper: paper?.latencyFailure, watched }),
    metricCell(found, 'throughputRecovery', { paper: paper?.throughputRecovery, watched }),
    cell(found, ({ goodput }) => goodput.before ?? undefined, {
      digits: 1,
      paper: paper?.throughput,
    }),
    cell(found, (value) => meanBefore(value, watched.before), { digits: 1 }),
    metricCell(found, 'throughputFailure', { watched }),
  ];
}

/** Of cubic also the runs without a choice, where cubic is what hosts then use. */
function foundOf(
  outcomes: Outcomes,
  control: string,
  rtt: number,
  scale: Scale,
): readonly Outcome<OutageResult>[] {
  const asking = question(control, rtt, scale);
  const found = outcomesOfOutage(outcomes, asking, scale);
  if (control !== 'cubic' || notAllowed(found)) return found;
  return [...found, ...outcomesOfOutage(outcomes, { ...asking, control: '' }, scale)];
}

/** Mb/s on both lines together. */
function meanBefore({ rates }: OutageResult, seconds: number): number | undefined {
  const before = rates.filter(({ at }) => at >= -seconds && at < 0).flatMap(({ lines }) => lines);
  const lines = rates[0]?.lines.length ?? 0;
  if (before.length === 0) return undefined;
  return (before.reduce((sum, rate) => sum + rate, 0) * lines) / before.length;
}

/** Empty where there is no figure of the paper to show. */
function paperRow(control: string, rtt: number, scale: Scale): readonly (readonly ResultCell[])[] {
  const paper = printed(control, rtt, scale);
  if (paper === undefined) return [];
  const { latencyFailure, throughputRecovery, throughput } = paper;
  const cells = [latencyFailure, throughputRecovery, throughput].map(paperOnly);
  return [[control, String(rtt), ...cells, '–', '–']];
}

/** The paper's figures are those of BFD at 1 s only. */
function printed(control: string, rtt: number, scale: Scale): ControlFigures | undefined {
  return BFD[scale] === 1000 ? paperControl(control, rtt) : undefined;
}

function notAllowed(found: readonly Outcome<OutageResult>[]): boolean {
  return found.length > 0 && found.every(({ kind }) => kind === 'unavailable');
}

function notHere(outcomes: Outcomes, scale: Scale): readonly string[] {
  const missing = CONTROLS.filter((control) =>
    RTT[scale].every((rtt) =>
      notAllowed(outcomesOfOutage(outcomes, question(control, rtt, scale), scale)),
    ),
  );
  if (missing.length === 0) return [];
  return [
    `Hosts of this machine may not use ${missing.join(', ')}: not in net.ipv4.tcp_allowed_congestion_control.`,
  ];
}

/** How far runs of the very same are apart. */
function pooled(outcomes: Outcomes, scale: Scale): readonly string[] {
  const spreads = CONTROLS.flatMap((control) =>
    RTT[scale].flatMap((rtt) => {
      const [, , , recovery] = rowOf(outcomes, control, rtt, scale);
      if (typeof recovery !== 'object') return [];
      const runs = everyRun(recovery);
      const isFar = runs.length > 1 && Math.max(...runs) > 1.5 * Math.min(...runs) + 0.1;
      return isFar ? [`${control} at RTT ${rtt} ms (${runs.map(secondsText).join(', ')})`] : [];
    }),
  );
  const far =
    spreads.length === 0
      ? ''
      : ` T-throughput-recovery differs much between runs of the same: ${spreads.join('; ')}. Smaller differences between controls, and from the paper, are no finding.`;
  return [`${POOLED}${far}`];
}

function secondsText(seconds: number): string {
  return Number.isFinite(seconds) ? `${seconds.toFixed(2)} s` : 'not reached';
}

/** By control; the throughput has its own reasons. */
function differences(outcomes: Outcomes, scale: Scale): readonly string[] {
  const compared = CONTROLS.flatMap((control) =>
    RTT[scale].flatMap((rtt) => {
      const [, , ...cells] = rowOf(outcomes, control, rtt, scale);
      const found = foundOf(outcomes, control, rtt, scale);
      return (['latencyFailure', 'throughputRecovery'] as const).flatMap((metric, index) => {
        const one = cells[index];
        const title = `${control} at RTT ${rtt} ms`;
        return typeof one === 'object'
          ? [
              comparedOf(asked(question(control, rtt, scale), scale), found, {
                title,
                metric,
                cell: one,
              }),
            ]
          : [];
      });
    }),
  );
  return differenceRemarks(compared, scale);
}
