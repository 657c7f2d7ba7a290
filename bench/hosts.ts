/**
 * Whether anything on the gateways depends on the number of hosts: what is in the kernel, and the repair.
 */
import { atScale, manyHosts } from '../src/evaluate/instruments/gateway-scale.ts';
import type { GatewayScaleResult } from '../src/evaluate/instruments/gateway-scale.ts';
import { median } from '../src/lib/statistics.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';

const TALKING = 10_000;
const WANS = 2;

export const hosts: Benchmark = {
  name: 'hosts',
  about: `rules, routes and repair with one host and with ${TALKING} talking behind the gateway`,
  run: async (context) => {
    const few = await measure(1, context);
    const many = await measure(TALKING, context);
    const ratio = median(repairsOf(many)) / median(repairsOf(few));
    return [
      row('rules and routes, one host', [entriesOf(few)]),
      row(`rules and routes, ${TALKING} hosts`, [entriesOf(many)], {
        text: 'the same',
        met: (value) => value === entriesOf(few),
      }),
      row('cut → repaired, one host', repairsOf(few), undefined, 'ms'),
      row(`cut → repaired, ${TALKING} hosts`, repairsOf(many), undefined, 'ms'),
      row('ratio of the medians', [ratio], { text: '≤ 1.25', met: (value) => value <= 1.25 }),
    ];
  },
};

async function measure(count: number, context: BenchContext): Promise<GatewayScaleResult> {
  return await withLab(manyHosts(WANS), (lab, { server }) =>
    atScale(lab, {
      ...{ hosts: count, server, cuts: repetitions(10, context) },
      say: (text) => {
        context.progress(`${count} hosts, ${text}`);
      },
    }),
  );
}

function entriesOf({ state: { rules, routes } }: GatewayScaleResult): number {
  return rules + routes;
}

function repairsOf({ repairsMs }: GatewayScaleResult): readonly number[] {
  return repairsMs.map((time) => time ?? Infinity);
}

function row(what: string, values: readonly number[], target?: Row['target'], unit = ''): Row {
  return { what, unit, values, ...(target === undefined ? {} : { target }) };
}
