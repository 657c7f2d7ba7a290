/**
 * A branch gateway with many hosts or many WANs: what it keeps in the kernel, and how fast it repairs.
 *
 * Always holds: all hosts have just talked when state is counted and when the line is cut.
 */
import { z } from 'zod';

import { labUp } from '../../lab/lab.ts';
import type { Lab } from '../../lab/lab.ts';
import { linesOf } from '../../lab/testbed/two-sites.ts';
import type { TwoSites } from '../../lab/testbed/two-sites.ts';
import { writeSites } from '../../lab/testbed/write-sites.ts';
import { launch } from '../../lab/traffic/launch.ts';
import type { Instrument, MeasureContext } from '../experiment.ts';
import { gatewayState, stateOf } from './gateway-state.ts';
import { repairs, repairTimes } from './repairs.ts';

export type GatewayScaleParameters = {
  /** 1 … 16,384. */
  readonly hosts: number;
  /** 2 … 8. */
  readonly wans: number;
  readonly cuts: number;
};

const gatewayScaleResult = z.object({ state: gatewayState, repairsMs: repairs });

export type GatewayScaleResult = z.infer<typeof gatewayScaleResult>;

/** Milliseconds. */
export const SCALE_BFD = 20;

/** Room for 16,384 hosts in the subnet of the first WAN: the client answers for them all. */
const OWNED = '10.10.64.0/18';
const WIDE_SUBNET = '10.10.0.0/17';

export const gatewayScale: Instrument<GatewayScaleParameters, GatewayScaleResult> = {
  name: 'gateway-scale',
  result: gatewayScaleResult,
  estimate: ({ hosts, wans, cuts }) => 4 + wans + cuts * (2.5 + hosts / 5000),
  measure,
};

async function measure(
  { hosts, wans, cuts }: GatewayScaleParameters,
  context: MeasureContext,
): Promise<GatewayScaleResult> {
  const written = await writeSites({ lab: context.lab, ...manyHosts(wans) });
  try {
    context.say('setting up');
    const lab = await labUp(written.topology, { replace: true, stop: context.stop });
    try {
      await lab.prepareFaults();
      const { server } = written;
      const { stop } = context;
      return await atScale(lab, {
        ...{ hosts, server, cuts, stop },
        say: (text) => {
          context.say(text);
        },
      });
    } finally {
      await lab.down();
    }
  } finally {
    await written.remove();
  }
}

/** Two sites whose branch has room for so many hosts. */
export function manyHosts(wans: number): Omit<TwoSites, 'lab'> {
  const rates = Array.from({ length: wans }, () => 100);
  return {
    lines: linesOf(rates, 2),
    ...{ family: 'ipv4', interval: SCALE_BFD, firstSubnet: WIDE_SUBNET, owns: OWNED },
  };
}

export interface ScaleOptions {
  readonly hosts: number;
  /** The server's address. */
  readonly server: string;
  readonly cuts: number;
  readonly say: (text: string) => void;
  readonly stop?: AbortSignal;
}

export async function atScale(
  lab: Lab,
  { hosts, server, ...options }: ScaleOptions,
): Promise<GatewayScaleResult> {
  const before = (): Promise<void> => talk(lab, hosts, server);
  await before();
  const state = await stateOf(lab, 'branch');
  return { state, repairsMs: await repairTimes(lab, { ...options, bfd: SCALE_BFD, before }) };
}

/** One datagram from each host to the server, which answers by an ICMP message: nothing listens. */
async function talk(lab: Lab, hosts: number, server: string): Promise<void> {
  const script = `
    const { createSocket } = require('node:dgram');
    (async () => {
      for (let i = 0; i < ${hosts}; i++) {
        const socket = createSocket('udp4');
        const host = 16384 + i;
        await new Promise((done) => socket.bind(0, '10.10.' + (host >> 8) + '.' + (host & 255), done));
        await new Promise((done) => socket.send('x', 9, '${server}', done));
        socket.close();
      }
    })();`;
  const child = launch({
    namespace: lab.namespace('client'),
    command: [process.execPath, '-e', script],
  });
  const { code, stderr } = await child.exited;
  if (code !== 0) throw new Error(`the hosts could not talk: ${stderr}`);
}
