/**
 * One plain TCP connection of a host without MPTCP, by the gateways' proxy over all lines: beside an
 * MPTCP host's, beside Dante with redsocks (the paper's engine), and beside no proxy at all, in turn in
 * the same run, so that noise hits all alike.
 *
 * Always holds: two labs with the same lines, since a site has its own proxy or Dante; only one of them
 * carries something at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { startDante } from '../src/lab/mechanism/dante.ts';
import type { Lab } from '../src/lab/lab.ts';
import { machineSeconds, processorSeconds } from '../src/lab/processor-time.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import type { WrittenSites } from '../src/lab/testbed/write-sites.ts';
import { runIperf3 } from '../src/lab/traffic/iperf3.ts';
import type { Iperf3Result } from '../src/lab/traffic/iperf3.ts';
import type { Protocol } from '../src/lab/traffic/launch.ts';
import type { Direction } from '../src/lab/traffic/request.ts';
import { proxyProcesses } from '../src/lab/mechanism/proxy-state.ts';
import { median } from '../src/lib/statistics.ts';
import { repetitions } from './row.ts';
import type { Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';
import type { BenchSites } from './with-lab.ts';

const LINES: BenchSites = {
  lines: linesOf([1000, 1000, 1000, 1000, 1000], 0),
  family: 'ipv4',
  interval: 50,
};
const SECONDS = 4;
const PORT = 5201;
/** When a transfer is surely under way. */
const LOOK_AFTER_MS = 1500;
/** Without a byte for so long: that is no noise. */
const STALL_SECONDS = 0.5;

const WAMPTCP = 'MPTCP host';
const PROXY = 'TCP host, our proxy';
const DANTE = 'TCP host, Dante with redsocks';
const FORWARDED = 'TCP host, no proxy';
const MECHANISMS = [WAMPTCP, PROXY, DANTE, FORWARDED] as const;
type Mechanism = (typeof MECHANISMS)[number];

const DIRECTIONS: readonly Direction[] = ['download', 'upload'];

interface Sites {
  readonly lab: Lab;
  readonly written: WrittenSites;
}

interface Measured {
  readonly mechanism: Mechanism;
  readonly direction: Direction;
  readonly mbps: number;
  /** The longest time without a byte, once there had been one. */
  readonly silentSeconds: number;
  /** Of the whole transfer. */
  readonly gigabits: number;
  /** Processor time: of the proxy's processes, of the machine. */
  readonly cost: { readonly proxy: number; readonly machine: number };
  /** The server knew the client by its own address. */
  readonly asItself: boolean;
  readonly result: Iperf3Result;
}

export const proxy: Benchmark = {
  name: 'proxy',
  about: 'one plain TCP connection by the proxy over 5 × 1 Gb/s, beside MPTCP and Dante',
  run: async (context) =>
    withLab({ ...LINES, lab: 'bench-proxy', proxy: true }, async (lab, written) =>
      withLab({ ...LINES, lab: 'bench-plain' }, async (plainLab, plainWritten) => {
        const own = { lab, written };
        const plain = { lab: plainLab, written: plainWritten };
        const buffers = await receiveBuffers(own);
        const measured: Measured[] = [];
        for (let round = 0; round < repetitions(7, context); round++) {
          for (const one of await measureRound(own, plain)) {
            measured.push(one);
            context.progress(`run ${round + 1}, ${inWords(one)}`);
          }
        }
        return [...DIRECTIONS.flatMap((direction) => rowsOf(direction, measured)), buffers];
      }),
    ),
};

async function measureRound(own: Sites, plain: Sites): Promise<readonly Measured[]> {
  const none = async (): Promise<readonly number[]> => Promise.resolve([]);
  const haproxy = async (): Promise<readonly number[]> => proxyProcesses(own.lab);
  const measured = [
    ...(await bothWays(own, WAMPTCP, 'mptcp', none)),
    ...(await bothWays(own, PROXY, 'tcp', haproxy)),
    ...(await bothWays(plain, FORWARDED, 'tcp', none)),
  ];
  const dante = await startDante(plain.lab, { branch: 'branch', hub: 'hub' });
  try {
    const danted = async (): Promise<readonly number[]> => dante.processes();
    return [...measured, ...(await bothWays(plain, DANTE, 'tcp', danted))];
  } finally {
    await dante.stop();
  }
}

