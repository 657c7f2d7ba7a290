/**
 * What `wamptcp measure --json` prints, as a schema: docs/measure.schema.json is made of it.
 *
 * Always holds: null means that it cannot be told from these captures, and `notes` say why.
 */
import { z } from 'zod';

const count = z.number().min(0);
const milliseconds = z.number();

const flow = z.object({
  number: count.describe('For --flow; 1 carried most.'),
  protocol: z.enum(['mptcp', 'tcp', 'udp']),
  subflows: z.array(z.string()).describe('`source > destination`, each with its port.'),
  bytes: count.describe('Payload, repetitions included.'),
});

const subflow = z.object({
  name: z.string(),
  bytes: count.describe('New data of the connection that came over it.'),
  goodputMbps: z.number(),
  duplicateBytes: count.describe('Arrived, but had arrived before.'),
  reinjectedBytes: count.describe('Sent, after another subflow had carried the same data.'),
  retransmittedBytes: count.describe('Sent again on this subflow.'),
});

const latency = z.object({
  ms: milliseconds.nullable().describe('T-latency; null: some of the data never came.'),
  why: z.string().nullable().describe('Why `ms` is null.'),
  firstLostMs: milliseconds
    .nullable()
    .describe('From the beginning until the first lost byte of the stream was there.'),
  lostBytes: count.nullable(),
  lostFrom: z.number().nullable().describe('When the first copy that was lost had been sent.'),
  method: z
    .enum(['lost-copies', 'late-arrivals', 'none'])
    .describe('By both captures; by the receiver’s alone; not possible.'),
  beginsHere: z
    .boolean()
    .nullable()
    .describe(
      'Whether a loss begins at the noted time (by the receiver’s capture alone: a pause); null: not known.',
    ),
  nearestMs: milliseconds
    .nullable()
    .describe('How much later than noted the nearest one begins; null: there is none.'),
});

const throughput = z.object({
  ms: milliseconds.nullable().describe('T-throughput; null: not restored in this capture.'),
  referenceMbps: z.number().nullable(),
  why: z.string().nullable().describe('Why `ms` is null.'),
});

const loss = z.object({
  at: z
    .number()
    .describe('When the first copy that was lost had been sent; of a pause, its start.'),
  offset: z
    .string()
    .describe('The same as `--outage` takes it: `+6.000`, from the first packet on.'),
  ms: milliseconds.nullable().describe('Until something passed again; null: nothing did.'),
  bytes: count.nullable().describe('Null: by the receiver’s capture alone it is not known.'),
});

export const measurement = z.object({
  captures: z.array(
    z.object({
      file: z.string(),
      side: z.string().describe('`sender`, `receiver`, or the name of a WAN.'),
      packets: count,
      cutShort: z.boolean(),
      flowBytes: count.describe('Payload of the flow in it.'),
    }),
  ),
  flows: z.array(flow),
  flowCount: count.describe('How many flows there are; at most 20 are listed.'),
  flow: count.describe('Number of the one that was measured.'),
  protocol: z.enum(['mptcp', 'tcp', 'udp']),
  from: z.number().describe('First and last arrival, seconds since the epoch.'),
  until: z.number(),
  bytes: count,
  goodputMbps: z.number(),
  subflows: z.array(subflow),
  duplicateBytes: count,
  reinjectedBytes: count,
  retransmittedBytes: count,
  missingBytes: count.describe('Never seen to arrive, though what follows did.'),
  lostDatagrams: count.nullable().describe('UDP over IPv4 with both captures.'),
  outOfOrderMs: z
    .object({ median: milliseconds, p99: milliseconds, max: milliseconds })
    .nullable()
    .describe('How long bytes waited for those before them.'),
  longestPause: z.object({ ms: milliseconds, at: z.number() }).nullable(),
  greatestDelay: z
    .object({ ms: milliseconds, at: z.number() })
    .nullable()
    .describe('From first transmission to delivery in order; needs both captures.'),
  outage: z
    .object({
      at: z.number(),
      heal: z.number().nullable(),
      throughputFailure: throughput,
      latencyFailure: latency,
      throughputRecovery: throughput.nullable(),
      latencyRecovery: latency.nullable(),
      losses: z
        .array(loss)
        .nullable()
        .describe(
          'Where losses of this flow begin, at the outage or not; the 20 greatest. Null: not known.',
        ),
    })
    .nullable(),
  notes: z.array(z.string()),
});

export type Measurement = z.infer<typeof measurement>;
