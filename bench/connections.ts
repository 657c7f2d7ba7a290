/**
 * Many connections of hosts without MPTCP: 2,000 at once with what they cost in memory, and how many
 * can begin per second; by the gateways' proxy, by Dante with redsocks, and with no proxy at all.
 *
 * Always holds: two labs with the same lines, like proxy.ts; every run has a server port of its own,
 * so that none finds the last one's sockets in TIME-WAIT.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { startDante } from '../src/lab/mechanism/dante.ts';
import type { Lab } from '../src/lab/lab.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import type { WrittenSites } from '../src/lab/testbed/write-sites.ts';
import { launch } from '../src/lab/traffic/launch.ts';
import type { Child } from '../src/lab/traffic/launch.ts';
import { proxyProcesses, untilTwinsAnswer } from '../src/lab/mechanism/proxy-state.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';
import type { BenchSites } from './with-lab.ts';

const LINES: BenchSites = { lines: linesOf([1000, 1000], 0), family: 'ipv4', interval: 50 };
const AT_ONCE = 2000;
const SECONDS = 2;
const FIRST_PORT = 7000;
const PROGRAM = join(import.meta.dirname, 'connection-load.ts');

const held = z.object({
  opened: z.number(),
  failed: z.number(),
  answered: z.number(),
  openSeconds: z.number(),
  answerSeconds: z.number(),
});
const rated = z.object({ done: z.number(), failed: z.number(), seconds: z.number() });

/** A way from the client to the server. */
interface Way {
  readonly name: string;
  readonly lab: Lab;
  readonly server: string;
  /** Of whatever carries it. */
  readonly processes: () => Promise<readonly number[]>;
}

interface Measured {
  readonly way: string;
  readonly held: z.infer<typeof held>;
  readonly rated: z.infer<typeof rated>;
  /** MiB of all processes, while so many connections were open. */
  readonly memory: number;
}

export const connections: Benchmark = {
  name: 'connections',
  about: `${AT_ONCE} connections of TCP hosts at once, and new ones per second, by the proxy`,
  run: async (context) =>
    withLab({ ...LINES, lab: 'bench-proxy', proxy: true }, async (lab, written) =>
      withLab({ ...LINES, lab: 'bench-plain' }, async (plainLab, plainWritten) => {
        // Before that one leg has to do, which is another thing.
        await untilTwinsAnswer(lab, 'branch');
        const own = way('our proxy', lab, written, async () => proxyProcesses(lab));
        const none = way('no proxy', plainLab, plainWritten, async () => Promise.resolve([]));
        const measured: Measured[] = [];
        let port = FIRST_PORT;
        for (let round = 0; round < repetitions(5, context); round++) {
          measured.push(await measure(own, port++, context));
          measured.push(await measure(none, port++, context));
          const dante = await startDante(plainLab, { branch: 'branch', hub: 'hub' });
          try {
            const processes = async (): Promise<readonly number[]> => dante.processes();
            const danted = way('Dante with redsocks', plainLab, plainWritten, processes);
            measured.push(await measure(danted, port++, context));
          } finally {
            await dante.stop();
          }
        }
        return [own.name, none.name, 'Dante with redsocks'].flatMap((name) =>
          rowsOf(
            name,
            measured.filter((one) => one.way === name),
          ),
        );
      }),
    ),
};

function way(name: string, lab: Lab, written: WrittenSites, processes: Way['processes']): Way {
  return { name, lab, server: written.server, processes };
}

async function measure(
  { name, lab, server, processes }: Way,
  port: number,
  context: BenchContext,
): Promise<Measured> {
  const start = (node: string, ...words: readonly (string | number)[]): Child =>
    launch({
      namespace: lab.namespace(node),
      command: [process.execPath, PROGRAM, ...words.map(String)],
    });
  const serving = start('server', 'serve', port);
  try {
    await firstLine(serving);
    const holding = start('client', 'hold', server, port, AT_ONCE);
    const heldAll = held.parse(JSON.parse(await firstLine(holding)));
    const memory = await residentMemory(await processes());
    await holding.stop();
    const rate = rated.parse(
      JSON.parse(await firstLine(start('client', 'rate', server, port, SECONDS))),
    );
    context.progress(
      `${name}: ${heldAll.answered} of ${AT_ONCE} at once, ${(rate.done / rate.seconds).toFixed(0)} new per second`,
    );
    return { way: name, held: heldAll, rated: rate, memory };
  } finally {
    await serving.stop();
  }
}

async function firstLine(child: Child): Promise<string> {
  for await (const line of child.lines) return line;
  throw new Error(`${PROGRAM}: ${(await child.exited).stderr}`);
}

/** MiB: what is each process's own, without what several share. */
async function residentMemory(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return Number(/^RssAnon:\s*(\d+) kB/m.exec(text)?.[1] ?? 0) / 1024;
    }),
  );
  return each.reduce((total, mebibytes) => total + mebibytes, 0);
}

function rowsOf(name: string, all: readonly Measured[]): readonly Row[] {
  return [
    {
      what: `${name}: answered with ${AT_ONCE} open`,
      unit: '',
      values: all.map((one) => one.held.answered),
      target: { text: 'all', met: (value) => value === AT_ONCE },
      raw: all,
    },
    {
      what: `${name}: all of them open after`,
      unit: 's',
      values: all.map((one) => one.held.openSeconds),
    },
    { what: `${name}: memory meanwhile`, unit: 'MiB', values: all.map(({ memory }) => memory) },
    {
      what: `${name}: new connections`,
      unit: '/s',
      values: all.map(({ rated: { done, seconds } }) => done / seconds),
    },
    { what: `${name}: failed of these`, unit: '', values: all.map((one) => one.rated.failed) },
  ];
}
