/**
 * All figures of one flow.
 *
 * Always holds: what arrived is counted at the receiver, what was repeated at the sender; where one
 * of them is missing the other stands in, and a note says so.
 */
import { sum } from '../lib/sum.ts';
import type { Outage, Seen } from './analyse.ts';
import { lostDatagrams } from './datagrams.ts';
import type { LostDatagrams } from './datagrams.ts';
import { arrivalsOf, deliveries, greatestDelay, longestPause } from './delivery.ts';
import type { Arrival, Arrivals, Delivered } from './delivery.ts';
import type { Flow } from './flow.ts';
import type { FlowData, Subflow } from './data.ts';
import type { Measurement } from './measurement.ts';
import { milliseconds } from './milliseconds.ts';
import { outageFigures } from './outage-figures.ts';
import type { Time } from './packet.ts';
import { repetitionsOf } from './repetition.ts';
import type { Repetition } from './repetition.ts';
import { outageNotes, seenLosses } from './seen-losses.ts';
import { offsetBetween } from './sides.ts';
import { THROUGHPUT_RULE } from './throughput.ts';
import type { ThroughputRule } from './throughput.ts';
import { unknownNotes } from './why-unknown.ts';

export interface Analysis {
  readonly measurement: Measurement;
  /** New data as it arrived, for charts. */
  readonly arrivals: readonly Arrival[];
}

export interface FigureOptions {
  readonly listed: readonly Flow[];
  readonly flow: Flow;
  /** Of all captures. */
  readonly subflows: readonly Subflow[];
  readonly notes: readonly string[];
  readonly outage?: Outage;
  readonly rule?: ThroughputRule;
  /** Of all captures: from here `+6.000` counts. */
  readonly first: Time;
}

export function figuresOf(seen: readonly Seen[], options: FigureOptions): Analysis {
  const [sent, received] = [dataAt(seen, 'sender'), dataAt(seen, 'receiver')];
  const main = received ?? sent ?? seen.flatMap(({ data }) => data ?? [])[0];
  if (main === undefined) throw new TypeError('a flow that no capture has');
  const arrivals = arrivalsOf(main);
  const { fresh } = arrivals;
  const [from, until] = [fresh[0]?.time ?? 0, fresh.at(-1)?.time ?? 0];
  const repeated = repetitionsOf(sent ?? main);
  const isUdp = main.protocol === 'udp';
  // By the sender's capture alone nobody knows when data was there.
  const inOrder = received === undefined ? [] : deliveries(fresh);
  const bytes = fresh.reduce((sum, { start, end }) => sum + end - start, 0);
  const { outage, rule = THROUGHPUT_RULE } = options;
  const datagrams = isUdp && sent && received ? lostDatagrams(sent, received) : undefined;
  const subflows = subflowFigures(options.subflows, arrivals, repeated, until - from);
  const losses = outage === undefined ? undefined : seenLosses(sent, received, fresh);
  const found =
    outage === undefined
      ? null
      : outageFigures({
          ...{ sent, received, fresh, outage, rule },
          ...{ seen: losses, first: options.first },
        });
  const measured: Omit<Measurement, 'notes'> = {
    captures: seen.map(captureFigures),
    flows: options.listed.slice(0, MOST_FLOWS).map(flowFigures),
    flowCount: options.listed.length,
    flow: options.listed.indexOf(options.flow) + 1,
    protocol: main.protocol,
    from,
    until,
    bytes,
    goodputMbps: megabits(bytes, until - from),
    subflows,
    duplicateBytes: sum(arrivals.duplicates),
    reinjectedBytes: sum(repeated.map(({ reinjected }) => reinjected)),
    retransmittedBytes: sum(repeated.map(({ retransmitted }) => retransmitted)),
    missingBytes: arrivals.missing,
    lostDatagrams: datagrams?.lost ?? null,
    outOfOrderMs: isUdp ? null : outOfOrder(inOrder),
    longestPause: moment(longestPause(inOrder)),
    greatestDelay: moment(sent && !isUdp ? greatestDelay(sent.pieces, inOrder) : undefined),
    outage: found,
  };
  const notes = [
    ...options.notes,
    ...notesOf(seen, sent, received),
    ...datagramNotes(datagrams),
    ...(outage === undefined || found === null
      ? []
      : outageNotes(losses, outage, found, options.first)),
    ...unknownNotes(measured, { sent: sent !== undefined, received: received !== undefined }),
  ];
  return { arrivals: fresh, measurement: { ...measured, notes } };
}

/** Seconds by which clocks of one machine may seem to differ. */
const CLOCKS_APART = 0.0005;

