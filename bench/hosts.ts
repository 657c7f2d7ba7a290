/**
 * Whether anything on the gateways depends on the number of hosts: rules, routes, and the repair.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { firstSwitch } from '../src/lab/gateway-events.ts';
import type { Lab } from '../src/lab/lab.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import { launch } from '../src/lab/traffic/launch.ts';
import { median } from '../src/lib/statistics.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';

const LINES = { lines: linesOf([100, 100], 2), family: 'ipv4', interval: 20 } as const;
/** 10,000 addresses and more: the client answers for a /18 of the first WAN's subnet. */
const MANY = '10.10.64.0/18';
const WIDE_SUBNET = '10.10.0.0/17';
const TALKING = 10_000;

export const hosts: Benchmark = {
  name: 'hosts',
  about: `rules, routes and repair with one host and with ${TALKING} talking behind the gateway`,
  run: async (context) => {
    const few = await withLab(LINES, (lab) => measure(lab, 0, context));
    const many = await withLab({ ...LINES, firstSubnet: WIDE_SUBNET, owns: MANY }, (lab) =>
      measure(lab, TALKING, context),
    );
    const ratio = median(many.repairs) / median(few.repairs);
    return [
      row('rules and routes, one host', few.entries),
      row(`rules and routes, ${TALKING} hosts`, many.entries, {
        text: 'the same',
        met: (value) => value === median(few.entries),
      }),
      row('cut → repaired, one host', few.repairs, undefined, 'ms'),
      row(`cut → repaired, ${TALKING} hosts`, many.repairs, undefined, 'ms'),
      row('ratio of the medians', [ratio], { text: '≤ 1.25', met: (value) => value <= 1.25 }),
    ];
  },
};

interface Measured {
  readonly entries: readonly number[];
  readonly repairs: readonly number[];
}

async function measure(lab: Lab, talking: number, context: BenchContext): Promise<Measured> {
  const repairs: number[] = [];
  const entries: number[] = [];
  for (let round = 0; round < repetitions(10, context); round++) {
    if (talking > 0) await talk(lab, talking);
    entries.push(await countEntries(lab));
    const { at } = await lab.fault('line1', { kind: 'down' });
    await sleep(500);
    const repaired = await firstSwitch(lab, 'branch', 'repair', at);
    await lab.fault('line1', { kind: 'up' });
    await lab.waitForPaths();
    await sleep(300);
    repairs.push(repaired ?? Infinity);
    context.progress(`${talking} hosts: repaired after ${(repaired ?? Infinity).toFixed(1)} ms`);
  }
  return { entries, repairs };
}

/** One datagram from each address to the server. */
async function talk(lab: Lab, count: number): Promise<void> {
  const script = `
    const { createSocket } = require('node:dgram');
    (async () => {
      for (let i = 0; i < ${count}; i++) {
        const socket = createSocket('udp4');
        const host = 16384 + i;
        await new Promise((done) => socket.bind(0, '10.10.' + (host >> 8) + '.' + (host & 255), done));
        await new Promise((done) => socket.send('x', 9, '10.20.0.2', done));
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

/** Rules, routes of all tables, and neighbours of the tunnels on the branch gateway. */
async function countEntries(lab: Lab): Promise<number> {
  const script = 'ip rule; ip -6 rule; ip route show table all; ip -6 route show table all';
  const { stdout } = await lab.exec('branch', ['sh', '-c', script]);
  return stdout.split('\n').filter((line) => line !== '').length;
}

function row(what: string, values: readonly number[], target?: Row['target'], unit = ''): Row {
  return { what, unit, values, ...(target === undefined ? {} : { target }) };
}
