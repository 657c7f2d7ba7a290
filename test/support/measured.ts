/**
 * One MPTCP connection over two subflows as tests of measuring write it, and how captures are measured.
 *
 * Always holds: captures go through tshark, as a user's do.
 */
import assert from 'node:assert/strict';

import { addRow, analyse } from '../../src/measure/analyse.ts';
import type { AnalyseOptions, Capture } from '../../src/measure/analyse.ts';
import { tokenOf } from '../../src/measure/key.ts';
import { measurement } from '../../src/measure/measurement.ts';
import type { Measurement } from '../../src/measure/measurement.ts';
import { PACKET_FIELDS } from '../../src/measure/packet.ts';
import { Trace } from '../../src/measure/trace.ts';
import { readCapture } from '../../src/system/tshark.ts';
import { capable, dss, join, pcap, tcpAt } from './capture.ts';
import type { Captured, TcpWords } from './capture.ts';
import { temporaryFiles } from './temporary-files.ts';

const files = temporaryFiles('measure');
let count = 0;

/** Any time will do. */
export const T = 1_700_000_000;

type Content = Captured[] | Buffer;
type Sides = Readonly<Record<string, Content>>;

export async function measured(sides: Sides, options: AnalyseOptions = {}): Promise<Measurement> {
  const captures = await Promise.all(Object.entries(sides).map(readSide));
  const { measurement: result } = analyse(captures, options);
  assert.deepEqual(measurement.parse(result), result, 'as the schema says');
  return result;
}

async function readSide([side, packets]: [string, Content]): Promise<Capture> {
  const file = files.file(`${(count += 1)}.pcap`, Array.isArray(packets) ? pcap(packets) : packets);
  const trace = new Trace();
  const { cutShort } = await readCapture(file, PACKET_FIELDS, (row) => {
    addRow(trace, row);
  });
  return { file, side: side.startsWith('?') ? undefined : side, trace, cutShort };
}

export const SERVER = ['10.20.0.2', 5201] as const;
export const CLIENT_1 = ['10.10.1.2', 4001] as const;
export const CLIENT_2 = ['10.10.2.2', 4002] as const;

/** A segment of plain TCP, 1,000 bytes if not said otherwise. */
export function segment(ms: number, sequence: number, more: Partial<TcpWords> = {}): Captured {
  return tcpAt(T + ms / 1000, { from: SERVER, to: CLIENT_1, sequence, length: 1000, ...more });
}

const KEYS = { client: 0x1111_2222_3333_4444n, server: 0x5555_6666_7777_8888n };
export const ISN = { one: 1000, two: 2 ** 32 - 1500 };
export const DSN = 0x9abc_def0_1234_5678n;

/** Handshakes of two subflows, called by the client; the data goes the other way. */
export const HANDSHAKES = [
  tcpAt(T, { from: CLIENT_1, to: SERVER, sequence: 7, syn: true, options: [capable()] }),
  tcpAt(T, {
    ...{ from: SERVER, to: CLIENT_1, sequence: ISN.one, syn: true },
    options: [capable(KEYS.server)],
  }),
  tcpAt(T, {
    ...{ from: CLIENT_1, to: SERVER, sequence: 8 },
    stamp: null,
    options: [capable(KEYS.client, KEYS.server)],
  }),
  tcpAt(T, {
    ...{ from: CLIENT_2, to: SERVER, sequence: 9, syn: true },
    options: [join(tokenOf(KEYS.server))],
  }),
  tcpAt(T, { from: SERVER, to: CLIENT_2, sequence: ISN.two, syn: true }),
];

export interface Data {
  /** Bytes since the first of the connection, and of the subflow. */
  readonly at: number;
  readonly place: number;
  readonly length?: number;
  /** Milliseconds; default: when it is seen. */
  readonly stamp?: number;
  readonly mapping?: Buffer | null;
}

/** Data of one subflow, 1,000 bytes with a mapping of their own if not said otherwise. */
export function data(subflow: 'one' | 'two', milliseconds: number, words: Data): Captured {
  const { at, place, length = 1000, stamp } = words;
  const mapping =
    words.mapping === undefined ? dss(DSN + BigInt(at), place + 1, length) : words.mapping;
  const tcp: TcpWords = {
    from: SERVER,
    to: subflow === 'one' ? CLIENT_1 : CLIENT_2,
    sequence: ISN[subflow] + 1 + place,
    length,
    stamp: stamp ?? milliseconds,
    options: mapping === null ? [] : [mapping],
  };
  return tcpAt(T + milliseconds / 1000, tcp);
}

/** Like a packet that is seen again a millisecond later. */
export function later({ time, frame }: Captured, milliseconds = 1): Captured {
  return { time: time + milliseconds / 1000, frame };
}
