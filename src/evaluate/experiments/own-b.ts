/** Own experiment b: what an interval of BFD brings, and what it costs. */
import { xyOption } from '../../chart/xy.ts';
import { summarize } from '../../lib/statistics.ts';
import { sum } from '../../lib/sum.ts';
import { cell, figures, pooledCell } from '../cell.ts';
import { task } from '../experiment.ts';
import type {
  Experiment,
  Outcome,
  Outcomes,
  ResultCell,
  ResultChart,
  Scale,
  Target,
  Task,
} from '../experiment.ts';
import { detection, DETECTION_LINE } from '../instruments/detection.ts';
import type { Saturation } from '../instruments/false-alarms.ts';
import type { DetectionParameters, DetectionResult } from '../instruments/detection.ts';
import { COLOURS } from '../mechanism-titles.ts';
import { runsText } from '../runs-text.ts';

const MULTIPLIER = 3;
/** The one that must not raise false alarms. */
const PROMISED = 20;

const INTERVALS = { quick: [10, PROMISED, 500], full: [10, PROMISED, 50, 100, 200, 500, 1000] };
const SIZES = {
  quick: { cuts: 3, seconds: 15 },
  full: { cuts: 10, seconds: 180 },
} as const;
/** Where three packets in a row can be late. */
const CAN_BE_LATE = 50;
const REPETITIONS = { quick: 1, full: 2 } as const;

type Found = readonly Outcome<DetectionResult>[];

function parametersOf(bfd: number, scale: Scale): DetectionParameters {
  const { cuts, seconds } = SIZES[scale];
  return { bfd, cuts, seconds: bfd <= CAN_BE_LATE ? seconds : 0 };
}

function foundOf(outcomes: Outcomes, bfd: number, scale: Scale): Found {
  return outcomes.of(detection, parametersOf(bfd, scale));
}

function tasks(scale: Scale): readonly Task[] {
  return INTERVALS[scale].map((bfd) =>
    task(detection, parametersOf(bfd, scale), REPETITIONS[scale]),
  );
}

export const ownB: Experiment = {
  name: 'own-b',
  title: 'Own experiment b: the interval of BFD',
  about: 'time to repair at BFD 10 ms to 1 s, and false alarms on saturated lines',
  tasks,
  present: (outcomes, scale) => ({
    method: methodText(outcomes, scale),
    tables: [
      {
        caption: 'Repair, and false alarms',
        columns: [
          'BFD interval, ms',
          'cut → repaired, ms',
          'false alarms',
          'alarms while the machine stood still',
          'times that the machine stood still',
          'saturated with, Mb/s',
        ],
        rows: INTERVALS[scale].map((bfd) => rowOf(bfd, foundOf(outcomes, bfd, scale))),
      },
    ],
    charts: [chartOf(outcomes, scale)],
    remarks: [
      'The machine stood still when a real-time process of ours, woken every millisecond, was woken 15 ms late or more: ' +
        'then packets of BFD were really late. Alarms within the detection time after that are counted apart.',
      ...falseAlarms(outcomes, scale),
    ],
    targets: [alarmTarget(foundOf(outcomes, PROMISED, scale), scale)],
  }),
};

function rowOf(bfd: number, found: Found): readonly ResultCell[] {
  const saturated = (key: keyof Saturation): ResultCell =>
    bfd > CAN_BE_LATE ? '–' : cell(found, (value) => value.saturated?.[key], { digits: 0 });
  return [
    String(bfd),
    pooledCell(found, repairsOf, { digits: 1 }),
    ...(['alarms', 'excused', 'stalls', 'mbps'] as const).map(saturated),
  ];
}

/** By hand: captures of BFD at both gateways, and the times of the delay line's passes. */
const TRACED_AT = 10;
const TRACED =
  `Traced by hand at ${TRACED_AT} ms: BFD’s packets leave their gateway on time, and in the lines, which take them 1.5 ms, they wait 30 to ` +
  '50 ms now and then, on all lines and in both directions at once. A lab’s delays are made by one thread that forwards the ' +
  'packets of all lines, and one pass of it took up to 20 ms. In runs of 40 s there were 20 to 46 alarms with the round trip of ' +
  '2 ms, and 1 to 8 without any delay. So most of them are the lab’s. Without helper threads for the garbage collection of that ' +
  'program there were 46 and 50, with real-time softirq threads 38: neither is the cause.';

/** Of intervals of which nothing is promised. */
function falseAlarms(outcomes: Outcomes, scale: Scale): readonly string[] {
  return INTERVALS[scale].flatMap((bfd) => {
    const alarms = figures(foundOf(outcomes, bfd, scale), ({ saturated }) => saturated?.alarms);
    const some = alarms.filter((one) => one > 0);
    if (bfd === PROMISED || some.length === 0) return [];
    return [
      `BFD ${bfd} ms × ${MULTIPLIER} on saturated lines: false alarms in ${some.length} of ${alarms.length} runs (${alarms.join(', ')}). Each ` +
        'moves the line’s subnet to the other line for a while: the price of so short an interval on a machine like this one.',
      ...(bfd === TRACED_AT ? [TRACED] : []),
    ];
  });
}

function repairsOf({ repairsMs }: DetectionResult): readonly (number | undefined)[] {
  return repairsMs.map((time) => time ?? undefined);
}

function chartOf(outcomes: Outcomes, scale: Scale): ResultChart {
  const exact = (x: number, y: number) => ({ x, spread: summarize([y]) });
  return {
    name: 'repair-by-interval',
    caption: 'Time to repair, and the detection time that the protocol promises: three intervals.',
    option: xyOption({
      title: 'Repair and the interval of BFD',
      x: { name: 'BFD interval, ms', log: true },
      y: { name: 'cut → repaired, ms', log: true },
      series: [
        {
          name: 'measured',
          colour: COLOURS['wamptcp-fr'],
          points: INTERVALS[scale].map((bfd) => {
            const { values } = pooledCell(foundOf(outcomes, bfd, scale), repairsOf);
            return { x: bfd, spread: values.length === 0 ? null : summarize(values) };
          }),
        },
        {
          name: 'three intervals',
          colour: COLOURS['plain-tcp'],
          points: INTERVALS[scale].map((bfd) => exact(bfd, MULTIPLIER * bfd)),
        },
      ],
    }),
  };
}

function alarmTarget(found: Found, scale: Scale): Target {
  const alarms = figures(found, ({ saturated }) => saturated?.alarms);
  const excused = figures(found, ({ saturated }) => saturated?.excused);
  const seconds = alarms.length * SIZES[scale].seconds;
  return {
    text: `no false alarm at BFD ${PROMISED} ms × ${MULTIPLIER} on saturated lines`,
    met: alarms.length === 0 ? undefined : sum(alarms) === 0,
    measured:
      alarms.length === 0
        ? ''
        : `${sum(alarms)} in ${seconds} s, and ${sum(excused)} while the machine stood still`,
  };
}

function methodText(outcomes: Outcomes, scale: Scale): string {
  const { cuts, seconds } = SIZES[scale];
  const { rate, rtt } = DETECTION_LINE;
  return (
    `Two lines of ${rate} Mb/s, RTT ${rtt} ms, WaMPTCP with Fast Recovery. The first line is cut ${cuts} times while idle; then an ` +
    `MPTCP download and upload together fill both lines in both directions for ${seconds} s, at intervals up to ${CAN_BE_LATE} ms, and nothing is cut; ${runsText(outcomes, tasks(scale))}. A line counts as dead after ${MULTIPLIER} intervals.`
  );
}
