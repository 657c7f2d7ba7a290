/**
 * Any site after any other, on the kernel: what counts is the last one.
 *
 * Left out: two IPv4 addresses of one network on one WAN. Which of them the kernel calls the first
 * follows from the order in which they came, and nothing here asks for it.
 *
 * The walk is drawn from a seed, which is printed; `SEED=…` walks it again, `STEPS=…` another length.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { StateFile } from '../../src/daemon/state-file.ts';
import { Gateway } from '../../src/daemon/gateway.ts';
import { enginePid, stopEngine } from '../../src/dataplane/kernel/engine.ts';
import { KernelDataplane } from '../../src/dataplane/kernel/kernel.ts';
import { stopProvisioner } from '../../src/dataplane/kernel/provisioner.ts';
import type { SiteConfig } from '../../src/config/site.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { run } from '../../src/system/command.ts';
import { runDirectory } from '../../src/system/run-directory.ts';
import { kernelSnapshot, settledSnapshot } from '../support/kernel-snapshot.ts';
import { addInterface, createNamespace } from '../support/namespace.ts';
import type { Namespace } from '../support/namespace.ts';
import { randomFractions } from '../../src/lib/random.ts';
import { siteFrom } from '../support/site.ts';

const FOLDER = join(import.meta.dirname, 'walk');
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const STEPS = Number(process.env['STEPS'] ?? 40);

interface NamedSite {
  readonly name: string;
  readonly site: SiteConfig;
}

interface Machine {
  readonly gateway: Gateway;
  readonly close: () => Promise<void>;
}

const sites: readonly NamedSite[] = readdirSync(FOLDER)
  .toSorted()
  .map((name) => {
    const file = join(FOLDER, name);
    return { name, site: siteFrom(readFileSync(file, 'utf8'), file) };
  });

/** A machine with two LAN interfaces and five lines, of which one has its addresses from others. */
async function openMachine(): Promise<Machine> {
  const namespace: Namespace = await createNamespace('walk');
  for (const name of ['lan1', 'lan2', 'w1', 'w2', 'w3', 'w4', 'w5']) await addInterface(name);
  await run(['ip', 'link', 'set', 'w3', 'mtu', '1400', 'up']);
  await run(['ip', 'link', 'set', 'w4', 'up']);
  await run(['ip', 'address', 'add', '198.51.100.4/24', 'dev', 'w4']);
  await run(['ip', 'route', 'add', 'default', 'via', '198.51.100.1', 'dev', 'w4']);
  const directory = runDirectory();
  return {
    gateway: new Gateway(
      new KernelDataplane(directory),
      new StateFile(directory.state),
      systemClock,
    ),
    close: async () => {
      if ((await enginePid(directory)) !== undefined) await stopEngine(directory);
      await stopProvisioner(directory);
      rmSync(directory.path, { recursive: true });
      await namespace.remove();
    },
  };
}

async function applied({ gateway }: Machine, { name, site }: NamedSite): Promise<void> {
  const report = await gateway.apply(site, name, { replaceSite: true });
  assert.equal(report.failure, undefined, `${name}: ${String(report.failure?.error)}`);
  assert.deepEqual(report.remaining, [], name);
}

/** The engine writes its routes a moment after it has read its configuration. */
async function becomes(expected: string): Promise<string> {
  for (const deadline = performance.now() + 5000; performance.now() < deadline;) {
    const now = await kernelSnapshot();
    if (now === expected) return now;
    await sleep(50);
  }
  return await kernelSnapshot();
}

/** The lines that only one of the two has. */
function difference(expected: string, actual: string): string {
  const [one, other] = [expected.split('\n'), actual.split('\n')];
  return [
    ...one.filter((line) => !other.includes(line)).map((line) => `- ${line}`),
    ...other.filter((line) => !one.includes(line)).map((line) => `+ ${line}`),
  ].join('\n');
}

describe('a walk over all site files of this folder', () => {
  const fresh = new Map<string, string>();
  let untouched = '';
  let walker: Machine;

  before(async () => {
    for (const site of sites) {
      const machine = await openMachine();
      try {
        await applied(machine, site);
        fresh.set(site.name, await settledSnapshot());
      } finally {
        await machine.close();
      }
    }
    walker = await openMachine();
    untouched = await settledSnapshot();
  });

  after(async () => {
    await walker.close();
  });

  test('ends, after each step, in exactly the state that a fresh apply gives', async (context) => {
    context.diagnostic(`SEED=${SEED} STEPS=${STEPS}`);
    const next = randomFractions(SEED);
    let last = 'nothing';
    for (let step = 0; step < STEPS; step++) {
      const site = sites[Math.floor(next() * sites.length)]!;
      await applied(walker, site);
      const expected = fresh.get(site.name)!;
      const reached = await becomes(expected);
      const place = `step ${step}: ${last} → ${site.name} (SEED=${SEED})`;
      assert.ok(reached === expected, `${place}\n${difference(expected, reached)}`);
      last = site.name;
    }
  });

  test('leaves, after down, the namespace that it found', async () => {
    const report = await walker.gateway.down();
    assert.equal(report.failure, undefined, String(report.failure?.error));
    const reached = await becomes(untouched);
    assert.ok(reached === untouched, difference(untouched, reached));
  });
});
