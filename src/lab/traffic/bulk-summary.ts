/** Puts the summary of a bulk transfer together, the same way at both ends. */

import { NS_PER_SECOND, toSeconds, type Nanoseconds } from './monotonic.ts';
import type { MptcpState } from './mptcp-state.ts';
import type { BulkSummary } from './report.ts';

export type BulkParts = {
  readonly role: 'sender' | 'receiver';
  readonly transfer: string;
  readonly complete: boolean;
  readonly bytes: number;
  readonly durationNs: Nanoseconds;
  readonly sha256: string[];
  readonly connections: MptcpState[];
  readonly cpu: NodeJS.CpuUsage;
};

export function bulkSummary(parts: BulkParts): BulkSummary {
  const { role, transfer, complete, bytes, durationNs, sha256, connections, cpu } = parts;
  return {
    event: 'summary',
    kind: 'bulk',
    role,
    transfer,
    complete,
    bytes,
    seconds: toSeconds(durationNs),
    mbps: megabitsPerSecond(bytes, durationNs),
    sha256,
    connections,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

/** 0 for no time at all. */
export function megabitsPerSecond(bytes: number, durationNs: Nanoseconds): number {
  if (durationNs <= 0) return 0;
  return Math.round(((bytes * 8) / (durationNs / NS_PER_SECOND) / 1e6) * 1e3) / 1e3;
}
