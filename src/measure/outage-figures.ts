/**
 * T-throughput and T-latency of one outage, failure and recovery (section IV-B of the paper).
 *
 * Always holds: definitions are those of docs/metrics.md.
 */
import type { Outage } from './analyse.ts';
import type { FlowData } from './data.ts';
import type { Arrival } from './delivery.ts';
import { latencyOfLateness, latencyOfLosses } from './latency.ts';
import type { Measurement } from './measurement.ts';
import { milliseconds } from './milliseconds.ts';
import type { Time } from './packet.ts';
import { listedLosses, nearestBeginning } from './seen-losses.ts';
import type { SeenLosses } from './seen-losses.ts';
import { Goodput, referenceRate, restoredAfter } from './throughput.ts';
import type { Phase, ThroughputRule } from './throughput.ts';
import { whyNoLatency, whyNotRestored } from './why-unknown.ts';

export interface OutageInput {
  readonly sent: FlowData | undefined;
  readonly received: FlowData | undefined;
  readonly fresh: readonly Arrival[];
  readonly outage: Outage;
  readonly rule: ThroughputRule;
  /** Undefined: not known. */
  readonly seen: SeenLosses | undefined;
  /** Of all captures: from here `+6.000` counts. */
  readonly first: Time;
}

type Figures = NonNullable<Measurement['outage']>;

export function outageFigures(input: OutageInput): Figures {
  const { fresh, rule, outage } = input;
  const goodput = new Goodput(fresh);
  const until = fresh.at(-1)?.time ?? outage.at;
  const before = { from: fresh[0]?.time ?? outage.at, until: outage.at };
  const during = { from: outage.at, until: Math.min(until, outage.heal ?? Infinity) };
  const after = outage.heal === undefined ? undefined : { from: outage.heal, until };
  const usual = referenceRate(goodput, before, rule);
  return {
    at: outage.at,
    heal: outage.heal ?? null,
    throughputFailure: throughput(goodput, during, shareOf(input, goodput, during, usual), rule),
    latencyFailure: latency(input, { from: outage.at, until: outage.heal ?? Infinity }),
    throughputRecovery:
      after === undefined
        ? null
        : throughput(goodput, after, usual ?? referenceRate(goodput, after, rule), rule),
    latencyRecovery:
      outage.heal === undefined ? null : latency(input, { from: outage.heal, until: Infinity }),
    losses: input.seen === undefined ? null : listedLosses(input.seen, input.first),
  };
}

/** Of what is left; where a flow comes to more than its part by itself, that. */
function shareOf(
  { outage, rule }: OutageInput,
  goodput: Goodput,
  during: Phase,
  usual: number | undefined,
): number | undefined {
  const own = referenceRate(goodput, during, rule);
  if (own === undefined || usual === undefined || outage.left === undefined) return own;
  return Math.max(own, outage.left * usual);
}

function throughput(
  goodput: Goodput,
  phase: Phase,
  reference: number | undefined,
  rule: ThroughputRule,
): Figures['throughputFailure'] {
  const seconds =
    reference === undefined || reference === 0
      ? undefined
      : restoredAfter(goodput, phase, reference, rule);
  return {
    ms: seconds === undefined ? null : milliseconds(seconds),
    referenceMbps: reference === undefined ? null : Number((reference / 1e6).toPrecision(6)),
    why: seconds === undefined ? whyNotRestored(goodput, phase, reference, rule) : null,
  };
}

function latency(input: OutageInput, phase: Phase): Figures['latencyFailure'] {
  const { sent, received, fresh, seen } = input;
  const begins = nearestBeginning(seen, phase.from);
  // Nobody sends a datagram again, and one who does is not to be told from here.
  if (received === undefined || received.protocol === 'udp') {
    const why = whyNoLatency(sent, received, undefined);
    const none = { ms: null, firstLostMs: null, lostBytes: null, lostFrom: null } as const;
    return { ...none, why, method: 'none', ...begins };
  }
  const { seconds, firstSeconds, lostBytes, lostFrom, method } =
    sent === undefined
      ? latencyOfLateness(fresh, phase)
      : latencyOfLosses(sent, received, fresh, phase);
  return {
    ms: seconds === undefined ? null : milliseconds(seconds),
    why: seconds === undefined ? whyNoLatency(sent, received, lostBytes) : null,
    firstLostMs: firstSeconds === undefined ? null : milliseconds(firstSeconds),
    lostBytes: lostBytes ?? null,
    lostFrom: lostFrom ?? null,
    method,
    ...begins,
  };
}
