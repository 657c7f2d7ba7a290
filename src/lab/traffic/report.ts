/**
 * The JSON lines that the programs print, one object per line, told apart by `event` (and `kind`,
 * `role`). The schemas are the single definition; the programs use the types, callers parse.
 * All times named `…Ns` are CLOCK_MONOTONIC and comparable across namespaces.
 */

import { z } from 'zod';

import { parseJson } from '../../lib/json.ts';

const role = z.enum(['sender', 'receiver']);
const connection = z.object({
  mptcp: z.boolean(),
  fallback: z.boolean(),
  subflows: z.number(),
});
const quantiles = z.object({ p50: z.number(), p99: z.number(), max: z.number() });

const listening = z.object({
  event: z.literal('listening'),
  address: z.string(),
  port: z.number(),
});

const connected = z.object({
  event: z.literal('connected'),
  transfer: z.string(),
  role,
  local: z.string(),
  remote: z.string(),
  connection,
});

const streamInterval = z.object({
  event: z.literal('interval'),
  kind: z.literal('stream'),
  transfer: z.string(),
  atNs: z.number(),
  /** Since the first message was due. */
  atSeconds: z.number(),
  messages: z.number(),
  /** Of the messages received in this interval; null if there was none. */
  delayMs: z.object({ p50: z.number(), max: z.number() }).nullable(),
  maxLagMs: z.number().nullable(),
  /** Time since the last receipt. */
  silenceMs: z.number(),
  /** The worst lateness of the receiving process's own timer: a noisy machine, not the network. */
  stallMs: z.number(),
  subflows: z.number(),
});

const streamReceived = z.object({
  event: z.literal('summary'),
  kind: z.literal('stream'),
  role: z.literal('receiver'),
  transfer: z.string(),
  complete: z.boolean(),
  expected: z.number(),
  received: z.number(),
  missing: z.number(),
  /** Due time of the first message; null if none arrived. */
  startNs: z.number().nullable(),
  /** Null if nothing arrived after the warm-up. */
  figures: z
    .object({
      delayMs: quantiles,
      transitMs: quantiles,
      lagMs: quantiles,
      worst: z.object({ seq: z.number(), atSeconds: z.number(), dueNs: z.number() }),
      pause: z.object({ ms: z.number(), atSeconds: z.number(), fromNs: z.number() }),
      stallMs: z.number(),
    })
    .nullable(),
  connection,
  cpuSeconds: z.number(),
});

const streamSent = z.object({
  event: z.literal('summary'),
  kind: z.literal('stream'),
  role: z.literal('sender'),
  transfer: z.string(),
  complete: z.boolean(),
  sent: z.number(),
  /** The most that waited in the process because the socket was full. */
  backlogBytes: z.number(),
  connection,
  cpuSeconds: z.number(),
});

const bulkInterval = z.object({
  event: z.literal('interval'),
  kind: z.literal('bulk'),
  transfer: z.string(),
  atNs: z.number(),
  atSeconds: z.number(),
  /** Received in this interval, and so far. */
  bytes: z.number(),
  totalBytes: z.number(),
  mbps: z.number(),
  subflows: z.number(),
});

const bulkSummary = z.object({
  event: z.literal('summary'),
  kind: z.literal('bulk'),
  role,
  transfer: z.string(),
  complete: z.boolean(),
  bytes: z.number(),
  /** From the first request to the last byte. */
  seconds: z.number(),
  mbps: z.number(),
  /** One per connection, in their order; empty unless asked for. */
  sha256: z.array(z.string()),
  /** One per connection. */
  connections: z.array(connection),
  cpuSeconds: z.number(),
});

const transactionsInterval = z.object({
  event: z.literal('interval'),
  kind: z.literal('transactions'),
  transfer: z.string(),
  atNs: z.number(),
  /** Since the first request. */
  atSeconds: z.number(),
  /** Answered in this interval. */
  transactions: z.number(),
  /** How long the request that is out has waited. */
  waitingMs: z.number(),
  subflows: z.number(),
});

const transactionsSummary = z.object({
  event: z.literal('summary'),
  kind: z.literal('transactions'),
  transfer: z.string(),
  /** It lasted as long as it was meant to. */
  complete: z.boolean(),
  transactions: z.number(),
  seconds: z.number(),
  perSecond: z.number(),
  /** Of those that were answered; null if none was. */
  latencyMs: quantiles.nullable(),
  /** How long the last one had waited in vain when time was up. */
  unansweredMs: z.number(),
  connection,
  cpuSeconds: z.number(),
});

const webObject = z.object({
  event: z.literal('object'),
  transfer: z.string(),
  path: z.string(),
  askedNs: z.number(),
  /** May be later: it waits for a connection. This and the others are null if it did not come so far. */
  sentNs: z.number().nullable(),
  firstByteNs: z.number().nullable(),
  lastByteNs: z.number().nullable(),
  /** Arrived. */
  bytes: z.number(),
  /** Why it did not arrive as a whole; null if it did. */
  error: z.string().nullable(),
  /** Which of the page's connections it had, from 0; null if it waited for one in vain. */
  connection: z.number().nullable(),
});

const webSummary = z.object({
  event: z.literal('summary'),
  kind: z.literal('web'),
  transfer: z.string(),
  /** Every object of the page arrived. */
  complete: z.boolean(),
  objects: z.number(),
  failed: z.number(),
  /** Nothing that arrived named them. */
  neverAsked: z.number(),
  /** Of the objects that arrived. */
  bytes: z.number(),
  /** The HTML was asked for. */
  startNs: z.number(),
  /** From then to the last byte of the last object that arrived. */
  seconds: z.number(),
  /** Of objects that arrived, from being asked for; null if none did. */
  loadMs: quantiles.nullable(),
  /** … from being sent: without the wait for a connection. */
  fetchMs: quantiles.nullable(),
  /** In the order in which they were opened; without a subflow: it never came up. */
  connections: z.array(connection),
  cpuSeconds: z.number(),
});

const failure = z.object({
  event: z.literal('error'),
  transfer: z.string().optional(),
  message: z.string(),
  /** The system's, such as ECONNREFUSED. */
  code: z.string().optional(),
});

export const reportSchema = z.union([
  listening,
  connected,
  streamInterval,
  bulkInterval,
  streamReceived,
  streamSent,
  bulkSummary,
  transactionsInterval,
  transactionsSummary,
  webObject,
  webSummary,
  failure,
]);

export type ListeningReport = z.infer<typeof listening>;
export type ConnectedReport = z.infer<typeof connected>;
export type StreamInterval = z.infer<typeof streamInterval>;
export type StreamReceived = z.infer<typeof streamReceived>;
export type StreamSent = z.infer<typeof streamSent>;
export type BulkInterval = z.infer<typeof bulkInterval>;
export type BulkSummary = z.infer<typeof bulkSummary>;
export type TransactionsInterval = z.infer<typeof transactionsInterval>;
export type TransactionsSummary = z.infer<typeof transactionsSummary>;
export type WebObjectReport = z.infer<typeof webObject>;
export type WebSummary = z.infer<typeof webSummary>;
export type FailureReport = z.infer<typeof failure>;
export type Report = z.infer<typeof reportSchema>;

/** Undefined for a line that is no report (a warning of the runtime, say). */
export function parseReport(line: string): Report | undefined {
  const parsed = reportSchema.safeParse(parseJson(line));
  return parsed.success ? parsed.data : undefined;
}

/** Prints one report. Whoever started the program is gone when stdout is: then it ends, too. */
export function print(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
