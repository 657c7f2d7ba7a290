/**
 * `make bench`: measures what the project promises, prints a table of medians with spread, and keeps
 * the raw figures as JSON; `node bench/main.ts --help` lists the benchmarks.
 *
 * Always holds: nothing is asserted here; a target that is missed is printed as missed.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';

import Table from 'cli-table3';
import { Argument, Command, InvalidArgumentError } from 'commander';

import { aggregation } from './aggregation.ts';
import { agreement } from './agreement.ts';
import { chaos } from './chaos.ts';
import { connections } from './connections.ts';
import { cuts } from './cuts.ts';
import { direct } from './direct.ts';
import { falseAlarms } from './false-alarms.ts';
import { heals } from './heals.ts';
import { hosts } from './hosts.ts';
import { hub } from './hub.ts';
import { outage } from './outage.ts';
import { provisioning } from './provisioning.ts';
import { proxy } from './proxy.ts';
import { wanCount } from './wan-count.ts';
import { median } from '../src/lib/statistics.ts';
import { WamptcpError } from '../src/lib/errors.ts';
import type { Benchmark, Row } from './row.ts';

const ALL: readonly Benchmark[] = [
  aggregation,
  cuts,
  outage,
  direct,
  hosts,
  hub,
  provisioning,
  wanCount,
  falseAlarms,
  heals,
  proxy,
  connections,
  agreement,
  chaos,
];
const RESULTS = resolve(import.meta.dirname, 'results');

const program = new Command('bench/main.ts')
  .description('measures what the project promises, on emulated lines; needs root')
  .addArgument(
    new Argument('[name...]', 'only these').choices(ALL.map(({ name }) => name)).default([], 'all'),
  )
  .option('--scale <number>', 'less than 1 repeats and waits less', positive, 1)
  .option('--seed <number>', 'of what chaos draws; it prints the one that it takes', positive)
  .option('--faults <number>', 'that chaos brings about (default: 1000 × scale)', positive)
  .addHelpText('after', `\nBenchmarks:\n${ALL.map(described).join('\n')}`)
  .showHelpAfterError('(--help lists the benchmarks)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  })
  .parse();
const names = program.processedArgs[0] as readonly string[];
const {
  scale,
  seed = 1 + (Date.now() % 1_000_000),
  faults,
} = program.opts<{ scale: number; seed?: number; faults?: number }>();
const chosen = ALL.filter(({ name }) => names.length === 0 || names.includes(name));

const started = new Date();
const results: Record<string, readonly Row[]> = {};
for (const [index, benchmark] of chosen.entries()) {
  process.stderr.write(`[${index + 1}/${chosen.length}] ${benchmark.name}: ${benchmark.about}\n`);
  const rows = await benchmark
    .run({
      ...{ scale, seed, faults },
      progress: (text) => {
        process.stderr.write(`      ${text}\n`);
      },
    })
    .catch(giveUp);
  results[benchmark.name] = rows;
  process.stdout.write(`${benchmark.about}\n${table(rows)}\n`);
}
await mkdir(RESULTS, { recursive: true });
const file = join(RESULTS, `${started.toISOString().replace(/[:.]/g, '-')}.json`);
const machine = {
  kernel: release(),
  cores: cpus().length,
  cpu: cpus()[0]?.model,
  memory: totalmem(),
};
await writeFile(file, `${JSON.stringify({ started, scale, seed, machine, results }, null, 1)}\n`);
process.stdout.write(`raw figures: ${file}\n`);

/** What has been measured so far is not stored: half a table would be taken for a whole one. */
function giveUp(error: unknown): never {
  process.stderr.write(`${error instanceof WamptcpError ? error.message : inspect(error)}\n`);
  process.exit(1);
}

function described({ name, about }: Benchmark): string {
  return `  ${name.padEnd(14)}${about}`;
}

function positive(text: string): number {
  const number = Number(text);
  if (number > 0 && number < Infinity) return number;
  throw new InvalidArgumentError('It must be a number greater than 0.');
}

function table(rows: readonly Row[]): string {
  const made = new Table({
    head: ['', 'median', 'least', 'greatest', 'runs', 'target', ''],
    style: { head: [], border: [], compact: true },
  });
  for (const { what, unit, values: figures, target } of rows) {
    const middle = median(figures);
    const show = (value: number): string => `${Number(value.toPrecision(4))} ${unit}`.trim();
    made.push([
      what,
      show(middle),
      show(Math.min(...figures)),
      show(Math.max(...figures)),
      String(figures.length),
      target?.text ?? '',
      target === undefined ? '' : target.met(middle) ? 'met' : 'MISSED',
    ]);
  }
  return made.toString();
}
