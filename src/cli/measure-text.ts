/**
 * A measurement as a person reads it.
 *
 * Always holds: what cannot be told from the captures is `–`; the notes stand below.
 */
import type { Measurement } from '../measure/measurement.ts';
import { bytesText } from './status-text.ts';
import { colours } from './output.ts';
import { table } from './table.ts';

export function measurementText(measured: Measurement): string {
  const { outage } = measured;
  return [
    heading(measured),
    table(
      ['capture', 'side', 'packets', 'of this flow'],
      measured.captures.map(({ file, side, packets, flowBytes }) => [
        file,
        side,
        String(packets),
        bytesText(flowBytes),
      ]),
    ),
    table(
      ['subflow', 'new data', 'Mb/s', 'duplicates', 'reinjected', 'retransmitted'],
      measured.subflows.map((one) => [
        one.name,
        bytesText(one.bytes),
        rate(one.goodputMbps),
        bytesText(one.duplicateBytes),
        bytesText(one.reinjectedBytes),
        bytesText(one.retransmittedBytes),
      ]),
    ),
    table(['', ''], generalRows(measured)),
    ...(outage === null ? [] : [outageTable(outage)]),
    ...measured.notes.map((note) => colours.yellow(`note: ${note}`)),
  ].join('\n');
}

function heading({
  protocol,
  flow,
  flowCount,
  bytes,
  from,
  until,
  goodputMbps,
}: Measurement): string {
  const others =
    flowCount === 1 ? '' : ` (flow ${flow} of ${flowCount}; --flow chooses, --json lists them)`;
  const seconds = (until - from).toFixed(3);
  return (
    `${colours.bold(protocol.toUpperCase())}: ${bytesText(bytes)} in ${seconds} s, ` +
    `${rate(goodputMbps)} Mb/s${others}`
  );
}

function generalRows(measured: Measurement): readonly (readonly string[])[] {
  const { outOfOrderMs: wait, longestPause, greatestDelay, from } = measured;
  const moment = (found: Measurement['longestPause']): string =>
    found === null ? '–' : `${time(found.ms)} from ${(found.at - from).toFixed(3)} s on`;
  return [
    [
      'waiting for earlier bytes',
      wait === null
        ? '–'
        : `median ${time(wait.median)}, 99 % ${time(wait.p99)}, most ${time(wait.max)}`,
    ],
    ['longest pause', moment(longestPause)],
    ['greatest delay of data', moment(greatestDelay)],
    ['never seen to arrive', bytesText(measured.missingBytes)],
    ...(measured.protocol === 'udp'
      ? [['datagrams lost', String(measured.lostDatagrams ?? '–')]]
      : []),
  ];
}

function outageTable(outage: NonNullable<Measurement['outage']>): string {
  const { throughputFailure, throughputRecovery, latencyFailure, latencyRecovery } = outage;
  return table(
    ['', 'failure', 'recovery'],
    [
      ['T-throughput', time(throughputFailure.ms), time(throughputRecovery?.ms)],
      [
        'restored means',
        reference(throughputFailure.referenceMbps),
        reference(throughputRecovery?.referenceMbps),
      ],
      ['T-latency', time(latencyFailure.ms), time(latencyRecovery?.ms)],
      ['first lost byte', time(latencyFailure.firstLostMs), time(latencyRecovery?.firstLostMs)],
      ['lost', lost(latencyFailure.lostBytes), lost(latencyRecovery?.lostBytes)],
      ['method', latencyFailure.method, latencyRecovery?.method ?? '–'],
    ],
  );
}

function time(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '–' : `${ms.toFixed(1)} ms`;
}

function rate(mbps: number): string {
  return mbps.toFixed(mbps < 10 ? 2 : 1);
}

function reference(mbps: number | null | undefined): string {
  return mbps === null || mbps === undefined ? '–' : `90 % of ${rate(mbps)} Mb/s`;
}

function lost(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? '–' : bytesText(bytes);
}
