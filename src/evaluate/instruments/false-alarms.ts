/**
 * Saturated, healthy lines: how often a path is called down that is not.
 *
 * Alarms while the machine itself stood still are told apart: then packets were really late, and no
 * line and no gateway is to blame. Always holds: neither kind is left out.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { gatewayEvents } from '../../lab/gateway-events.ts';
import type { Lab } from '../../lab/lab.ts';
import { StallProbes } from '../../lab/stalls.ts';
import { runBulk } from '../../lab/traffic/bulk-run.ts';
import type { TrafficServer } from '../../lab/traffic/traffic-server.ts';
import type { Milliseconds } from '../../net/duration.ts';

export const saturation = z.object({
  alarms: z.number().describe('Of both gateways, but for the excused.'),
  excused: z.number().describe('Alarms while the machine stood still.'),
  stalls: z.number().describe('How often the machine stood still for 15 ms or more.'),
  mbps: z.number().describe('Both directions together.'),
});

export type Saturation = z.infer<typeof saturation>;

export interface SaturationOptions {
  readonly server: TrafficServer;
  /** The server's address. */
  readonly host: string;
  readonly seconds: number;
  /** Three of them without a packet are an alarm. */
  readonly bfd: Milliseconds;
  readonly say: (text: string) => void;
}

const LOOK_SECONDS = 30;
/** What was sent while everybody caught up after the machine stood still, beside the detection time. */
const CATCH_UP_MS = 90;

/** A download and an upload at once, over MPTCP, from the lab's only client. */
export async function saturate(lab: Lab, options: SaturationOptions): Promise<Saturation> {
  const { server, host, seconds, bfd, say } = options;
  const probes = await StallProbes.start();
  const before = (await downs(lab)).length;
  try {
    const both = (['download', 'upload'] as const).map((direction) =>
      runBulk({
        ...{ server, host, direction, seconds },
        namespace: lab.namespace('client'),
        protocol: 'mptcp',
      }),
    );
    for (let passed = 0; passed < seconds; passed += LOOK_SECONDS) {
      say(`${passed} of ${seconds} s, the machine stood still ${probes.stalls.length} times`);
      await sleep(Math.min(LOOK_SECONDS, seconds - passed) * 1000);
    }
    const results = await Promise.all(both.map((bulk) => bulk.result));
    const alarms = (await downs(lab)).slice(before);
    const excused = alarms.filter((at) => probes.stoodStill(at, 3 * bfd + CATCH_UP_MS)).length;
    return {
      alarms: alarms.length - excused,
      excused,
      stalls: probes.stalls.length,
      mbps: results.reduce((sum, { received }) => sum + received.mbps, 0),
    };
  } finally {
    await probes.stop();
  }
}

/** When paths went down so far, on both gateways, oldest first; wall time, milliseconds. */
async function downs(lab: Lab): Promise<readonly number[]> {
  const events = await Promise.all(['branch', 'hub'].map((gateway) => gatewayEvents(lab, gateway)));
  return events
    .flat()
    .filter(({ kind }) => kind === 'path-down')
    .map(({ at }) => at)
    .sort((one, other) => one - other);
}
