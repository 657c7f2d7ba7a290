/** Own experiment c: what the host profile's timers bring, and what they cost. */
import { DEFAULTS } from '../../config/defaults.ts';
import { median } from '../../lib/statistics.ts';
import { cell, everyRun } from '../cell.ts';
import type {
  Experiment,
  MeasuredCell,
  Outcomes,
  ResultCell,
  ResultTable,
  Scale,
  Task,
} from '../experiment.ts';
import {
  asked,
  cellOfOutage,
  messageDelayCell,
  metricCell,
  outageTasks,
  outcomesOfOutage,
} from './outage-cells.ts';
import type { OutageResult } from '../instruments/outage.ts';
import { runsText } from '../runs-text.ts';
import type { OutageQuestion } from './outage-cells.ts';

/** Fast enough that the hosts' timers, and not detection, decide. */
const BFD = 20;

const TIMERS = {
  quick: { rtoMin: [10, 200], staleLossCount: [1, 4], loads: ['stream'] },
  full: { rtoMin: [5, 10, 20, 50, 200], staleLossCount: [1, 4], loads: ['stream', 'bulk'] },
} as const;

/** Seconds; recovery is not looked at. */
const AFTER = { after: 2 } as const;

/** The other timers do nothing while nothing is wrong. */
const PRICED = { mechanism: 'wamptcp-fr', staleLossCount: 1, outage: 0, after: 6 } as const;

const MECHANISMS = [
  ['wamptcp', 'without Fast Recovery'],
  ['wamptcp-fr', 'with Fast Recovery'],
] as const;

interface Timers {
  readonly rtoMin: number;
  readonly staleLossCount: number;
}

function timersOf(scale: Scale): readonly Timers[] {
  const { rtoMin, staleLossCount } = TIMERS[scale];
  return rtoMin.flatMap((least) =>
    staleLossCount.map((count) => ({ rtoMin: least, staleLossCount: count })),
  );
}

function question(
  mechanism: (typeof MECHANISMS)[number][0],
  timers: Timers,
  load: 'stream' | 'bulk',
): OutageQuestion {
  return { mechanism, bfd: BFD, load, ...timers, ...AFTER };
}

/** The profile has timers of its own, and does without F-RTO. */
function profiles(scale: Scale): readonly OutageQuestion[] {
  return TIMERS[scale].loads.map((load) => ({
    ...{ mechanism: 'wamptcp-fr-profile', bfd: BFD, load },
    ...AFTER,
  }));
}

function outages(scale: Scale): readonly OutageQuestion[] {
  return MECHANISMS.flatMap(([name]) =>
    timersOf(scale).flatMap((timers) =>
      TIMERS[scale].loads.map((load) => question(name, timers, load)),
    ),
  );
}

/** Downloads, whose queues make round trips uneven; a light stream has nothing to be mistaken about. */
function prices(scale: Scale): readonly OutageQuestion[] {
  return TIMERS[scale].rtoMin.map((rtoMin) => ({ ...PRICED, bfd: BFD, rtoMin }));
}

function tasks(scale: Scale): readonly Task[] {
  return outageTasks([...outages(scale), ...profiles(scale), ...prices(scale)], scale);
}

export const ownC: Experiment = {
  name: 'own-c',
  title: 'Own experiment c: the timers of hosts',
  about: 'rto_min × stale_loss_cnt × Fast Recovery: T-latency, and its price',
  tasks,
  present: (outcomes, scale) => ({
    method: methodText(outcomes, scale),
    tables: [
      ...MECHANISMS.map(([name, title]) => tableOf(outcomes, scale, name, title)),
      priceTable(outcomes, scale),
    ],
    charts: [],
    remarks: [
      ...ranges(outcomes, scale),
      'The greatest delay of a message is of the whole run. Where it is longer than T-latency something else than the outage held ' +
        'messages up; what was not traced.',
      'Reinjected is what MPTCP sent again over another subflow, repeated what TCP sent again over the same one; both ' +
        'also contain what was really lost. Needless is what the receiver said it had already (RFC 2883).',
      `The host profile has rto_min ${DEFAULTS.host.rtoMin} and, unlike the other rows, no F-RTO.`,
    ],
    targets: [],
  }),
};

