/**
 * A program, for one end of many short or idle connections; prints JSON lines:
 *
 *   node connection-load.ts serve PORT               echoes; `{"listening":true}`
 *   node connection-load.ts hold ADDRESS PORT N      opens N connections, exchanges one byte on each,
 *                                                    and once more when all are open; keeps them until
 *                                                    it is ended
 *   node connection-load.ts rate ADDRESS PORT SECONDS   connects, exchanges one byte, closes, again and
 *                                                    again
 *
 * Always holds: a connection counts only when its byte came back; the others are told as failed.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

/** So many are on their way at once: more would measure the queues of listening sockets. */
const AT_ONCE = 32;
const PATIENCE_MS = 10_000;
const BACKLOG = 4096;

const [mode, ...words] = process.argv.slice(2);
if (mode === 'serve') await serve(Number(words[0]));
else if (mode === 'hold') await hold(words[0] ?? '', Number(words[1]), Number(words[2]));
else await rate(words[0] ?? '', Number(words[1]), Number(words[2]));

async function serve(port: number): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).pipe(socket);
  }).listen({ port, backlog: BACKLOG });
  await once(server, 'listening');
  print({ listening: true });
}

async function hold(host: string, port: number, count: number): Promise<void> {
  const sockets: Socket[] = [];
  let left = count;
  let failed = 0;
  const begun = performance.now();
  await workers(async () => {
    while (left-- > 0) {
      const socket = await open(host, port);
      if (socket === undefined) failed += 1;
      else sockets.push(socket);
    }
  });
  const opened = performance.now();
  const answers = await Promise.all(sockets.map(exchange));
  print({
    opened: sockets.length,
    failed,
    answered: answers.filter(Boolean).length,
    openSeconds: (opened - begun) / 1000,
    answerSeconds: (performance.now() - opened) / 1000,
  });
}

async function rate(host: string, port: number, seconds: number): Promise<void> {
  let done = 0;
  let failed = 0;
  const begun = performance.now();
  const until = begun + seconds * 1000;
  await workers(async () => {
    while (performance.now() < until) {
      const socket = await open(host, port);
      if (socket === undefined) {
        failed += 1;
        continue;
      }
      socket.end();
      await once(socket, 'close');
      done += 1;
    }
  });
  print({ done, failed, seconds: (performance.now() - begun) / 1000 });
}

async function workers(work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Undefined: it did not work. */
async function open(host: string, port: number): Promise<Socket | undefined> {
  const socket = connect({ host, port, noDelay: true });
  // Told by `close`, which always follows.
  socket.on('error', () => undefined);
  if (await exchange(socket)) return socket;
  socket.destroy();
  return undefined;
}

/** Whether a byte comes back. */
async function exchange(socket: Socket): Promise<boolean> {
  const answer = new Promise<boolean>((done) => {
    const timer = setTimeout(() => settle(false), PATIENCE_MS);
    const settle = (answered: boolean): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
      done(answered);
    };
    const onData = (): void => settle(true);
    const onClose = (): void => settle(false);
    socket.on('data', onData).on('close', onClose);
  });
  socket.write('x');
  return answer;
}

function print(value: Readonly<Record<string, number | boolean>>): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
