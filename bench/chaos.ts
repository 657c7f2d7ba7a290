/**
 * A thousand faults of every kind, one after the other and several at once, beneath transfers and a stream
 * of datagrams: how long each kind takes to heal, and what did not.
 *
 * Always holds: the same as `test/netns/gateway/chaos.test.ts`, which asserts what is only counted here.
 */
import { randomBelow } from '../src/lib/random.ts';
import { CATALOGUE } from '../test/netns/gateway/chaos/catalogue.ts';
import { drawRounds } from '../test/netns/gateway/chaos/draw.ts';
import { runChaos, wrongOf } from '../test/netns/gateway/chaos/run.ts';
import type { ChaosReport } from '../test/netns/gateway/chaos/run.ts';
import type { Benchmark, Row } from './row.ts';

const FULL_FAULTS = 1000;
const PER_ROUND = 20;
/** From the last fault until everything is as a fresh apply gives it. */
const WHOLE_MS = 5000;
const NONE = { text: '0', met: (value: number): boolean => value === 0 };
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const chaos: Benchmark = {
  name: 'chaos',
  about: `until two gateways have healed what others do to them, ${FULL_FAULTS} faults`,
  run: async ({ scale, seed, faults = Math.max(1, Math.round(FULL_FAULTS * scale)), progress }) => {
    const interruption = new AbortController();
    const interrupt = (): void => {
      interruption.abort();
    };
    for (const signal of SIGNALS) process.on(signal, interrupt);
    try {
      const rounds = drawRounds(randomBelow(seed), CATALOGUE, faults, PER_ROUND);
      progress(`seed ${seed}, ${faults} faults in ${rounds.length} rounds`);
      return rowsOf(await runChaos(rounds, progress, interruption.signal), seed);
    } finally {
      for (const signal of SIGNALS) process.off(signal, interrupt);
    }
  },
};

function rowsOf({ struck, rounds, tunnelPackets, stream }: ChaosReport, seed: number): Row[] {
  const byKind = Map.groupBy(struck, ({ fault }) => fault.kind.name);
  const kinds = [...byKind].map(([what, each]) => ({
    what,
    unit: 'ms',
    values: each.map(({ healedMs }) => healedMs ?? Infinity),
    raw: each.map(({ fault: { side, wan, lasts }, struckAt, endedAt, healedMs, round }) => ({
      ...{ side, wan, lasts, struckAt, endedAt, healedMs, round },
    })),
  }));
  const sum = (count: (round: ChaosReport['rounds'][number]) => number): number =>
    rounds.reduce((total, round) => total + count(round), 0);
  const { toHub, toBranch } = stream;
  return [
    ...kinds.toSorted((a, b) => a.what.localeCompare(b.what)),
    {
      what: `everything as a fresh apply gives it (seed ${seed})`,
      unit: 'ms',
      values: rounds.map(({ wholeMs }) => wholeMs ?? Infinity),
      raw: rounds.map(wrongOf),
      target: { text: `≤ ${WHOLE_MS} ms`, met: (value) => value <= WHOLE_MS },
    },
    {
      what: 'faults not healed',
      unit: '',
      values: [sum((one) => one.unhealed.length)],
      target: NONE,
    },
    { what: 'transfers broken', unit: '', values: [sum((one) => one.broken.length)], target: NONE },
    {
      what: 'packets in clear',
      unit: '',
      values: [sum((one) => one.inClear.length)],
      target: NONE,
    },
    { what: 'packets in tunnels', unit: '', values: [tunnelPackets] },
    {
      what: 'datagrams lost of the stream',
      unit: '%',
      values: [toHub, toBranch].map(({ lost, sent }) => (100 * lost) / sent),
    },
    {
      what: 'longest silence of the stream',
      unit: 'ms',
      values: [toHub.silence, toBranch.silence],
    },
  ];
}
