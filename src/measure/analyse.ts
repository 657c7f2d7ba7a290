/**
 * From captures to figures: the way in for the command line and for experiments.
 *
 *     const trace = new Trace();
 *     await readCapture(file, PACKET_FIELDS, (row) => addRow(trace, row));
 *     const { measurement } = analyse([{ file, side: 'receiver', trace, cutShort: false }], {});
 *
 * Always holds: pure; the same captures give the same figures, whatever their order.
 */
import { WamptcpError } from '../lib/errors.ts';
import { dataOf, originOf } from './data.ts';
import type { FlowData } from './data.ts';
import { arrivalsOf } from './delivery.ts';
import { flowsOf } from './flow.ts';
import type { Flow } from './flow.ts';
import { figuresOf } from './figures.ts';
import type { Analysis } from './figures.ts';
import { parsePacket, timeOf } from './packet.ts';
import type { Time } from './packet.ts';
import { sameFlow } from './same-flow.ts';
import { nearestBeginning, seenLosses } from './seen-losses.ts';
import { chooseFlow } from './selector.ts';
import { offsetBetween } from './sides.ts';
import type { ThroughputRule } from './throughput.ts';
import type { Trace } from './trace.ts';

export interface Capture {
  readonly file: string;
  /** `sender`, `receiver`, the name of a WAN; undefined: to be found out. */
  readonly side: string | undefined;
  readonly trace: Trace;
  readonly cutShort: boolean;
}

export interface Outage {
  readonly at: Time;
  readonly heal: Time | undefined;
  /**
   * Which part of what it had before is the flow's share of what is left, 0 … 1, where that is known.
   * Default: what it comes to by itself is taken as its share, however little that is.
   */
  readonly left?: number;
}

export interface AnalyseOptions {
  readonly outage?: Outage;
  /** See {@link chooseFlow}; default: the flow with the most payload. */
  readonly flow?: string;
  /** Default: {@link THROUGHPUT_RULE}. */
  readonly rule?: ThroughputRule;
}

/** One capture's part in the flow. */
export interface Seen {
  readonly capture: Capture;
  readonly side: string;
  /** Undefined: it does not have the flow. */
  readonly data: FlowData | undefined;
}

export function addRow(trace: Trace, row: readonly string[]): void {
  const packet = parsePacket(row);
  if (packet !== undefined) {
    trace.add(packet);
    return;
  }
  const time = timeOf(row);
  if (time !== undefined) trace.see(time);
}

/** @throws WamptcpError NO_FLOW, SIDES_UNKNOWN, SIDES_TWICE */
export function analyse(captures: readonly Capture[], options: AnalyseOptions): Analysis {
  const flows = captures.map(({ trace }) => flowsOf(trace));
  const main = captures.findIndex(({ side }) => side === 'receiver' || side === undefined);
  const listed = flows[Math.max(0, main)] ?? [];
  const flow = chooseFlow(listed, options.flow);
  if (flow === undefined) throw noFlow(captures, listed, options.flow);
  let origin = originOf(flow);
  const data = flows.map((all) => {
    const same = all === listed ? flow : sameFlow(all, flow);
    if (same === undefined) return undefined;
    const found = dataOf(same, origin);
    // Each may have subflows that those before lack.
    origin = { ...origin, subflows: found.subflows };
    return found;
  });
  if (data.every((one) => one === undefined || one.pieces.length === 0)) throw noMappings(captures);
  const { sides, notes } = sidesOf(captures, data);
  const seen = captures.map((capture, index) => ({
    capture,
    side: sides[index] ?? 'receiver',
    data: data[index],
  }));
  const first = captures.reduce(
    (least, { trace }) => Math.min(least, trace.first ?? least),
    Infinity,
  );
  const { subflows } = origin;
  const analysis = figuresOf(seen, { ...options, listed, flow, subflows, notes, first });
  const { outage } = analysis.measurement;
  if (outage?.latencyFailure.beginsHere !== false) return analysis;
  const elsewhere = otherFlowNotes({ flows, listed, flow, sides, at: outage.at });
  const { measurement } = analysis;
  return {
    ...analysis,
    measurement: { ...measurement, notes: [...measurement.notes, ...elsewhere] },
  };
}

/** Of more flows than this it is not looked up what they lost. */
const MOST_OTHERS = 20;

interface OtherFlows {
  /** Of each capture. */
  readonly flows: readonly (readonly Flow[])[];
  readonly listed: readonly Flow[];
  readonly flow: Flow;
  readonly sides: readonly string[];
  readonly at: Time;
}

