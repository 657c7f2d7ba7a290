/** What the tests of whole labs share. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';

import type { Lab } from '../../../src/lab/lab.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');
export const WAMPTCP = join(ROOT, 'bin/wamptcp');
export const TWO_WANS = join(ROOT, 'examples/lab/two-wans.yaml');
export const SERVER = '10.20.0.2';

/** The name of a lab of this test run. */
export const labName = (suffix: string): string => `t-${suffix}-${process.pid}`;

export interface Said {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export async function wamptcp(...words: readonly string[]): Promise<Said> {
  const { exitCode, stdout, stderr } = await execa(WAMPTCP, words, {
    reject: false,
    stdin: 'ignore',
  });
  return { exitCode, stdout, stderr };
}

/** What there is on this machine by the name of a lab. */
export function leftOf(lab: string): string[] {
  return [
    ...readdirSync('/run/netns').filter((each) => each.startsWith(`${lab}-`)),
    ...readdirSync('/run/wamptcp').filter((each) => each.startsWith(`lab-${lab}`)),
  ];
}

/** How many of four pings from the client to the server come back. */
export async function pings(lab: Lab, ...options: readonly string[]): Promise<number> {
  const ping = ['ping', '-i', '0.02', '-W', '1', '-c', '4', ...options, SERVER];
  const { stdout } = await lab.exec('client', ping);
  return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
}

/**
 * Whether TCP from this address of the client gets through to the server and back: a refusal, since
 * nothing listens there. Unlike pings it goes by the WAN to which the address belongs.
 */
export async function tcpPasses(lab: Lab, from: string, to = SERVER): Promise<boolean> {
  const target = `TCP4:${to}:9,bind=${from},connect-timeout=1`;
  const { stderr } = await lab.exec('client', ['socat', '-u', '/dev/null', target]);
  return stderr.includes('Connection refused');
}

/** Generous: says that something happens at all, not how fast; a busy machine takes twice as long. */
const PATIENCE_MS = 60_000;

export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await condition());) {
    assert.ok(Date.now() < deadline, `not in time: ${what}`);
    await sleep(50);
  }
}