/** Of flows more than this a reader wants to know nothing. */
const MOST_FLOWS = 20;

function dataAt(seen: readonly Seen[], side: string): FlowData | undefined {
  return seen.find((one) => one.side === side)?.data;
}

function captureFigures({ capture, side, data }: Seen): Measurement['captures'][number] {
  const { file, cutShort, trace } = capture;
  const flowBytes = sum((data?.pieces ?? []).map(({ start, end }) => end - start));
  return { file, side, packets: trace.packets, cutShort, flowBytes };
}

function flowFigures(flow: Flow, index: number): Measurement['flows'][number] {
  const { protocol, halves, bytes } = flow;
  return { number: index + 1, protocol, subflows: halves.map(subflowName), bytes };
}

export function subflowName({ source, destination }: Subflow): string {
  return `${source} > ${destination}`;
}

function subflowFigures(
  subflows: readonly Subflow[],
  { fresh, duplicates }: Arrivals,
  repeated: readonly Repetition[],
  seconds: number,
): Measurement['subflows'] {
  const bytes = subflows.map(() => 0);
  for (const { subflow, start, end } of fresh) {
    bytes[subflow] = (bytes[subflow] ?? 0) + end - start;
  }
  return subflows.map((one, index) => ({
    name: subflowName(one),
    bytes: bytes[index] ?? 0,
    goodputMbps: megabits(bytes[index] ?? 0, seconds),
    duplicateBytes: duplicates[index] ?? 0,
    reinjectedBytes: repeated[index]?.reinjected ?? 0,
    retransmittedBytes: repeated[index]?.retransmitted ?? 0,
  }));
}

/** Weighted by bytes. */
function outOfOrder(inOrder: readonly Delivered[]): Measurement['outOfOrderMs'] {
  const waits = inOrder
    .map(({ time, delivered, start, end }) => ({ wait: delivered - time, bytes: end - start }))
    .toSorted((one, other) => one.wait - other.wait);
  const total = sum(waits.map(({ bytes }) => bytes));
  const last = waits.at(-1);
  if (last === undefined) return null;
  const at = (share: number): number => {
    let before = 0;
    for (const { wait, bytes } of waits) if ((before += bytes) >= share * total) return wait;
    return last.wait;
  };
  return {
    median: milliseconds(at(0.5)),
    p99: milliseconds(at(0.99)),
    max: milliseconds(last.wait),
  };
}

function moment(
  found: { readonly from: Time; readonly seconds: number } | undefined,
): { ms: number; at: number } | null {
  return found === undefined ? null : { ms: milliseconds(found.seconds), at: found.from };
}

function notesOf(
  seen: readonly Seen[],
  sent: FlowData | undefined,
  received: FlowData | undefined,
): readonly string[] {
  const without = seen.filter(({ data }) => data === undefined).map(({ capture }) => capture.file);
  const unmapped = (received ?? sent)?.unmapped ?? 0;
  const ahead = sent && received ? (offsetBetween(sent, received) ?? 0) : 0;
  const unstamped = sent?.protocol === 'tcp' || sent?.protocol === 'mptcp';
  return [
    ...seen.flatMap(({ capture: { cutShort, file } }) =>
      cutShort ? [`${file} ends in the middle of a packet; all before that is used`] : [],
    ),
    ...(ahead < -CLOCKS_APART
      ? [
          `packets arrive ${(-1000 * ahead).toFixed(1)} ms before they are sent: the clocks of the two captures differ, and what takes both is off by that`,
        ]
      : []),
    ...without.map((file) => `${file} does not have this flow`),
    ...(received === undefined
      ? ['without the receiver’s capture: data counts when it is sent; what waits is not known']
      : []),
    ...(unmapped > 0
      ? [`${unmapped} bytes have no data sequence mapping in the capture and are left out`]
      : []),
    ...(unstamped && sent.pieces.some(({ stamp }) => stamp === undefined)
      ? ['without TCP timestamps a loss that its own subflow made good is not seen as a loss']
      : []),
  ];
}

function datagramNotes(found: LostDatagrams | undefined): readonly string[] {
  if (found === undefined || found.atTheEnds === 0) return [];
  return [
    `${found.atTheEnds} of the lost datagrams were sent before the first that arrived, or after the last: lost only if the receiver’s capture ran then`,
  ];
}

/** Captures tell nanoseconds; over less there is no rate. */
const LEAST_SECONDS = 1e-9;

function megabits(bytes: number, seconds: number): number {
  return seconds >= LEAST_SECONDS ? Number(((8 * bytes) / seconds / 1e6).toPrecision(5)) : 0;
}
