/**
 * A branch gateway with many hosts or many WANs: what it keeps in the kernel, and how fast it repairs.
 *
 * Always holds: nearly all hosts have just been answered when state is counted and when the line is cut;
 * the system's limit of neighbours is as it was before.
 */
import { readFile, writeFile } from 'node:fs/promises';

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

const gatewayScaleResult = z.object({
  state: gatewayState,
  repairsMs: repairs,
  /** Hosts that got an answer, the fewest of all times that they asked. */
  answered: z.number(),
});

export type GatewayScaleResult = z.infer<typeof gatewayScaleResult>;

/** Milliseconds. */
export const SCALE_BFD = 20;

/** Room for 16,384 hosts in the subnet of the first WAN: the client answers for them all. */
const OWNED = '10.10.64.0/18';
const WIDE_SUBNET = '10.10.0.0/17';
/** Where the server sends back what it gets. */
const ECHO_PORT = 7;
/** What the gateway may know of hosts at the same time; the kernel's own limit is 1024. */
export const NEIGHBOURS = 32_768;
const LIMITS = ['gc_thresh3', 'gc_thresh2'].map(
  (name) => `/proc/sys/net/ipv4/neigh/default/${name}`,
);

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

export async function atScale(lab: Lab, options: ScaleOptions): Promise<GatewayScaleResult> {
  return await withRoom(async () => await withEcho(lab, async () => await answering(lab, options)));
}

async function answering(
  lab: Lab,
  { hosts, server, ...options }: ScaleOptions,
): Promise<GatewayScaleResult> {
  let answered = hosts;
  const before = async (): Promise<void> => {
    answered = Math.min(answered, await talk(lab, hosts, server));
  };
  await before();
  const state = await stateOf(lab, 'branch');
  const repairsMs = await repairTimes(lab, { ...options, bfd: SCALE_BFD, before });
  return { state, repairsMs, answered };
}

/** So many of all must have been answered each time. */
const NEARLY_ALL = 0.99;

/**
 * One datagram from each host to the server, again if it is lost, and an answer to each.
 *
 * @returns how many were answered
 * @throws if not nearly all were: then the gateway did not carry what is said of it
 */
async function talk(lab: Lab, hosts: number, server: string): Promise<number> {
  const child = launch({
    namespace: lab.namespace('client'),
    command: [process.execPath, '-e', askingScript(hosts, server)],
  });
  const { code, stderr } = await child.exited;
  const answered = Number(child.lines.items.at(-1));
  if (code !== 0 || !(answered >= NEARLY_ALL * hosts)) {
    throw new Error(`of ${hosts} hosts ${answered} were answered; ${stderr}`);
  }
  return answered;
}

/** A program in the server's namespace that sends back every datagram, for as long as `use` takes. */
async function withEcho<T>(lab: Lab, use: () => Promise<T>): Promise<T> {
  const script = `
    const socket = require('node:dgram').createSocket('udp4');
    socket.on('message', (data, { port, address }) => socket.send(data, port, address));
    socket.bind(${ECHO_PORT}, () => console.log('listening'));`;
  const child = launch({
    namespace: lab.namespace('server'),
    command: [process.execPath, '-e', script],
  });
  try {
    const listening = await child.lines.find((line): line is string => line === 'listening');
    if (listening === undefined) throw new Error(`no echo: ${(await child.exited).stderr}`);
    return await use();
  } finally {
    await child.stop();
  }
}

/** Prints how many hosts were answered; some ask at the same time, each up to three times. */
function askingScript(hosts: number, server: string): string {
  return `
    const { createSocket } = require('node:dgram');
    const ask = (host) => new Promise((done) => {
      const socket = createSocket('udp4');
      let tries = 0;
      let timer;
      const end = (answered) => {
        clearTimeout(timer);
        socket.close();
        done(answered);
      };
      const send = () => {
        if (++tries > 3) return end(false);
        socket.send('x', ${ECHO_PORT}, '${server}');
        timer = setTimeout(send, 500);
      };
      socket.on('message', () => end(true));
      socket.bind(0, '10.10.' + (host >> 8) + '.' + (host & 255), send);
    });
    let next = 0;
    let answered = 0;
    const asking = async () => {
      while (next < ${hosts}) if (await ask(16384 + next++)) answered++;
    };
    Promise.all(Array.from({ length: 64 }, asking)).then(() => console.log(answered));`;
}

/** As many neighbours as there are hosts, for as long as `use` takes; the kernel has one table for all namespaces. */
async function withRoom<T>(use: () => Promise<T>): Promise<T> {
  const before = await Promise.all(LIMITS.map(async (path) => await readFile(path, 'utf8')));
  const set = async (values: readonly string[]): Promise<void> => {
    for (const [index, path] of LIMITS.entries()) await writeFile(path, values[index] ?? '');
  };
  await set(LIMITS.map(() => String(NEIGHBOURS)));
  try {
    return await use();
  } finally {
    await set(before);
  }
}
