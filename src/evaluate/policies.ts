/**
 * What an operator or an administrator of hosts can do about lines that differ, beyond what the product
 * does by itself.
 *
 * Always holds: set before anything is connected, since a socket has its buffers and its congestion
 * control from its beginning.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Testbed } from '../lab/mechanism/mechanism.ts';
import { Unavailable } from './experiment.ts';

export const POLICIES = [
  'none',
  /** `wan drain` of the first line. */
  'drain-first',
  /** Hosts give the first line preference: the others are used when it is gone. */
  'others-are-backup',
  /** Hosts have no address on the others. */
  'leave-others-out',
  /** The host profile's send buffer a sixteenth: 512 KiB instead of 8 MiB. */
  'small-send-buffer',
  /** As the kernel has it: whatever the send buffer takes waits unsent (`tcp_notsent_lowat`). */
  'much-unsent',
  /** Congestion control by measured rate, not by loss. */
  'bbr',
] as const;

export type Policy = (typeof POLICIES)[number];

/** Routes, hosts and what was under way. */
const SETTLE_MS = 500;

type Step = readonly [node: string, ...argv: string[]];

/** @throws Unavailable where the kernel does not let hosts do that */
export async function obey(testbed: Testbed, policy: Policy): Promise<void> {
  if (policy === 'none') return;
  for (const [node, ...argv] of stepsOf(testbed, policy)) {
    const { exitCode, stderr } =
      argv[0] === 'wan'
        ? await testbed.lab.wamptcp(node, argv)
        : await testbed.lab.exec(node, argv);
    if (exitCode === 0) continue;
    if (policy === 'bbr') throw new Unavailable(`hosts may not use bbr: ${stderr.trim()}`);
    throw new Error(`${policy}: ${stderr}`);
  }
  await sleep(SETTLE_MS);
}

function stepsOf(testbed: Testbed, policy: Exclude<Policy, 'none'>): readonly Step[] {
  switch (policy) {
    case 'drain-first':
      return [['branch', 'wan', 'drain', testbed.lines[0] ?? '']];
    case 'others-are-backup':
      return ofOthers(testbed, (id) => ['change', 'id', id, 'backup']);
    case 'leave-others-out':
      return ofOthers(testbed, (id) => ['delete', 'id', id]);
    case 'small-send-buffer':
      return onHosts(testbed, 'net.ipv4.tcp_wmem=4096 524288 524288');
    case 'much-unsent':
      return onHosts(testbed, 'net.ipv4.tcp_notsent_lowat=4294967295');
    case 'bbr':
      return onHosts(testbed, 'net.ipv4.tcp_congestion_control=bbr');
  }
}

/** Endpoints are numbered in the order of the lines, from 1. */
function ofOthers(
  { clients, lines }: Testbed,
  action: (id: string) => readonly string[],
): readonly Step[] {
  return clients.flatMap((client) =>
    lines
      .slice(1)
      .map((_, other): Step => [client, 'ip', 'mptcp', 'endpoint', ...action(String(other + 2))]),
  );
}

/** Both ends, since either may send. */
function onHosts({ clients, servers }: Testbed, setting: string): readonly Step[] {
  return [...clients, ...servers].map((node): Step => [node, 'sysctl', '-qw', setting]);
}
