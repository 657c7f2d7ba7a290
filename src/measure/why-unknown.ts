/**
 * Why a figure is not known: what a reader of `–` asks next.
 *
 * Always holds: every figure of a measurement that is null has a sentence here.
 */
import type { FlowData } from './data.ts';
import type { Measurement } from './measurement.ts';
import { HOLD, leastPhase, leastShown } from './throughput.ts';
import type { Goodput, Phase, ThroughputRule } from './throughput.ts';

type Figures = NonNullable<Measurement['outage']>;

/** Of T-throughput. */
export function whyNotRestored(
  goodput: Goodput,
  { from, until }: Phase,
  reference: number | undefined,
  { window, threshold }: ThroughputRule,
): string {
  const lasts = until - from;
  if (lasts <= 0) return 'nothing of this flow arrives later';
  if (reference === undefined) {
    return (
      `what it should be is not known: ${lasts.toFixed(1)} s of this flow are captured, ` +
      `and its rate is taken over ${leastPhase(window).toFixed(1)} s or more`
    );
  }
  if (reference === 0) return 'nothing arrives in the time by which it is measured';
  if (lasts < leastShown(window)) {
    return `the flow ends after ${lasts.toFixed(1)} s, and ${leastShown(window).toFixed(1)} s must show that it stays`;
  }
  const whole = goodput.rate(from, until);
  return (
    `goodput does not stay at ${threshold * 100} % of ${megabits(reference)} Mb/s for ${HOLD} s, ` +
    `nor to the end; on average it is ${megabits(whole)} Mb/s`
  );
}

/** Of T-latency. */
export function whyNoLatency(
  sent: FlowData | undefined,
  received: FlowData | undefined,
  lostBytes: number | undefined,
): string {
  if (received === undefined) return 'it needs the receiver’s capture';
  if (received.protocol === 'udp') return 'nobody sends a datagram again';
  if (sent !== undefined)
    return `some of ${lostBytes ?? 0} lost bytes never arrive in this capture`;
  return 'nothing arrives later, and the receiver’s capture alone does not tell what was sent';
}

export function unknownNotes(
  measured: Omit<Measurement, 'notes'>,
  { sent, received }: { readonly sent: boolean; readonly received: boolean },
): readonly string[] {
  const { outage, protocol, longestPause, greatestDelay, lostDatagrams } = measured;
  const isUdp = protocol === 'udp';
  const both = sent && received;
  return [
    ...(longestPause === null && received
      ? ['there is no longest pause: all that arrives does so at one moment']
      : []),
    ...(greatestDelay === null && !isUdp && !both
      ? ['the greatest delay of data needs the captures of both ends']
      : []),
    ...(greatestDelay === null && !isUdp && both
      ? ['there is no greatest delay of data: none of what was sent is in the receiver’s capture']
      : []),
    ...(isUdp ? ['of datagrams nobody waits for earlier ones, nor are they sent again'] : []),
    ...(isUdp && lostDatagrams === null
      ? [
          both
            ? 'datagrams lost are not known: these bear no identification by which to tell them apart'
            : 'datagrams lost are known only with the captures of both ends',
        ]
      : []),
    ...(outage === null ? [] : outageNotes(outage)),
  ];
}

function outageNotes(outage: Figures): readonly string[] {
  const { throughputFailure, throughputRecovery, latencyFailure, latencyRecovery } = outage;
  const told = (name: string, why: string | null | undefined): readonly string[] =>
    why === null || why === undefined ? [] : [`${name} is not known: ${why}`];
  return [
    ...told('T-throughput-failure', throughputFailure.why),
    ...told('T-throughput-recovery', throughputRecovery?.why),
    ...told('T-latency-failure', latencyFailure.why),
    ...(latencyRecovery?.why === latencyFailure.why
      ? []
      : told('T-latency-recovery', latencyRecovery?.why)),
    ...(outage.heal === null ? ['without --heal nothing is told of the recovery'] : []),
    ...(latencyFailure.method === 'late-arrivals'
      ? ['which bytes were lost is known only with the sender’s capture']
      : []),
  ];
}

function megabits(bitsPerSecond: number): string {
  const mbps = bitsPerSecond / 1e6;
  return mbps.toFixed(mbps < 10 ? 2 : 1);
}
