/**
 * Program: the far end of `stream.ts`, `bulk.ts` and `transactions.ts`. Serves any number of loads, at once and one
 * after the other; what each of them is, its client says (`request.ts`).
 *
 *   node serve.ts [--listen ADDRESS] [--port 0] [--raw FILE]
 *
 * Prints `listening` with the port (0 lets the kernel choose), then the reports of every load.
 * Without an address it listens on all of them, IPv4 and IPv6. `--raw` records uploaded streams,
 * the last one wins. Started under `mptcpize run` it accepts MPTCP and TCP, otherwise TCP only.
 */

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { messageOf } from '../../lib/errors.ts';
import { BulkMeter } from './bulk-meter.ts';
import { sendBulk } from './bulk-sender.ts';
import { bulkSummary } from './bulk-summary.ts';
import { monotonicNs } from './monotonic.ts';
import { connectedReport } from './connected.ts';
import { numberOption, runProgram } from './program.ts';
import { writeRaw } from './raw-file.ts';
import { print } from './report.ts';
import {
  parseRequest,
  REQUEST_LIMIT,
  type BulkRequest,
  type Request,
  type StreamRequest,
  type TransactionsRequest,
} from './request.ts';
import { StreamReceiver } from './stream-receiver.ts';
import { sendStream } from './stream-sender.ts';

/** Bulk uploads under way, by transfer, because their connections are counted together. */
const meters = new Map<string, BulkMeter>();

runProgram(async (stop) => {
  const { values } = parseArgs({
    options: {
      listen: { type: 'string', default: '::' },
      port: { type: 'string', default: '0' },
      raw: { type: 'string' },
    },
  });
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    serve(socket, values.raw).catch((error: unknown) => {
      print({ event: 'error', message: messageOf(error) });
      socket.destroy();
    });
  });
  server.listen(numberOption('port', values.port) ?? 0, values.listen);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  print({ event: 'listening', address: address.address, port: address.port });
  if (!stop.aborted) await once(stop, 'abort');
});

async function serve(socket: Socket, raw: string | undefined): Promise<void> {
  socket.on('error', (error) => print({ event: 'error', message: error.message }));
  const { request, rest } = await readRequest(socket);
  if (request.kind === 'transactions') {
    print(connectedReport(socket, request, 'receiver'));
    await answerRequests(socket, request, rest);
    return;
  }
  const role = request.direction === 'download' ? 'sender' : 'receiver';
  print(connectedReport(socket, request, role));
  if (request.kind === 'bulk') {
    await (role === 'sender' ? sendBulkPart(socket, request) : receiveBulk(socket, request, rest));
  } else if (role === 'sender') {
    const sender = sendStream(socket, request);
    whenClientEnds(socket, sender.stop);
    print(await sender.done);
  } else {
    await receiveStream(socket, request, rest, raw);
  }
}

/** The first line, and what came with it beyond its end. */
function readRequest(socket: Socket): Promise<{ request: Request; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\n');
      if (end < 0 && received.length <= REQUEST_LIMIT) return;
      socket.off('data', onData);
      socket.pause();
      try {
        if (end < 0) throw new Error(`no request within ${REQUEST_LIMIT} bytes`);
        const request = parseRequest(received.toString('utf8', 0, end));
        resolve({ request, rest: received.subarray(end + 1) });
      } catch (cause) {
        reject(new Error('not a request', { cause }));
      }
    };
    socket.on('data', onData);
    socket.once('close', () => reject(new Error('closed before it asked for anything')));
  });
}

/** A client that receives half-closes only to stop early. */
function whenClientEnds(socket: Socket, stop: () => void): void {
  socket.once('end', stop);
  socket.resume();
}

/** Hands everything to `onChunk` until the client is done; false if the connection broke. */
function readToEnd(
  socket: Socket,
  rest: Buffer,
  onChunk: (chunk: Buffer) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    if (rest.length > 0) onChunk(rest);
    socket.on('data', onChunk);
    socket.once('end', () => resolve(true));
    socket.once('close', () => resolve(false));
    socket.resume();
  });
}

async function receiveStream(
  socket: Socket,
  request: StreamRequest,
  rest: Buffer,
  raw: string | undefined,
): Promise<void> {
  const receiver = new StreamReceiver(socket, request, print);
  await readToEnd(socket, rest, (chunk) => receiver.push(chunk));
  const summary = receiver.finish();
  socket.end();
  if (raw !== undefined) await writeRaw(raw, receiver.record);
  print(summary);
}

/** As many answers as there are whole requests, until the client ends. */
async function answerRequests(
  socket: Socket,
  { requestBytes, responseBytes }: TransactionsRequest,
  rest: Buffer,
): Promise<void> {
  const answer = Buffer.alloc(responseBytes);
  let received = 0;
  await readToEnd(socket, rest, (chunk) => {
    for (received += chunk.length; received >= requestBytes; received -= requestBytes) {
      socket.write(answer);
    }
  });
  socket.end();
}

async function sendBulkPart(socket: Socket, request: BulkRequest): Promise<void> {
  const startNs = monotonicNs();
  const cpu = process.cpuUsage();
  const sender = sendBulk(socket, request);
  whenClientEnds(socket, sender.stop);
  const part = await sender.done;
  print(
    bulkSummary({
      role: 'sender',
      transfer: request.transfer,
      complete: part.complete,
      bytes: part.bytes,
      durationNs: monotonicNs() - startNs,
      sha256: part.sha256 === undefined ? [] : [part.sha256],
      connections: [part.connection],
      cpu: process.cpuUsage(cpu),
    }),
  );
}

async function receiveBulk(socket: Socket, request: BulkRequest, rest: Buffer): Promise<void> {
  let meter = meters.get(request.transfer);
  if (meter === undefined) {
    const created = new BulkMeter(request, print);
    meters.set(request.transfer, created);
    created.done.then(
      (summary) => {
        meters.delete(request.transfer);
        print(summary);
      },
      () => undefined,
    );
    meter = created;
  }
  meter.close(await readToEnd(socket, rest, meter.open(request.connection, socket)));
  socket.end();
}
