/**
 * Fields of the packets of a capture, by tshark, row by row as it reads them.
 *
 * Always holds: nothing is kept in memory but the row at hand; no name is looked up; a capture that
 * ends in the middle of a packet gives all rows before that, and says so.
 */
import { createInterface } from 'node:readline';

import { execa } from 'execa';

import { WamptcpError } from '../lib/errors.ts';

export interface CaptureRead {
  readonly rows: number;
  /** It ends in the middle of a packet: whoever took it was killed, or the disk was full. */
  readonly cutShort: boolean;
}

/** What would only cost time: we analyse ourselves, and payload is nothing but payload. */
const PREFERENCES = [
  'tcp.relative_sequence_numbers:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
  'tcp.track_bytes_in_flight:FALSE',
  'tcp.calculate_timestamps:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'mptcp.analyze_mptcp:FALSE',
  'ipv6.tso_support:TRUE',
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
];

/** VXLAN on the port of the standard and on Linux's own, so that a capture on a WAN works too. */
const DECODE_AS = ['tcp.port==1-65535,data', 'udp.port==4789,vxlan', 'udp.port==8472,vxlan'];

/**
 * Reads a capture: pcap or pcapng, also compressed by gzip.
 * @param fields tshark's names; of a field that a packet has twice, as in a tunnel, the last counts.
 * @param onRow gets the values in the same order, an empty text for what a packet does not have.
 * @throws WamptcpError TSHARK_MISSING, NO_CAPTURE (not there, no capture, not readable)
 */
export async function readCapture(
  file: string,
  fields: readonly string[],
  onRow: (row: readonly string[]) => void,
): Promise<CaptureRead> {
  const child = execa('tshark', argumentsFor(file, fields), {
    reject: false,
    stdin: 'ignore',
    buffer: { stdout: false },
    env: { LC_ALL: 'C' },
  });
  let rows = 0;
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    rows += 1;
    onRow(line.split('\t'));
  }
  const result = await child;
  if (!result.failed) return { rows, cutShort: false };
  if (result.code === 'ENOENT') throw missing(result.cause);
  const words = wordsOf(result.stderr);
  if (/cut short/.test(words)) return { rows, cutShort: true };
  throw new WamptcpError('NO_CAPTURE', `${file}: ${words || result.shortMessage}`, {
    advice: 'Give a file that tcpdump, dumpcap or Wireshark has written (pcap or pcapng).',
  });
}

function argumentsFor(file: string, fields: readonly string[]): readonly string[] {
  return [
    ...['-n', '-r', file, '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=l'],
    ...PREFERENCES.flatMap((preference) => ['-o', preference]),
    ...DECODE_AS.flatMap((rule) => ['-d', rule]),
    ...fields.flatMap((field) => ['-e', field]),
  ];
}

/** Its complaint, without what it says to everybody. */
function wordsOf(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('tshark: ') || /cut short/.test(line))
    .map((line) => line.replace(/^tshark: /, ''))
    .join(' ')
    .trim();
}

function missing(cause: unknown): WamptcpError {
  return new WamptcpError('TSHARK_MISSING', 'tshark, which reads captures, is not installed', {
    advice: 'Run `apt-get install tshark`, or `make setup`.',
    cause,
  });
}
