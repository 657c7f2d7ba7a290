/**
 * Table III: an outage by the congestion control of the hosts.
 *
 * Always holds: a control that hosts may not use on this machine is shown as that, and not as a failure
 * of what was measured.
 */
import { cell, paperOnly } from '../cell.ts';
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
import { differenceRemarks } from './outage-remarks.ts';

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
  'At RTT 100 ms throughput depends on how long a connection has grown before the cut, ' +
  `${FAR_LENGTHS.before} s here; the paper does not say. ` +
  'At 1 ms it is what the lines carry, of which ours count no preamble, checksum and gap of frames (1.6 %).';

const COLUMNS = [
  'congestion control',
  'RTT, ms',
  'T-latency-failure, s',
  'T-throughput-recovery, s',
  'throughput before the cut, Mb/s',
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
    method: `${methodText(scale, runsText(outcomes, outageTasks(questions(scale), scale)))} BFD ${BFD[scale]} ms.${scale === 'full' ? FAR : ''}`,
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
    remarks: [CHOICE, ...notHere(outcomes, scale), ...differences(outcomes, scale)],
    targets: [],
  }),
};

function rowOf(
  outcomes: Outcomes,
  control: string,
  rtt: number,
  scale: Scale,
): readonly ResultCell[] {
  const found = outcomesOfOutage(outcomes, question(control, rtt, scale), scale);
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
  ];
}

/** Empty where there is no figure of the paper to show. */
function paperRow(control: string, rtt: number, scale: Scale): readonly (readonly ResultCell[])[] {
  const paper = printed(control, rtt, scale);
  if (paper === undefined) return [];
  const { latencyFailure, throughputRecovery, throughput } = paper;
  const cells = [latencyFailure, throughputRecovery, throughput].map(paperOnly);
  return [[control, String(rtt), ...cells]];
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

/** By control; the throughput has its own reasons. */
function differences(outcomes: Outcomes, scale: Scale): readonly string[] {
  const rows = CONTROLS.flatMap((control) =>
    RTT[scale].map((rtt) => ({
      rtt,
      title: `${control} at RTT ${rtt} ms`,
      cells: rowOf(outcomes, control, rtt, scale).slice(2),
    })),
  );
  const compared = rows.flatMap(({ title, cells: [latency, recovery] }) => [
    ...(typeof latency === 'object'
      ? [{ title, metric: 'latencyFailure' as const, cell: latency }]
      : []),
    ...(typeof recovery === 'object'
      ? [{ title, metric: 'throughputRecovery' as const, cell: recovery }]
      : []),
  ]);
  return [
    ...differenceRemarks(compared, scale),
    ...(rows.some(({ rtt }) => rtt > 50) ? [GROWTH] : []),
  ];
}
