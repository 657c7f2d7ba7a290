/**
 * What a person feels when a line dies: a steady stream of messages, the line under it is cut, and
 * the greatest delay of a message counts.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { firstSwitch } from '../src/lab/gateway-events.ts';
import type { Lab } from '../src/lab/lab.ts';
import { wanInterface } from '../src/lab/testbed/address-plan.ts';
import { carryingLine } from '../src/lab/testbed/carrying-line.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import type { WrittenSites } from '../src/lab/testbed/write-sites.ts';
import { runStream } from '../src/lab/traffic/stream-run.ts';
import { startServer } from '../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../src/lab/traffic/traffic-server.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';
import type { BenchSites } from './with-lab.ts';

const LINES = { lines: linesOf([100, 100], 1), family: 'ipv4' } as const;

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
  sites: BenchSites,
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
        delays.push(cut.delayMs);
        context.progress(
          `${what}: cut ${delays.length}: ${cut.delayMs.toFixed(1)} ms (repair ${cut.repairMs?.toFixed(1) ?? '–'}, due ${cut.worstSinceCutMs?.toFixed(1) ?? '–'}, stall ${cut.stallMs.toFixed(1)})`,
        );
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
  /** From the cut to the branch's repair. */
  readonly repairMs: number | null;
  readonly delayMs: number;
  readonly missing: number;
  /** When the message with the greatest delay was due; negative: in flight at the cut. */
  readonly worstSinceCutMs: number | null;
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
  const line = await carryingLine(linesUnder(lab, written));
  const { at } = await lab.fault(line, { kind: 'down' });
  const { received } = await stream.result;
  const worst = received.figures?.worst;
  await lab.fault(line, { kind: 'up' });
  await lab.waitForPaths();
  return {
    repairMs: await firstSwitch(lab, 'branch', 'repair', at),
    delayMs: received.figures?.delayMs.max ?? Infinity,
    missing: received.missing,
    worstSinceCutMs: worst === undefined ? null : worst.dueNs / 1e6 - at,
    stallMs: received.figures?.stallMs ?? NaN,
  };
}

/** At equal delay the scheduler spreads even a light stream, so who carries it must be asked. */
export function linesUnder(lab: Lab, { lineOf }: WrittenSites): Parameters<typeof carryingLine>[0] {
  const lines = [...lineOf.values()];
  return { lab, lines, wanInterfaces: lines.map((_, line) => wanInterface(line)) };
}
