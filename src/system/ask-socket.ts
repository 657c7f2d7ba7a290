/** Questions to programs that answer by a Unix socket. */
import { createConnection } from 'node:net';

const PATIENCE_MS = 2000;

/** The whole answer. Rejects when nobody listens, or after two seconds of silence. */
export function askSocket(path: string, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection(path, () => {
      socket.write(`${question}\n`);
    });
    socket.setEncoding('utf8').setTimeout(PATIENCE_MS, () => {
      socket.destroy(new Error(`${path} does not answer`));
    });
    socket.on('data', (text) => {
      answer += String(text);
    });
    socket.on('error', reject).on('close', () => {
      resolve(answer);
    });
  });
}

/**
 * What a program says first to whoever connects: one that hangs says nothing, though the kernel takes the
 * connection. Rejects when nobody listens, or after two seconds of silence.
 */
export function greeting(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.setEncoding('utf8').setTimeout(PATIENCE_MS, () => {
      socket.destroy(new Error(`${path} does not answer`));
    });
    socket
      .on('data', (text) => {
        resolve(String(text));
        socket.destroy();
      })
      .on('error', reject)
      .on('close', () => {
        reject(new Error(`${path} says nothing`));
      });
  });
}
