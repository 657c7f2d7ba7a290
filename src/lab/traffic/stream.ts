/**
 * Program: one message stream to or from `serve.ts`, reported as JSON lines (`report.ts`).
 *
 *   node stream.ts ADDRESS:PORT [--direction download|upload] [--rate 2000] [--size 1200]
 *        [--seconds 10] [--warmup 0.5] [--from ADDRESS] [--transfer NAME] [--raw FILE]
 *
 * Started under `mptcpize run` it asks for MPTCP, otherwise for TCP. The receiving end has the
 * figures: this program for a download, the server for an upload.
 */

import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { closed } from './closing.ts';
import { connectedReport } from './connected.ts';
import { dial, type Target } from './dial.ts';
import { numberOption, parseTarget, runProgram, UsageError } from './program.ts';
import { writeRaw } from './raw-file.ts';
import { print } from './report.ts';
import { formatRequest, type StreamRequest } from './request.ts';
import { StreamReceiver } from './stream-receiver.ts';
import { sendStream } from './stream-sender.ts';

/** How long a download may take beyond its planned end: an outage of a minute is still measured. */
const GRACE_SECONDS = 60;

runProgram(async (stop) => {
  const { target, request, raw } = parseCommandLine();
  if (request.direction === 'upload') await upload(target, request, stop);
  else await download(target, request, raw, stop);
});

function parseCommandLine(): { target: Target; request: StreamRequest; raw: string | undefined } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      direction: { type: 'string', default: 'download' },
      rate: { type: 'string', default: '2000' },
      size: { type: 'string', default: '1200' },
      seconds: { type: 'string', default: '10' },
      warmup: { type: 'string', default: '0.5' },
      transfer: { type: 'string', default: 'stream' },
      from: { type: 'string' },
      raw: { type: 'string' },
    },
  });
  const { direction } = values;
  if (direction !== 'download' && direction !== 'upload') {
    throw new UsageError('--direction: download or upload');
  }
  if (values.raw !== undefined && direction === 'upload') {
    throw new UsageError('--raw: the server receives; give it the option');
  }
  const request: StreamRequest = {
    kind: 'stream',
    transfer: values.transfer,
    direction,
    rate: numberOption('rate', values.rate) ?? 0,
    size: numberOption('size', values.size) ?? 0,
    seconds: numberOption('seconds', values.seconds) ?? 0,
    warmupSeconds: numberOption('warmup', values.warmup) ?? 0,
  };
  return {
    target: { ...parseTarget(positionals[0]), from: values.from },
    request,
    raw: values.raw,
  };
}

async function download(
  target: Target,
  request: StreamRequest,
  raw: string | undefined,
  stop: AbortSignal,
): Promise<void> {
  const socket: Socket = await dial(target, (chunk) => receiver.push(chunk));
  // In time: the server sends nothing before it was asked.
  const receiver = new StreamReceiver(socket, request, print);
  print(connectedReport(socket, request, 'receiver'));
  socket.write(formatRequest(request));
  await closed(socket, AbortSignal.any([stop, timeout(request)]));
  const summary = receiver.finish();
  if (raw !== undefined) await writeRaw(raw, receiver.record);
  print(summary);
}

async function upload(target: Target, request: StreamRequest, stop: AbortSignal): Promise<void> {
  const socket = await dial(target, () => undefined);
  print(connectedReport(socket, request, 'sender'));
  socket.write(formatRequest(request));
  const sender = sendStream(socket, request);
  if (stop.aborted) sender.stop();
  else stop.addEventListener('abort', () => sender.stop());
  const over = closed(socket, AbortSignal.any([stop, timeout(request)]));
  const summary = await sender.done;
  await over;
  print(summary);
}

function timeout(request: StreamRequest): AbortSignal {
  return AbortSignal.timeout((request.seconds + GRACE_SECONDS) * 1000);
}
