/**
 * Program: one request after the other over one connection to `serve.ts`, each sent when the one
 * before is answered; reported as JSON lines (`report.ts`). What netperf calls TCP_RR.
 *
 *   node transactions.ts ADDRESS:PORT [--seconds 10] [--request 1] [--response 1] [--from ADDRESS]
 *        [--transfer NAME]
 *
 * It ends when the time is up, whether or not the last request was answered. Started under
 * `mptcpize run` it asks for MPTCP, otherwise for TCP.
 */

import { parseArgs } from 'node:util';
import { connectedReport } from './connected.ts';
import { dial, type Target } from './dial.ts';
import { numberOption, parseTarget, runProgram } from './program.ts';
import { print } from './report.ts';
import { formatRequest, type TransactionsRequest } from './request.ts';
import { TransactionRecord } from './transaction-record.ts';

runProgram(async (stop) => {
  const { target, request, seconds } = parseCommandLine();
  const socket = await dial(target, (chunk) => onChunk(chunk));
  print(connectedReport(socket, request, 'sender'));
  const question = Buffer.alloc(request.requestBytes);
  const record = new TransactionRecord(request.transfer, socket, print);
  let missing = request.responseBytes;
  const onChunk = (chunk: Buffer): void => {
    missing -= chunk.length;
    if (missing > 0) return;
    missing = request.responseBytes;
    record.answered();
    socket.write(question);
  };
  const broken = new Promise<boolean>((resolve) => {
    socket.on('error', (error) => print({ event: 'error', message: error.message }));
    socket.once('close', () => resolve(false));
  });
  socket.write(Buffer.concat([Buffer.from(formatRequest(request)), question]));
  const complete = await Promise.race([timeIsUp(seconds, stop), broken]);
  print(record.finish(complete));
  socket.destroy();
});

function parseCommandLine(): { target: Target; request: TransactionsRequest; seconds: number } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '10' },
      request: { type: 'string', default: '1' },
      response: { type: 'string', default: '1' },
      transfer: { type: 'string', default: 'transactions' },
      from: { type: 'string' },
    },
  });
  return {
    target: { ...parseTarget(positionals[0]), from: values.from },
    request: {
      kind: 'transactions',
      transfer: values.transfer,
      requestBytes: numberOption('request', values.request) ?? 0,
      responseBytes: numberOption('response', values.response) ?? 0,
    },
    seconds: numberOption('seconds', values.seconds) ?? 0,
  };
}

/** False if it was ended before. */
function timeIsUp(seconds: number, stop: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(true), seconds * 1000);
    stop.addEventListener('abort', () => resolve(false));
  });
}