async function bothWays(
  sites: Sites,
  mechanism: Mechanism,
  protocol: Protocol,
  processes: () => Promise<readonly number[]>,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (const direction of DIRECTIONS) {
    const cost = async (): Promise<Measured['cost']> => ({
      proxy: await processorSeconds(await processes()),
      machine: await machineSeconds(),
    });
    const before = await cost();
    const seen = sleep(LOOK_AFTER_MS).then(async () => clientsSeen(sites.lab));
    const result = await runIperf3({
      clientNamespace: sites.lab.namespace('client'),
      serverNamespace: sites.lab.namespace('server'),
      host: sites.written.server,
      port: PORT,
      protocol,
      direction,
      seconds: SECONDS,
    });
    const after = await cost();
    const clients = await seen;
    const known = [...sites.written.lineOf.keys()];
    measured.push({
      mechanism,
      direction,
      // A connection that fell back to TCP is no measurement of MPTCP.
      mbps: protocol === 'tcp' || result.mptcp ? result.mbps : 0,
      silentSeconds: silence(result),
      gigabits: (result.samples.reduce((total, { bytes }) => total + bytes, 0) * 8) / 1e9,
      cost: { proxy: after.proxy - before.proxy, machine: after.machine - before.machine },
      asItself: clients.length > 0 && clients.every((client) => known.includes(client)),
      result,
    });
  }
  return measured;
}

/** Whom the server's sockets are connected to. */
async function clientsSeen(lab: Lab): Promise<readonly string[]> {
  const { stdout } = await lab.exec('server', ['ss', '-Htn', `sport = :${PORT}`]);
  return stdout
    .split('\n')
    .flatMap((line) => /(?:::ffff:)?([\d.]+)\]?:\d+\s*$/.exec(line)?.[1] ?? []);
}

function silence({ samples }: Iperf3Result): number {
  let longest = 0;
  let since: number | undefined;
  for (const { start, end, bytes } of samples) {
    if (bytes > 0) since = end;
    else if (since !== undefined) longest = Math.max(longest, end - since);
    else if (start === 0) since = 0;
  }
  return longest;
}

function inWords({ mechanism, direction, mbps, silentSeconds }: Measured): string {
  const stall = silentSeconds > STALL_SECONDS ? `, silent for ${silentSeconds.toFixed(1)} s` : '';
  return `${direction}, ${mechanism}: ${mbps.toFixed(0)} Mb/s${stall}`;
}

function rowsOf(direction: Direction, all: readonly Measured[]): readonly Row[] {
  const of = (mechanism: Mechanism): readonly Measured[] =>
    all.filter((one) => one.direction === direction && one.mechanism === mechanism);
  const reference = of(WAMPTCP);
  const ratio = (mechanism: Mechanism): readonly number[] =>
    of(mechanism).map(({ mbps }, run) => mbps / (reference[run]?.mbps ?? NaN));
  const perMechanism = (
    what: string,
    unit: string,
    figure: (one: Measured) => number,
    mechanisms: readonly Mechanism[] = MECHANISMS,
  ): readonly Row[] =>
    mechanisms.map((mechanism) => ({
      what: `${direction}, ${mechanism}: ${what}`,
      unit,
      values: of(mechanism).map(figure),
    }));
  return [
    ...MECHANISMS.map((mechanism) => ({
      what: `${direction}, ${mechanism}`,
      unit: 'Mb/s',
      values: of(mechanism).map(({ mbps }) => mbps),
      raw: of(mechanism),
    })),
    {
      what: `${direction}, our proxy / MPTCP host`,
      unit: '',
      values: ratio(PROXY),
      target: { text: '≥ 0.95', met: (value) => value >= 0.95 },
    },
    { what: `${direction}, Dante / MPTCP host`, unit: '', values: ratio(DANTE) },
    ...MECHANISMS.map((mechanism) => ({
      what: `${direction}, ${mechanism}: runs with a stall > ${STALL_SECONDS} s`,
      unit: '',
      values: [of(mechanism).filter(({ silentSeconds }) => silentSeconds > STALL_SECONDS).length],
    })),
    ...perMechanism(
      'CPU of its processes',
      's/Gbit',
      ({ cost, gigabits }) => cost.proxy / gigabits,
      [PROXY, DANTE],
    ),
    ...perMechanism(
      'CPU of the machine',
      's/Gbit',
      ({ cost, gigabits }) => cost.machine / gigabits,
    ),
    {
      what: `${direction}, our proxy: runs in which the server saw the client's address`,
      unit: '',
      values: [of(PROXY).filter(({ asItself }) => asItself).length],
      target: { text: 'all', met: (value) => value === of(PROXY).length },
    },
    {
      what: `${direction}, Dante: runs in which the server saw the client's address`,
      unit: '',
      values: [of(DANTE).filter(({ asItself }) => asItself).length],
    },
  ];
}

/** MPTCP receivers stall for seconds below 32 MiB. */
async function receiveBuffers({ lab }: Sites): Promise<Row> {
  const greatest = await Promise.all(
    ['client', 'branch', 'hub', 'server'].map(async (node) => {
      const { stdout } = await lab.exec(node, ['sysctl', '-n', 'net.ipv4.tcp_rmem']);
      return Number(stdout.trim().split(/\s+/)[2]) / 1024 ** 2;
    }),
  );
  return {
    what: 'greatest receive buffer: client, branch, hub, server',
    unit: 'MiB',
    values: greatest,
    target: { text: '≥ 32 MiB', met: () => median(greatest) >= 32 && Math.min(...greatest) >= 32 },
  };
}