/** The flow that was measured lost nothing at the outage: perhaps another one did. */
function otherFlowNotes({ flows, listed, flow, sides, at }: OtherFlows): readonly string[] {
  const losing = listed.slice(0, MOST_OTHERS).flatMap((other, index) => {
    if (other === flow) return [];
    const origin = originOf(other);
    const dataAt = (side: string): FlowData | undefined => {
      const all = flows[sides.indexOf(side)];
      const same = all === listed ? other : all === undefined ? undefined : sameFlow(all, other);
      return same === undefined ? undefined : dataOf(same, origin);
    };
    const [sent, received] = [dataAt('sender'), dataAt('receiver')];
    if (received === undefined) return [];
    const seen = seenLosses(sent, received, arrivalsOf(received).fresh);
    return nearestBeginning(seen, at).beginsHere === true ? [index + 1] : [];
  });
  const [one, ...more] = losing;
  if (one === undefined) return [];
  return more.length === 0
    ? [`flow ${one} has a loss or pause that begins at the outage: --flow ${one} measures it`]
    : [
        `flows ${losing.join(', ')} have losses or pauses that begin at the outage: choose by --flow`,
      ];
}

interface Sides {
  readonly sides: readonly string[];
  readonly notes: readonly string[];
}

function sidesOf(captures: readonly Capture[], data: readonly (FlowData | undefined)[]): Sides {
  const given = captures.flatMap(({ side }) => side ?? []);
  if (new Set(given).size < given.length) {
    throw new WamptcpError('SIDES_TWICE', `two captures are called ${given.join(' and ')}`, {
      advice: 'Name each side once: sender=FILE receiver=FILE, and each WAN by its own name.',
    });
  }
  const open = captures.flatMap(({ side }, index) => (side === undefined ? [index] : []));
  const left = ['receiver', 'sender'].filter((side) => !given.includes(side));
  if (open.length === 0) return { sides: given, notes: [] };
  if (open.length > left.length) {
    throw new WamptcpError('SIDES_UNKNOWN', 'of more than two captures the sides must be named', {
      advice: 'Write sender=FILE, receiver=FILE, and NAME=FILE for a capture on a WAN.',
    });
  }
  if (open.length === 1) {
    const side = left[0] ?? 'receiver';
    const words = `${captures[open[0] ?? 0]?.file ?? ''} is taken as the ${side}'s`;
    return {
      sides: captures.map((one) => one.side ?? side),
      notes: [`${words}; say sender=FILE or receiver=FILE if not`],
    };
  }
  return told(captures, data, open);
}

/** Two captures without a name: the same packet is seen earlier at its sender. */
function told(
  captures: readonly Capture[],
  data: readonly (FlowData | undefined)[],
  [first = 0, second = 0]: readonly number[],
): Sides {
  const [one, other] = [data[first], data[second]];
  const offset = one && other ? offsetBetween(one, other) : undefined;
  if (offset === undefined || offset === 0) {
    throw new WamptcpError('SIDES_UNKNOWN', 'the captures do not tell which is the sender’s', {
      advice: 'Write sender=FILE and receiver=FILE. Both must be of the same connection.',
    });
  }
  const sender = offset > 0 ? first : second;
  const sides = captures.map(
    ({ side }, index) => side ?? (index === sender ? 'sender' : 'receiver'),
  );
  const apart = `packets are there ${(Math.abs(offset) * 1000).toFixed(2)} ms earlier`;
  return { sides, notes: [`${captures[sender]?.file ?? ''} is the sender's: ${apart}`] };
}

function noMappings(captures: readonly Capture[]): WamptcpError {
  return new WamptcpError(
    'NO_FLOW',
    `${filesText(captures)}: no data sequence mapping of this connection`,
    {
      advice: 'Capture at least 128 bytes of each packet, on a WAN 192; options of TCP come last.',
    },
  );
}

function noFlow(
  captures: readonly Capture[],
  listed: readonly Flow[],
  words: string | undefined,
): WamptcpError {
  return words === undefined || listed.length === 0
    ? new WamptcpError('NO_FLOW', `${filesText(captures)}: no TCP or UDP payload`, {
        advice: 'Capture where the connection passes, with at least 128 bytes of each packet.',
      })
    : new WamptcpError('NO_FLOW', `no flow fits --flow ${words}`, {
        advice: `Give a number from 1 to ${listed.length}, a protocol, an address or :port; --json without --flow lists them.`,
      });
}

function filesText(captures: readonly Capture[]): string {
  return captures.map(({ file }) => file).join(', ');
}
