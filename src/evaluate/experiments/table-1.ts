/** Table I: throughput over five lines of 1 Gb/s, of one connection and of ten. */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import { median } from '../../lib/statistics.ts';
import { cell, figures, paperOnly } from '../cell.ts';
import { task } from '../experiment.ts';
import type { Experiment, Outcome, Outcomes, ResultCell, Scale, Task } from '../experiment.ts';
import { aggregate } from '../instruments/aggregate.ts';
import type { AggregateParameters, AggregateResult } from '../instruments/aggregate.ts';
import { titleOf } from '../mechanism-titles.ts';
import { paperHpSock, paperThroughput } from '../paper/table-1.ts';
import type { Column } from '../paper/table-1.ts';
import { runsText } from '../runs-text.ts';
import { differenceRemarks, linesUsed } from './table-1-remarks.ts';
import type { Throughput } from './table-1-remarks.ts';
import { PROXY_IS_DANTE } from '../paper/proxy.ts';

const SCALES = {
  quick: { seconds: 3, repetitions: 1 },
  full: { seconds: 10, repetitions: 2 },
} as const;

const MECHANISMS = [
  ...(['plain-tcp', 'plain-mptcp', 'ecmp-tcp', 'ecmp-mptcp', 'tunnel', 'tunnel-openvpn'] as const),
  ...(['proxy', 'proxy-dante', 'wamptcp'] as const),
] satisfies readonly MechanismName[];

const LINES = 5;
/** Mb/s. */
const RATE = 1000;
type Way = Pick<AggregateParameters, 'family' | 'encapsulation'>;

const COLUMNS: readonly (readonly [Column, string, Way, keyof AggregateResult])[] = [
  ['none ipv4', 'direct IPv4', { encapsulation: 'none', family: 'ipv4' }, 'one'],
  ['none ipv6', 'direct IPv6', { encapsulation: 'none', family: 'ipv6' }, 'one'],
  ['none ten', 'direct, 10 × IPv4', { encapsulation: 'none', family: 'ipv4' }, 'ten'],
  ['vxlan ipv4', 'VXLAN IPv4', { encapsulation: 'vxlan', family: 'ipv4' }, 'one'],
  ['vxlan ipv6', 'VXLAN IPv6', { encapsulation: 'vxlan', family: 'ipv6' }, 'one'],
  ['vxlan ten', 'VXLAN, 10 × IPv4', { encapsulation: 'vxlan', family: 'ipv4' }, 'ten'],
];

/** The quick scale has one family. */
function columns(scale: Scale): typeof COLUMNS {
  return COLUMNS.filter(([, , { family }]) => scale === 'full' || family === 'ipv4');
}

function can(name: MechanismName, { family, encapsulation }: Way): boolean {
  const { families, encapsulations } = mechanism(name);
  return families.includes(family) && encapsulations.includes(encapsulation);
}

function parametersOf(name: MechanismName, way: Way, scale: Scale): AggregateParameters {
  const { seconds } = SCALES[scale];
  return { mechanism: name, ...way, lines: LINES, rate: RATE, seconds };
}

const GIVEN = [
  'Hosts, gateways and lines share the processors of one machine. Processor seconds are ' +
    'those of the whole machine during the transfer, and so of all of these and of whatever else it did: they compare mechanisms, ' +
    'and are not what a gateway needs.',
  'A line of ours counts the octets of a frame, without the preamble, the checksum and the gap that real Ethernet adds to each: what fills ' +
    'a line has 1.6 % more than over the paper’s cables.',
  'The paper deals plain connections over VXLAN out by a hash, so its ten stand beside the hashed ones; without a hash all ten share ' +
    'the first line.',
  '“–”: the mechanism does not exist in that form here. The MPTCP Tunnel is laid through the gateways’ tunnels, and redsocks, ' +
    'which hands connections to Dante, has no IPv6. HPSockd, the paper’s second proxy, was not built.',
];

