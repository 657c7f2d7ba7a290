/**
 * What a person feels when a line dies: a steady stream of messages, the line under it is cut, and
 * the greatest delay of a message counts.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Lab } from '../src/lab/lab.ts';
import { runStream } from '../src/lab/traffic/stream-run.ts';
import { busiestSubflow, listSubflows } from '../src/lab/traffic/subflows.ts';
import { startServer } from '../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../src/lab/traffic/traffic-server.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import type { TwoSites, WrittenSites } from './two-sites.ts';
import { withLab } from './with-lab.ts';

const LINES = { rates: [100, 100], rtt: 2, family: 'ipv4' } as const;

export const cuts: Benchmark = {
  name: 'cuts',
  about: 'greatest delay of a message (1,200 B, 2,000/s, MPTCP) when the line under it is cut',
  run: async (context) => [
    ...(await measureCuts('BFD 10 ms × 3', { ...LINES, interval: 10 }, 60, context)),
    ...(await measureCuts('BFD 20 ms × 3', { ...LINES, interval: 20 }, undefined, context)),
    ...(await measureCuts('BFD 100 ms × 3', { ...LINES, interval: 100 }, 230, context)),
  ],
};

export async function measureCuts(
  what: string,
  sites: TwoSites,
  target: number | undefined,
  context: BenchContext,
): Promise<readonly Row[]> {
  return await withLab(sites, async (lab, written) => {
    const server = await startServer({
      namespace: lab.namespace('server'),
      protocol: 'mptcp',
      realtime: true,
    });
    try {
      const delays: number[] = [];
      const raw: unknown[] = [];
      while (delays.length < repetitions(20, context)) {
        const cut = await oneCut(lab, written, server);
        raw.push(cut);
        if (!cut.carried) continue;
        delays.push(cut.delayMs);
        context.progress(`${what}: cut ${delays.length}: ${cut.delayMs.toFixed(1)} ms`);
      }
      return [
        {
          what: `${what}: greatest delay`,
          unit: 'ms',
          values: delays,
          raw,
          ...(target === undefined
            ? {}
            : { target: { text: `≤ ${target}`, met: (value: number) => value <= target } }),
        },
      ];
    } finally {
      await server.stop();
    }
  });
}

interface Cut {
  /** Whether the line that was cut carried the stream at that moment. */
  readonly carried: boolean;
  readonly delayMs: number;
  readonly missing: number;
  /** How late the instrument itself was: a noisy machine, not the network. */
  readonly stallMs: number;
}

async function oneCut(lab: Lab, written: WrittenSites, server: TrafficServer): Promise<Cut> {
  const stream = runStream({
    server,
    host: written.server,
    namespace: lab.namespace('client'),
    protocol: 'mptcp',
    seconds: 3,
  });
  await stream.connected;
  await sleep(1000);
  const before = await listSubflows(lab.namespace('server'));
  await sleep(100);
  const during = await listSubflows(lab.namespace('server'));
  const busiest = busiestSubflow(before, during);
  const line = written.lineOf.get(busiest?.remoteAddress ?? '') ?? 'line1';
  await lab.fault(line, { kind: 'down' });
  const after = await listSubflows(lab.namespace('server'));
  const { received } = await stream.result;
  await lab.fault(line, { kind: 'up' });
  await lab.waitForPaths();
  const still = busiestSubflow(during, after);
  return {
    carried: still === undefined || still.remoteAddress === busiest?.remoteAddress,
    delayMs: received.figures?.delayMs.max ?? Infinity,
    missing: received.missing,
    stallMs: received.figures?.stallMs ?? NaN,
  };
}
