/**
 * One object of a web page over one of an agent's connections, and when what happened to it.
 *
 * Always holds: it is settled once, at the latest when its time is up; what went wrong is a part of
 * the answer and no exception.
 */

import { get, type Agent } from 'node:http';
import type { Socket } from 'node:net';
import type { Target } from './dial.ts';
import { monotonicNs, type Nanoseconds } from './monotonic.ts';
import type { WebObject } from './web-page.ts';

export type FetchOptions = {
  readonly target: Target;
  /** Its connections are used in turn; requests beyond their number wait, first come first served. */
  readonly agent: Agent;
  /** Of one object, from being asked for to its last byte. */
  readonly timeoutMs: number;
  readonly stop: AbortSignal;
};

export type Fetched = {
  readonly object: WebObject;
  readonly askedNs: Nanoseconds;
  /** Null: it did not come to that. */
  readonly sentNs: Nanoseconds | null;
  readonly firstByteNs: Nanoseconds | null;
  readonly lastByteNs: Nanoseconds | null;
  /** Arrived, without the header. */
  readonly bytes: number;
  readonly error: string | null;
};

/** `onSocket` is called with the connection that the request gets, which may not be up yet. */
export function fetchObject(
  object: WebObject,
  { target, agent, timeoutMs, stop }: FetchOptions,
  onSocket: (socket: Socket) => void,
): Promise<Fetched> {
  const askedNs = monotonicNs();
  let sentNs: Nanoseconds | null = null;
  let firstByteNs: Nanoseconds | null = null;
  let lastByteNs: Nanoseconds | null = null;
  let bytes = 0;
  return new Promise((resolve) => {
    const request = get({
      agent,
      host: target.host,
      port: target.port,
      path: object.path,
      ...(target.from === undefined ? {} : { localAddress: target.from }),
    });
    const settle = (error: string | null): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', stopped);
      resolve({ object, askedNs, sentNs, firstByteNs, lastByteNs, bytes, error });
    };
    const fail = (error: string): void => {
      settle(error);
      request.destroy();
    };
    const late = (): void => fail(`not there after ${timeoutMs / 1000} s`);
    const stopped = (): void => fail('stopped before it was there');
    const timer = setTimeout(late, timeoutMs);
    if (stop.aborted) stopped();
    else stop.addEventListener('abort', stopped);
    request.once('socket', onSocket);
    request.once('finish', () => (sentNs = monotonicNs()));
    request.once('response', (response) => {
      firstByteNs = monotonicNs();
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        lastByteNs = monotonicNs();
      });
      response.on('error', (error) => fail(error.message));
      response.once('end', () => settle(whatIsWrong(object, response.statusCode, bytes)));
    });
    request.on('error', (error) => fail(error.message));
  });
}

function whatIsWrong(object: WebObject, status: number | undefined, bytes: number): string | null {
  if (status !== 200) return `the server answers with status ${status ?? 'unknown'}`;
  return bytes === object.bytes ? null : `${bytes} bytes instead of ${object.bytes}`;
}
