/**
 * A hub with many branches: what apply, a change, a drain and `status` take, beside what the kernel and the
 * programs need for the same commands.
 *
 * Always holds: the peers are absent, so nothing but the hub is measured, and a drain needs `--force`; BFD at
 * its longest interval, since 3,000 sessions at any other would keep both processors busy and be what is
 * measured.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseSite } from '../src/config/parse.ts';
import type { SiteConfig } from '../src/config/site.ts';
import { median } from '../src/lib/statistics.ts';
import { stopBackground } from '../src/system/background.ts';
import { writeCommands } from './hub-commands.ts';
import { HubMachine, residentMemory } from './hub-machine.ts';
import { hubSite } from './hub-site.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';

const BRANCHES = 1000;
const WANS = 3;
const INTERVAL_MS = 1000;
/** Long enough that everything that happens once a second or every few has happened. */
const DAEMON_MS = 20_000;

interface Measured {
  readonly bare: number;
  readonly apply: number;
  readonly again: number;
  readonly branch: number;
  readonly answers: number;
  readonly drain: number;
  readonly restore: number;
  readonly status: readonly number[];
  readonly memory: number;
}

export const hub: Benchmark = {
  name: 'hub',
  about: `a hub with ${BRANCHES} branches × ${WANS} WANs: apply, a change, a drain, status, memory`,
  run: async (context) => {
    const measured: Measured[] = [];
    for (let index = 0; index < repetitions(5, context); index++) {
      context.progress(`run ${index + 1}`);
      measured.push(await inFolder((folder) => measure(folder, context)));
    }
    const seconds = (of: (one: Measured) => number): readonly number[] =>
      measured.map((one) => of(one) / 1000);
    const bare = median(seconds(({ bare: time }) => time));
    return [
      row(
        'the bare commands',
        seconds((one) => one.bare),
      ),
      row(
        'apply from nothing',
        seconds((one) => one.apply),
        1.3 * bare,
        '≤ 1.3 × the bare commands',
      ),
      row(
        'apply of nothing',
        seconds((one) => one.again),
      ),
      row(
        'apply of one changed branch',
        seconds((one) => one.branch),
        1,
      ),
      row(
        'daemon begins → answers',
        seconds((one) => one.answers),
      ),
      row(
        'drain',
        seconds((one) => one.drain),
        1,
      ),
      row(
        'restore',
        seconds((one) => one.restore),
        1,
      ),
      row(
        'status',
        measured.flatMap(({ status }) => status.map((time) => time / 1000)),
        0.5,
      ),
      row(
        'daemon',
        measured.map(({ memory }) => memory),
        250,
        '≤ 250 MiB',
        'MiB',
      ),
    ];
  },
};

async function measure(folder: string, { progress }: BenchContext): Promise<Measured> {
  const [file, changed] = [join(folder, 'hub.yaml'), join(folder, 'changed.yaml')];
  const text = hubSite({ branches: BRANCHES, wans: WANS, interval: INTERVAL_MS });
  await writeFile(file, text);
  // One branch has got another address.
  await writeFile(changed, text.replace('remote: 198.18.0.7,', 'remote: 198.18.99.7,'));
  const bare = await bareTime(siteOf(text), folder);
  progress(`bare ${bare.toFixed(0)} ms`);
  const machine = await HubMachine.create(WANS);
  try {
    const apply = await machine.timeWamptcp('apply', '-c', file);
    progress(`apply ${apply.toFixed(0)} ms`);
    const again = await machine.timeWamptcp('apply', '-c', file);
    const branch = await machine.timeWamptcp('apply', '-c', changed);
    progress(`again ${again.toFixed(0)} ms, one branch ${branch.toFixed(0)} ms`);
    return await machine.withDaemon(changed, async ({ pid, answeredAfter: answers }) => {
      progress(`answers after ${answers.toFixed(0)} ms`);
      await new Promise((done) => setTimeout(done, DAEMON_MS));
      const drain = await machine.timeWamptcp('wan', 'drain', 'isp-1', '--force');
      const restore = await machine.timeWamptcp('wan', 'restore', 'isp-1');
      const status: number[] = [];
      for (let times = 0; times < 5; times++) {
        status.push(await machine.timeWamptcp('status', '--json'));
      }
      const memory = await residentMemory(pid);
      progress(`drain ${drain.toFixed(0)} ms, status ${median(status).toFixed(0)} ms`);
      return { bare, apply, again, branch, answers, drain, restore, status, memory };
    });
  } finally {
    await machine.remove();
  }
}

/** From nothing to an engine that runs, by a shell. */
async function bareTime(site: SiteConfig, folder: string): Promise<number> {
  const commands = join(folder, 'commands');
  const script = await writeCommands(site, commands);
  const machine = await HubMachine.create(WANS);
  try {
    return await machine.time('sh', '-c', `cd ${commands} && sh ${script}`);
  } finally {
    const engine = { program: 'bird', pidFile: join(commands, 'bird.pid'), config: 'bird.ctl' };
    await stopBackground(engine);
    await machine.remove();
  }
}

function siteOf(text: string): SiteConfig {
  const parsed = parseSite(text, 'hub.yaml');
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join('\n'));
  return parsed.value.site;
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'wamptcp-hub-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function row(
  what: string,
  values: readonly number[],
  limit?: number,
  text = `≤ ${limit ?? ''} s`,
  unit = 's',
): Row {
  const target =
    limit === undefined ? {} : { target: { text, met: (value: number) => value <= limit } };
  return { what, unit, values, ...target };
}