/** What the timers decide, and what Fast Recovery. */
function ranges(outcomes: Outcomes, scale: Scale): readonly string[] {
  const { loads } = TIMERS[scale];
  const each = loads.flatMap((load) =>
    MECHANISMS.flatMap(([name, title]) => {
      const all = timersOf(scale)
        .map((timers) =>
          cellOfOutage(outcomes, question(name, timers, load), scale, 'latencyFailure'),
        )
        .map((one) => median(everyRun(one)))
        .filter((one) => !Number.isNaN(one));
      if (all.length === 0) return [];
      const [least, most] = [Math.min(...all), Math.max(...all)].map((one) =>
        Number.isFinite(one) ? one.toFixed(3) : 'never',
      );
      return [`${load} ${title} ${least} to ${most}`];
    }),
  );
  if (each.length === 0) return [];
  return [`T-latency-failure over all of these timers, medians in seconds: ${each.join('; ')}.`];
}

function tableOf(
  outcomes: Outcomes,
  scale: Scale,
  name: (typeof MECHANISMS)[number][0],
  title: string,
): ResultTable {
  const { loads } = TIMERS[scale];
  return {
    caption: `WaMPTCP ${title}`,
    columns: [
      'rto_min, ms',
      'stale_loss_cnt',
      ...loads.flatMap((load) => [
        `${load}: T-latency-failure, s`,
        load === 'stream' ? 'greatest delay of a message, s' : 'T-throughput-failure, s',
        `${load}: reinjected, kB`,
        `${load}: repeated, kB`,
      ]),
    ],
    rows: [
      ...timersOf(scale).map((timers) => [
        String(timers.rtoMin),
        String(timers.staleLossCount),
        ...loads.flatMap((load) => cellsOf(outcomes, question(name, timers, load), scale)),
      ]),
      ...(name === 'wamptcp-fr' ? [profileRow(outcomes, scale)] : []),
    ],
  };
}

function profileRow(outcomes: Outcomes, scale: Scale): readonly ResultCell[] {
  const cells = profiles(scale).flatMap((one) => cellsOf(outcomes, one, scale));
  return ['host profile', `${DEFAULTS.host.staleLossCount}`, ...cells];
}

function cellsOf(
  outcomes: Outcomes,
  asking: OutageQuestion,
  scale: Scale,
): readonly MeasuredCell[] {
  const found = outcomesOfOutage(outcomes, asking, scale);
  const watched = asked(asking, scale);
  return [
    metricCell(found, 'latencyFailure', { watched }),
    asking.load === 'stream'
      ? messageDelayCell(found)
      : metricCell(found, 'throughputFailure', { watched }),
    cell(found, ({ reinjectedBytes }) => reinjectedBytes / 1000, { digits: 0 }),
    cell(found, ({ retransmittedBytes }) => retransmittedBytes / 1000, { digits: 0 }),
  ];
}

function priceTable(outcomes: Outcomes, scale: Scale): ResultTable {
  return {
    caption: 'The price while nothing is wrong: a download over both lines, no outage',
    columns: [
      'rto_min, ms',
      'Mb/s on the lines',
      'repeated, kB',
      'needless segments',
      'reinjected, kB',
    ],
    rows: prices(scale).map((asking) => {
      const found = outcomesOfOutage(outcomes, asking, scale);
      return [
        String(asking.rtoMin),
        cell(found, ({ rates }) => meanMbps(rates), { digits: 1 }),
        cell(found, ({ retransmittedBytes }) => retransmittedBytes / 1000, { digits: 0 }),
        cell(found, ({ needlessSegments }) => needlessSegments, { digits: 0 }),
        cell(found, ({ reinjectedBytes }) => reinjectedBytes / 1000, { digits: 0 }),
      ];
    }),
  };
}

/** Of all lines together, headers included, but for slow start and the very end. */
function meanMbps(rates: OutageResult['rates']): number | undefined {
  const end = rates.at(-1)?.at ?? 0;
  const counted = rates.filter(({ at }) => at > -1 && at < end - 0.5);
  if (counted.length === 0) return undefined;
  const total = counted.flatMap(({ lines }) => lines).reduce((sum, one) => sum + one, 0);
  return total / counted.length;
}

function methodText(outcomes: Outcomes, scale: Scale): string {
  const { before, outage, rtt } = asked({ mechanism: 'wamptcp' }, scale);
  return (
    `Two lines of 100 Mb/s, RTT ${rtt} ms, BFD ${BFD} ms; after ${before} s a line is cut for ${outage} s: under a stream the one ` +
    `that carries it, under a download (bulk) the primary one. The stream: 2,000 messages of 1,200 octets a second; ${runsText(outcomes, tasks(scale))}.`
  );
}
