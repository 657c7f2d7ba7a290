/**
 * Program: one bulk transfer to or from `serve.ts`, reported as JSON lines (`report.ts`).
 *
 *   node bulk.ts ADDRESS:PORT [--direction download|upload] [--bytes N] [--seconds T]
 *        [--connections 1] [--hash] [--from ADDRESS] [--transfer NAME]
 *
 * Ends after N bytes or T seconds, whichever comes first; without either, after 10 seconds.
 * Started under `mptcpize run` it asks for MPTCP, otherwise for TCP. With `--hash` both ends print
 * the SHA-256 of each connection's data; equal digests mean that all arrived unharmed.
 */

import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { BulkMeter } from './bulk-meter.ts';
import { sendBulk } from './bulk-sender.ts';
import { bulkSummary } from './bulk-summary.ts';
import { monotonicNs } from './monotonic.ts';
import { closed } from './closing.ts';
import { connectedReport } from './connected.ts';
import { dial, type Target } from './dial.ts';
import { numberOption, parseTarget, runProgram, UsageError } from './program.ts';
import { print } from './report.ts';
import { formatRequest, type BulkRequest } from './request.ts';

const DEFAULT_SECONDS = 10;

runProgram(async (stop) => {
  const { target, requests } = parseCommandLine();
  if (requests[0]?.direction === 'upload') await upload(target, requests, stop);
  else await download(target, requests, stop);
});

function parseCommandLine(): { target: Target; requests: BulkRequest[] } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      direction: { type: 'string', default: 'download' },
      bytes: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '1' },
      hash: { type: 'boolean', default: false },
      transfer: { type: 'string', default: 'bulk' },
      from: { type: 'string' },
    },
  });
  const { direction, hash, transfer } = values;
  if (direction !== 'download' && direction !== 'upload') {
    throw new UsageError('--direction: download or upload');
  }
  const connections = numberOption('connections', values.connections) ?? 1;
  const bytes = numberOption('bytes', values.bytes);
  const seconds =
    numberOption('seconds', values.seconds) ?? (bytes === undefined ? DEFAULT_SECONDS : undefined);
  const requests = Array.from({ length: connections }, (_, connection): BulkRequest => {
    return { kind: 'bulk', transfer, direction, bytes, seconds, hash, connection, connections };
  });
  return { target: { ...parseTarget(positionals[0]), from: values.from }, requests };
}

async function download(target: Target, requests: BulkRequest[], stop: AbortSignal): Promise<void> {
  const first = requests[0];
  if (first === undefined) throw new UsageError('--connections: at least 1');
  const meter = new BulkMeter(first, print);
  const open = async (request: BulkRequest): Promise<void> => {
    const socket: Socket = await dial(target, (chunk) => onChunk(chunk));
    // In time: the server sends nothing before it was asked.
    const onChunk = meter.open(request.connection, socket);
    print(connectedReport(socket, request, 'receiver'));
    socket.write(formatRequest(request));
    void closed(socket, stop).then(() => meter.close(socket.readableEnded));
  };
  await Promise.all(requests.map(open));
  print(await meter.done);
}

async function upload(target: Target, requests: BulkRequest[], stop: AbortSignal): Promise<void> {
  const startNs = monotonicNs();
  const cpu = process.cpuUsage();
  const sent = await Promise.all(
    requests.map(async (request) => {
      const socket = await dial(target, () => undefined);
      print(connectedReport(socket, request, 'sender'));
      socket.write(formatRequest(request));
      const sender = sendBulk(socket, request);
      if (stop.aborted) sender.stop();
      else stop.addEventListener('abort', () => sender.stop());
      const over = closed(socket, stop);
      const result = await sender.done;
      await over;
      return result;
    }),
  );
  const { transfer } = requests[0] ?? { transfer: 'bulk' };
  print(
    bulkSummary({
      role: 'sender',
      transfer,
      complete: sent.every((part) => part.complete),
      bytes: sent.reduce((sum, part) => sum + part.bytes, 0),
      durationNs: monotonicNs() - startNs,
      sha256: sent.flatMap((part) => part.sha256 ?? []),
      connections: sent.map((part) => part.connection),
      cpu: process.cpuUsage(cpu),
    }),
  );
}
