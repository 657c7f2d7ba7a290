/**
 * What `iperf3 --json` prints, reduced to what is compared: totals, samples, processor use. Runs
 * that ended in an error are an `error` with the samples so far, never an exception.
 */

import { z } from 'zod';

import { parseJson } from '../../lib/json.ts';

export type Iperf3Sample = {
  /** Seconds since the test began. */
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
  readonly mbps: number;
};

export type Iperf3Report = {
  /** In iperf3's words. */
  readonly error: string | undefined;
  /** From the very beginning, all connections together; as the receiver counted them wherever it is known. */
  readonly samples: readonly Iperf3Sample[];
  /** What arrived, after the time omitted; 0 if the test did not end. */
  readonly mbps: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Mb/s of each connection, in iperf3's order, after the time omitted. */
  readonly connections: readonly number[];
  readonly retransmits: number | undefined;
  /** In percent of one processor: of this end and of the other. */
  readonly cpu: { readonly local: number; readonly remote: number } | undefined;
  readonly congestion: string | undefined;
};

const sum = z.object({
  start: z.number(),
  end: z.number(),
  seconds: z.number(),
  bytes: z.number(),
  bits_per_second: z.number(),
});
const stream = z.object({
  socket: z.number(),
  start: z.number(),
  end: z.number(),
  bytes: z.number(),
});
const intervals = z.array(z.object({ sum, streams: z.array(stream).optional() }));
const output = z.object({
  error: z.string().optional(),
  start: z.object({ test_start: z.object({ reverse: z.number() }).optional() }).optional(),
  intervals: intervals.optional(),
  end: z
    .object({
      sum_sent: sum.extend({ retransmits: z.number().optional() }).optional(),
      sum_received: sum.optional(),
      cpu_utilization_percent: z
        .object({ host_total: z.number(), remote_total: z.number() })
        .optional(),
      sender_tcp_congestion: z.string().optional(),
    })
    .optional(),
  server_output_json: z.object({ intervals: intervals.optional() }).optional(),
});

/**
 * `omitSeconds` at the beginning – slow start – do not count in the totals. Not left to iperf3's own
 * `--omit`, whose first sample after it has another length than it says (3.12).
 */
export function parseIperf3(text: string, omitSeconds = 0): Iperf3Report {
  const value = outputOf(text);
  if (typeof value === 'string') return { ...NOTHING, error: value };
  const { end, error } = value;
  const reverse = value.start?.test_start?.reverse === 1;
  // A sender's samples tell what its socket buffer took; the receiver's tell what arrived.
  const sampled = (reverse ? undefined : value.server_output_json?.intervals) ?? value.intervals;
  const samples = (sampled ?? []).map(({ sum: { start, end, bytes, bits_per_second } }) => {
    return { start, end, bytes, mbps: bits_per_second / 1e6 };
  });
  const counted = samples.filter((sample) => sample.start >= omitSeconds - ROUNDING);
  const cpu = end?.cpu_utilization_percent;
  return {
    error,
    samples,
    ...totals(omitSeconds > 0 ? counted : [], end?.sum_received),
    connections: connectionRates(
      (sampled ?? []).flatMap(({ streams = [] }) => streams),
      omitSeconds,
    ),
    retransmits: end?.sum_sent?.retransmits,
    cpu: cpu === undefined ? undefined : { local: cpu.host_total, remote: cpu.remote_total },
    congestion: end?.sender_tcp_congestion,
  };
}

/** Samples begin a little before or after the full tenth of a second. */
const ROUNDING = 0.05;

function totals(
  counted: readonly Iperf3Sample[],
  whole: z.infer<typeof sum> | undefined,
): Pick<Iperf3Report, 'mbps' | 'bytes' | 'seconds'> {
  const [first] = counted;
  const last = counted.at(-1);
  if (whole === undefined || first === undefined || last === undefined) {
    const { bytes = 0, seconds = 0, bits_per_second = 0 } = whole ?? {};
    return { bytes, seconds, mbps: bits_per_second / 1e6 };
  }
  const bytes = counted.reduce((total, sample) => total + sample.bytes, 0);
  const seconds = last.end - first.start;
  return { bytes, seconds, mbps: (bytes * 8) / seconds / 1e6 };
}

function connectionRates(
  streams: readonly z.infer<typeof stream>[],
  omitSeconds: number,
): readonly number[] {
  const counted = streams.filter(({ start }) => start >= omitSeconds - ROUNDING);
  return [...Map.groupBy(counted, ({ socket }) => socket).values()].map((own) => {
    const bytes = own.reduce((total, part) => total + part.bytes, 0);
    const seconds = (own.at(-1)?.end ?? 0) - (own[0]?.start ?? 0);
    return (bytes * 8) / seconds / 1e6;
  });
}

const NOTHING: Iperf3Report = {
  error: undefined,
  samples: [],
  mbps: 0,
  bytes: 0,
  seconds: 0,
  connections: [],
  retransmits: undefined,
  cpu: undefined,
  congestion: undefined,
};

/** The JSON object, or why there is none. Warnings may stand before it. */
function outputOf(text: string): z.infer<typeof output> | string {
  const begin = text.indexOf('{');
  if (begin < 0) return text.trim() || 'iperf3 printed nothing';
  const value = parseJson(text.slice(begin));
  if (value === undefined) return 'iperf3 printed no complete JSON';
  const parsed = output.safeParse(value);
  return parsed.success ? parsed.data : `iperf3's JSON has another form: ${parsed.error.message}`;
}
