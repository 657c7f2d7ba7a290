/**
 * Ten minutes of saturated lines at BFD 20 ms × 3: how often a path is called down that is not.
 *
 * Alarms while the machine itself stood still are told apart: then packets were really late, and no
 * line and no gateway is to blame. Neither kind is left out.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { gatewayEvents } from '../src/lab/gateway-events.ts';
import type { Lab } from '../src/lab/lab.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import { runBulk } from '../src/lab/traffic/bulk-run.ts';
import { startServer } from '../src/lab/traffic/traffic-server.ts';
import type { Benchmark } from './row.ts';
import { StallProbes } from './stalls.ts';
import { withLab } from './with-lab.ts';

const FULL_SECONDS = 600;
/** The detection time, and what was sent while everybody caught up. */
const AFTERMATH_MS = 150;

export const falseAlarms: Benchmark = {
  name: 'false-alarms',
  about: 'paths called down on saturated, healthy lines, BFD 20 ms × 3',
  run: async (context) => {
    const seconds = Math.max(30, Math.round(FULL_SECONDS * context.scale));
    const probes = new StallProbes();
    const { alarms, mbps } = await withLab(
      { lines: linesOf([100, 100], 2), family: 'ipv4', interval: 20 },
      async (lab, written) => {
        const server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
        try {
          const both = (['download', 'upload'] as const).map((direction) =>
            runBulk({
              server,
              host: written.server,
              namespace: lab.namespace('client'),
              protocol: 'mptcp',
              direction,
              seconds,
            }),
          );
          for (let passed = 0; passed < seconds; passed += 30) {
            context.progress(
              `${passed} of ${seconds} s, ${(await downs(lab)).length} alarms, ${probes.stalls.length} stalls of the machine`,
            );
            await sleep(Math.min(30, seconds - passed) * 1000);
          }
          const results = await Promise.all(both.map((bulk) => bulk.result));
          return { alarms: await downs(lab), mbps: results.map(({ received }) => received.mbps) };
        } finally {
          await server.stop();
        }
      },
    ).finally(() => probes.stop());
    const excused = alarms.filter((at) => probes.stoodStill(at, AFTERMATH_MS));
    return [
      {
        what: `false alarms in ${seconds} s, both directions full`,
        unit: '',
        values: [alarms.length - excused.length],
        raw: { mbps, alarms, stalls: probes.stalls },
        target: { text: '0', met: (value) => value === 0 },
      },
      { what: 'alarms while the machine stood still', unit: '', values: [excused.length] },
      {
        what: 'times that the machine stood still for 15 ms or more',
        unit: '',
        values: [probes.stalls.length],
      },
    ];
  },
};

/** When paths went down so far, on both gateways; wall time, milliseconds. */
async function downs(lab: Lab): Promise<readonly number[]> {
  const events = await Promise.all(['branch', 'hub'].map((gateway) => gatewayEvents(lab, gateway)));
  return events
    .flat()
    .filter(({ kind }) => kind === 'path-down')
    .map(({ at }) => at);
}
