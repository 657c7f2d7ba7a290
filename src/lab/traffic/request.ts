/**
 * What a client asks of `serve.ts`: the first line on every connection, JSON, so that a server needs
 * no options of its own and serves any load. Data follows the line at once: in one direction only, or,
 * for transactions, a request and its answer in turn.
 */

import { z } from 'zod';
import { HEADER_BYTES } from './message.ts';

export const REQUEST_LIMIT = 4096;

/** `download`: the server sends. `upload`: the client sends. */
const direction = z.enum(['download', 'upload']);

const streamRequest = z.strictObject({
  kind: z.literal('stream'),
  /** Names the run in all reports of both ends. */
  transfer: z.string().min(1).max(64),
  direction,
  size: z.int().min(HEADER_BYTES).max(65_536),
  rate: z.number().positive().max(100_000),
  seconds: z.number().positive().max(3600),
  warmupSeconds: z.number().nonnegative(),
});

const bulkRequest = z.strictObject({
  kind: z.literal('bulk'),
  transfer: z.string().min(1).max(64),
  direction,
  /** One of the two ends the transfer; with both, whichever comes first. */
  bytes: z.int().positive().optional(),
  seconds: z.number().positive().max(3600).optional(),
  hash: z.boolean(),
  /** This connection's number, from 0, of so many that belong to the transfer. */
  connection: z.int().nonnegative(),
  connections: z.int().min(1).max(256),
});

const transactionsRequest = z.strictObject({
  kind: z.literal('transactions'),
  transfer: z.string().min(1).max(64),
  /** Bytes of each request, and of the answer to it. */
  requestBytes: z.int().min(1).max(65_536),
  responseBytes: z.int().min(1).max(1_048_576),
});

const request = z.discriminatedUnion('kind', [streamRequest, bulkRequest, transactionsRequest]);

export type Direction = z.infer<typeof direction>;
export type StreamRequest = z.infer<typeof streamRequest>;
export type BulkRequest = z.infer<typeof bulkRequest>;
export type TransactionsRequest = z.infer<typeof transactionsRequest>;
export type Request = z.infer<typeof request>;

export function formatRequest(value: Request): string {
  return `${JSON.stringify(request.parse(value))}\n`;
}

/** Throws on anything that is not a request. */
export function parseRequest(line: string): Request {
  return request.parse(JSON.parse(line));
}
