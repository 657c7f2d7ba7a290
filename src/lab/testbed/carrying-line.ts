/**
 * Which line carries a light stream: MPTCP sends it over one subflow, and to feel a failure one must cut
 * the line under that one. By the counters of the gateway, so for every mechanism alike.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { parseInterfaceCounters } from '../../system/interface-counters.ts';
import type { Testbed } from '../mechanism/mechanism.ts';

const WINDOW_MS = 60;

type Lines = Pick<Testbed, 'lab' | 'lines' | 'wanInterfaces'>;

/** The line over which the branch received most just now, of a download. */
export async function carryingLine(testbed: Lines): Promise<string> {
  const before = await receivedByLine(testbed);
  await sleep(WINDOW_MS);
  const after = await receivedByLine(testbed);
  const grown = after.map((bytes, line) => bytes - (before[line] ?? 0));
  return testbed.lines[grown.indexOf(Math.max(...grown))] ?? '';
}

/** Bytes that the branch has received over each line so far. */
export async function receivedByLine({
  lab,
  wanInterfaces,
}: Omit<Lines, 'lines'>): Promise<readonly number[]> {
  const { stdout } = await lab.exec('branch', ['cat', '/proc/net/dev']);
  const counters = parseInterfaceCounters(stdout);
  return wanInterfaces.map((name) => counters.get(name)?.receivedBytes ?? 0);
}