export const table1: Experiment = {
  name: 'table-1',
  title: 'Table I: throughput over 5 × 1 Gb/s',
  about: 'one connection and ten at once, with and without tunnels',
  paper:
    'WaMPTCP fills all five lines with one connection; a tunnel fills none; a proxy (Dante) has 93 % of WaMPTCP’s throughput ' +
    'without tunnels and 73 % over VXLAN.',
  tasks,
  present: (outcomes, scale) => ({
    method: methodText(outcomes, scale),
    tables: [
      tableOf(outcomes, scale, 'Mb/s', 0, ({ mbps }) => mbps, paperThroughput),
      tableOf(
        outcomes,
        scale,
        'Processor seconds of the whole machine for each Gbit',
        2,
        ({ processorSecondsPerGbit }) => processorSecondsPerGbit,
      ),
    ],
    charts: [],
    remarks: [...GIVEN, PROXY_IS_DANTE, ...differences(outcomes, scale)],
    targets: [],
  }),
};

function tasks(scale: Scale): readonly Task[] {
  const ways = columns(scale).map(([, , way]) => way);
  return MECHANISMS.flatMap((name) =>
    ways
      .filter((way) => can(name, way))
      .map((way) => task(aggregate, parametersOf(name, way, scale), SCALES[scale].repetitions)),
  );
}

function tableOf(
  outcomes: Outcomes,
  scale: Scale,
  caption: string,
  digits: number,
  pick: (transfer: AggregateResult['one']) => number,
  paper?: (name: MechanismName, column: Column) => string | undefined,
) {
  const cellOf = (
    name: MechanismName,
    [column, , way, flows]: (typeof COLUMNS)[number],
  ): ResultCell => {
    const printed = paper?.(name, column);
    if (!can(name, way)) return printed === undefined ? '–' : paperOnly(printed);
    const found = outcomes.of(aggregate, parametersOf(name, way, scale));
    return cell(found, (value) => pick(value[flows]), { digits, paper: printed });
  };
  return {
    caption,
    columns: ['mechanism', ...columns(scale).map(([, title]) => title)],
    rows: [
      ...MECHANISMS.map((name) => [
        titleOf(name),
        ...columns(scale).map((column) => cellOf(name, column)),
      ]),
      ...(paper === undefined ? [] : [hpSockRow(scale)]),
    ],
  };
}

function hpSockRow(scale: Scale): readonly ResultCell[] {
  const cells = columns(scale).map(([column]): ResultCell => {
    const printed = paperHpSock(column);
    return printed === undefined ? '–' : paperOnly(printed);
  });
  return ['MPTCP Proxy (HPSock)', ...cells];
}

function methodText(outcomes: Outcomes, scale: Scale): string {
  const { seconds } = SCALES[scale];
  const runs = runsText(outcomes, tasks(scale));
  return (
    `Five lines of 1 Gb/s without delay; downloads of ${seconds} s, counted at the receiving program from the second ` +
    `second on; ${runs}${scale === 'quick' ? '; IPv4 only' : ''}.`
  );
}

function differences(outcomes: Outcomes, scale: Scale): readonly string[] {
  const all = MECHANISMS.flatMap((name) =>
    columns(scale)
      .filter(([, , way]) => can(name, way))
      .map((column) =>
        throughputOf(name, column, outcomes.of(aggregate, parametersOf(name, column[2], scale))),
      ),
  );
  return differenceRemarks(all, { processors: outcomes.processors, lines: LINES, rate: RATE });
}

function throughputOf(
  name: MechanismName,
  [column, title, , flows]: (typeof COLUMNS)[number],
  found: readonly Outcome<AggregateResult>[],
): Throughput {
  const mbps = figures(found, (value) => value[flows].mbps);
  // Of each run: what one run had says nothing of what another one cost.
  const busy = figures(
    found,
    (value) => (value[flows].processorSecondsPerGbit * value[flows].mbps) / 1000,
  );
  const timesOfOne = figures(
    found,
    ({ one, [flows]: own }) => own.processorSecondsPerGbit / one.processorSecondsPerGbit,
  );
  const isHashed = flows === 'ten' && name.startsWith('ecmp-');
  return {
    ...{ name, title, mbps: median(mbps), runs: mbps.length },
    ...{ busy: median(busy), timesOfOne: median(timesOfOne) },
    stalled: found.filter(({ kind }) => kind === 'stalled').length,
    linesUsed: found.flatMap((outcome) =>
      outcome.kind === 'measured' && isHashed
        ? [linesUsed(outcome.value.ten.mbps, outcome.value.one.mbps)]
        : [],
    ),
    paper: paperThroughput(name, column),
  };
}
