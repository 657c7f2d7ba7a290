/**
 * A bulk transfer through an outage of 10 s of one of two lines: whether the other one ever idles,
 * and how soon both are full again after healing.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Lab } from '../src/lab/lab.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import type { WrittenSites } from '../src/lab/testbed/write-sites.ts';
import { runBulk } from '../src/lab/traffic/bulk-run.ts';
import { startServer } from '../src/lab/traffic/traffic-server.ts';
import { WanRates } from '../src/lab/traffic/wan-rates.ts';
import type { RateSample } from '../src/lab/traffic/wan-rates.ts';
import { median } from '../src/lib/statistics.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';

const SAMPLE_MS = 50;
const BEFORE_MS = 4000;
const OUTAGE_MS = 10_000;
const AFTER_MS = 4000;
/** A line is full at this share of what it carried before the cut. */
const FULL = 0.9;

export const outage: Benchmark = {
  name: 'outage',
  about: '10 s outage of one of 2 × 100 Mb/s under a bulk transfer, BFD 100 ms × 3',
  run: (context) =>
    withLab({ lines: linesOf([100, 100], 2), family: 'ipv4', interval: 100 }, (lab, written) =>
      measure(lab, written, context),
    ),
};

async function measure(
  lab: Lab,
  written: WrittenSites,
  context: BenchContext,
): Promise<readonly Row[]> {
  const lowest: number[] = [];
  const refill: number[] = [];
  const raw: unknown[] = [];
  for (let round = 0; round < repetitions(5, context); round++) {
    const result = await oneOutage(lab, written);
    raw.push(result);
    lowest.push(result.lowestShare);
    refill.push(result.refillSeconds);
    context.progress(
      `survivor at least ${(100 * result.lowestShare).toFixed(0)} %, both full after ${result.refillSeconds.toFixed(2)} s`,
    );
    await lab.waitForPaths();
  }
  return [
    {
      what: 'surviving line, lowest 100 ms of the outage, share of before',
      unit: '',
      values: lowest,
      raw,
    },
    {
      what: 'outages in which it stood still (100 ms below half)',
      unit: '',
      values: [lowest.filter((share) => share < 0.5).length],
      target: { text: 'none', met: (value) => value === 0 },
    },
    {
      what: 'healed → both lines full',
      unit: 's',
      values: refill,
      target: { text: '≤ 0.3', met: (value) => value <= 0.3 },
    },
  ];
}

interface Outage {
  readonly lowestShare: number;
  readonly refillSeconds: number;
  readonly intact: boolean;
  readonly samples: readonly RateSample[];
}

async function oneOutage(lab: Lab, written: WrittenSites): Promise<Outage> {
  const samples: RateSample[] = [];
  const namespace = lab.namespace('branch');
  const rates = new WanRates(namespace, ['wan0', 'wan1'], (one) => samples.push(one), SAMPLE_MS);
  const server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
  try {
    const bulk = runBulk({
      server,
      host: written.server,
      namespace: lab.namespace('client'),
      protocol: 'mptcp',
      seconds: (BEFORE_MS + OUTAGE_MS + AFTER_MS) / 1000,
    });
    await bulk.connected;
    await sleep(BEFORE_MS);
    const { at: cutAt } = await lab.fault('line1', { kind: 'down' });
    await sleep(OUTAGE_MS);
    const { at: healedAt } = await lab.fault('line1', { kind: 'up' });
    const { intact } = await bulk.result;
    return { ...judge(samples, cutAt, healedAt), intact, samples };
  } finally {
    await server.stop();
    await rates.stop();
  }
}

/** Rates over 100 ms: two samples, since one is only about 35 full packets long per line. */
function judge(
  samples: readonly RateSample[],
  cutAt: number,
  healedAt: number,
): Pick<Outage, 'lowestShare' | 'refillSeconds'> {
  const between = (from: number, to: number): readonly RateSample[] =>
    samples.filter(({ monotonic }) => monotonic > from && monotonic <= to);
  const before = between(cutAt - 2000, cutAt);
  const normal = [0, 1].map((line) => median(before.map(({ rates }) => rates[line] ?? 0)));
  const during = smooth(between(cutAt + 2 * SAMPLE_MS, healedAt));
  const lowestShare = Math.min(...during.map(({ rates }) => (rates[1] ?? 0) / (normal[1] ?? 1)));
  const full = smooth(between(healedAt, Infinity)).find(({ rates }) =>
    rates.every((rate, line) => rate >= FULL * (normal[line] ?? 0)),
  );
  const refillSeconds = full === undefined ? Infinity : (full.monotonic - healedAt) / 1000;
  return { lowestShare, refillSeconds };
}

function smooth(samples: readonly RateSample[]): readonly RateSample[] {
  return samples.slice(1).map((sample, index) => ({
    ...sample,
    rates: sample.rates.map((rate, line) => (rate + (samples[index]?.rates[line] ?? 0)) / 2),
  }));
}
