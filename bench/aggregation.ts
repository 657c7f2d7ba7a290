/**
 * One MPTCP connection over all lines, beside one plain TCP connection over one of them, in turn in
 * the same run, so that noise hits both alike.
 */
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import type { WrittenSites } from '../src/lab/testbed/write-sites.ts';
import { runIperf3 } from '../src/lab/traffic/iperf3.ts';
import type { Lab } from '../src/lab/lab.ts';
import { median } from '../src/lib/statistics.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';
import type { BenchSites } from './with-lab.ts';

interface Case {
  readonly what: string;
  readonly sites: BenchSites;
  /** Of what the median is a share: the lines' number times plain TCP, or the sum of plain TCP. */
  readonly target: { readonly ratio: number; readonly per: 'single' | 'lines' | 'sum' };
}

const ipv4 = { family: 'ipv4', interval: 50 } as const;
const ipv6 = { ...ipv4, family: 'ipv6' } as const;
const five = [1000, 1000, 1000, 1000, 1000];

const CASES: readonly Case[] = [
  {
    what: '2 × 100 Mb/s, IPv4',
    sites: { ...ipv4, lines: linesOf([100, 100], 2) },
    target: { ratio: 1.9, per: 'single' },
  },
  {
    what: '2 × 100 Mb/s, IPv6',
    sites: { ...ipv6, lines: linesOf([100, 100], 2) },
    target: { ratio: 1.9, per: 'single' },
  },
  {
    what: '5 × 1 Gb/s, IPv4',
    sites: { ...ipv4, lines: linesOf(five, 0) },
    target: { ratio: 0.97, per: 'lines' },
  },
  {
    what: '5 × 1 Gb/s, IPv6',
    sites: { ...ipv6, lines: linesOf(five, 0) },
    target: { ratio: 0.97, per: 'lines' },
  },
  {
    what: '20/50/100 Mb/s, IPv4',
    sites: { ...ipv4, lines: linesOf([20, 50, 100], 2) },
    target: { ratio: 0.9, per: 'sum' },
  },
];

export const aggregation: Benchmark = {
  name: 'aggregation',
  about: 'one MPTCP connection over all lines, VXLAN, against one plain TCP connection',
  run: async (context) => {
    const rows: Row[] = [];
    for (const one of CASES) {
      context.progress(one.what);
      rows.push(
        ...(await withLab(one.sites, (lab, written) => measure(lab, written, one, context))),
      );
    }
    return rows;
  },
};

async function measure(
  lab: Lab,
  written: WrittenSites,
  { what, sites, target }: Case,
  context: BenchContext,
): Promise<readonly Row[]> {
  const plain: number[][] = [];
  const multi: number[] = [];
  const raw: unknown[] = [];
  const seconds = 6;
  for (let round = 0; round < repetitions(5, context); round++) {
    const each: number[] = [];
    // Every line by itself where they differ; one stands for all where they are alike.
    const alike = new Set(sites.lines.map(({ rate }) => rate)).size === 1;
    for (const [address] of [...written.lineOf].slice(0, alike ? 1 : undefined)) {
      const tcp = await runIperf3({
        ...ends(lab, written),
        protocol: 'tcp',
        from: address,
        seconds,
      });
      each.push(tcp.mbps);
      raw.push({ round, tcp });
    }
    const mptcp = await runIperf3({ ...ends(lab, written), protocol: 'mptcp', seconds });
    raw.push({ round, mptcp });
    plain.push(each);
    // A connection that fell back to TCP is no measurement of MPTCP.
    multi.push(mptcp.mptcp ? mptcp.mbps : 0);
    context.progress(
      `${what}: ${mptcp.mbps.toFixed(0)} Mb/s against ${each.map((mbps) => mbps.toFixed(0)).join(' + ')}`,
    );
  }
  const count = sites.lines.length;
  const reference = plain.map((each) =>
    target.per === 'sum'
      ? each.reduce((total, mbps) => total + mbps, 0)
      : (each[0] ?? NaN) * (target.per === 'lines' ? count : 1),
  );
  const base = median(reference);
  const words = { single: 'one plain TCP', lines: `${count} × plain TCP`, sum: 'sum of plain TCP' };
  return [
    { what: `${what}: ${words[target.per]}`, unit: 'Mb/s', values: reference, raw },
    { what: `${what}: one MPTCP connection`, unit: 'Mb/s', values: multi },
    {
      what: `${what}: ratio to ${words[target.per]}`,
      unit: '',
      values: multi.map((mbps) => mbps / base),
      target: { text: `≥ ${target.ratio}`, met: (value) => value >= target.ratio },
    },
  ];
}

function ends(
  lab: Lab,
  written: WrittenSites,
): { readonly clientNamespace: string; readonly serverNamespace: string; readonly host: string } {
  return {
    clientNamespace: lab.namespace('client'),
    serverNamespace: lab.namespace('server'),
    host: written.server,
  };
}
