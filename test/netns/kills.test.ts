/**
 * `kill -9` of a gateway's daemon, or of an `apply`, at random moments of traffic, outage and apply:
 * no transfer breaks, hosts keep the addresses they were given, and every end state is right.
 *
 * The seed is printed; `KILLS_SEED=… make netns` repeats a run, `KILLS=50` makes a longer one.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { labUp } from '../../src/lab/lab.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { runBulk } from '../../src/lab/traffic/bulk-run.ts';
import { startServer } from '../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../src/lab/traffic/traffic-server.ts';
import { randomFractions } from '../../src/lib/random.ts';
import { Guests } from './kills/guests.ts';
import { inTime } from './kills/in-time.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples/lab');
const WAMPTCP = resolve(import.meta.dirname, '../../bin/wamptcp');
/** So many that the whole suite stays below a quarter of an hour; `KILLS=50` for more. */
const KILLS = Number(process.env['KILLS'] ?? 25);
/** More than a step may take; see in-time.ts. */
const PATIENCE = { timeout: 60_000 };
const MOMENTS = ['traffic', 'outage', 'apply'] as const;
const GATEWAYS = ['branch', 'hub'] as const;

const seed = Number(process.env['KILLS_SEED'] ?? Date.now() % 1_000_000);

describe(`a gateway's daemon is killed at ${KILLS} random moments (seed ${seed})`, () => {
  let directory: string;
  let lab: Lab;
  let server: TrafficServer;
  let guests: Guests;
  const random = randomFractions(seed);

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wamptcp-kills-'));
    for (const gateway of GATEWAYS) {
      const file = join(directory, `${gateway}.yaml`);
      await copyFile(join(EXAMPLES, 'two-wans', `${gateway}.yaml`), file);
      // Slow enough for a busy machine, and fifty outages in a row are no flapping line.
      const text = (await readFile(file, 'utf8'))
        .replace(/^detection:.*$/m, '')
        .replace(/subnet: 10\.10\.(\d)\.0\/24/g, "subnets: [10.10.$1.0/24, 'fd10:$1::/64']")
        .replace(/^provision: on$/m, 'provision: { ipv6: dhcp }');
      const common = 'detection: { interval: 50ms }\nrecovery: { damping: off }\n';
      await writeFile(file, text + common);
      // The same site with something to add and to change.
      const changed = 'detection: { interval: 60ms }\nrecovery: { damping: off, hold-down: 1ms }\n';
      const otherLease = text.replace('{ ipv6: dhcp }', '{ ipv6: dhcp, lease: 2h }');
      await writeFile(join(directory, `${gateway}-changed.yaml`), otherLease + changed);
    }
    const topology = (await readFile(join(EXAMPLES, 'two-wans.yaml'), 'utf8'))
      .replaceAll('two-wans/', '')
      .replace('lab: two-wans', 'lab: t-kills');
    await writeFile(join(directory, 'topology.yaml'), topology);
    lab = await labUp(join(directory, 'topology.yaml'), { replace: true });
    server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
    guests = await Guests.open(lab, 'branch', 'client');
  });

  after(async () => {
    guests.close();
    await server.stop();
    await lab.down();
    await rm(directory, { recursive: true, force: true });
  });

  it('the client has an address for each WAN, of both families, from the branch', () => {
    const given = guests.leases.map((lease) => /^(?:10\.10\.\d|fd10:\d)/.exec(lease)?.[0]);
    assert.deepEqual(given.toSorted(), ['10.10.1', '10.10.2', 'fd10:1', 'fd10:2']);
  });

  for (let kill = 1; kill <= KILLS; kill++) {
    const moment = pick(MOMENTS, random());
    const gateway = pick(GATEWAYS, random());
    // An apply starts to change something after 300 ms, and takes some hundred more.
    const delay = Math.round(random() * (moment === 'apply' ? 800 : 400));
    const late = random();

    it(`${kill}: ${gateway} during ${moment}, after ${delay} ms`, PATIENCE, async () => {
      const transfer = runBulk({
        server,
        host: '10.20.0.2',
        namespace: lab.namespace('client'),
        protocol: 'mptcp',
        bytes: 8e6,
        hash: true,
      });
      await inTime(lab, 'the transfer connects', transfer.connected);
      await inTime(lab, 'the kill', killDuring(moment, gateway, delay, late));
      const { intact } = await inTime(lab, 'the transfer', transfer.result);
      assert.ok(intact, 'the transfer arrived whole');
      await assertRight(gateway);
      await guests.assertServed();
    });
  }

  it('the client asks again and gets what it had', async () => {
    await guests.assertRenewed();
  });

  async function killDuring(
    moment: (typeof MOMENTS)[number],
    gateway: (typeof GATEWAYS)[number],
    delay: number,
    late: number,
  ): Promise<void> {
    if (moment === 'outage') {
      const line = late < 0.5 ? 'fibre' : 'lte';
      await lab.fault(line, { kind: 'down' });
      await sleep(delay);
      await lab.stopGateway(gateway, 'SIGKILL');
      // Half of the time the line heals while there is no daemon.
      if (late < 0.25 || late > 0.75) await lab.fault(line, { kind: 'up' });
      await lab.startGateway(gateway);
      await lab.fault(line, { kind: 'up' });
    } else if (moment === 'apply') {
      const apply = applyElsewhere(gateway);
      await sleep(delay);
      if (late < 0.5) apply.kill();
      await lab.stopGateway(gateway, 'SIGKILL');
      await apply.ended;
      await lab.startGateway(gateway);
    } else {
      await sleep(delay);
      await lab.stopGateway(gateway, 'SIGKILL');
      await lab.startGateway(gateway);
    }
  }

  function applyElsewhere(gateway: string): {
    /** Nothing happens if it has ended by itself. */
    readonly kill: () => void;
    readonly ended: Promise<void>;
  } {
    const file = join(directory, `${gateway}-changed.yaml`);
    const argv = ['netns', 'exec', lab.namespace(gateway), WAMPTCP, 'apply', '-c', file];
    const child = spawn('ip', argv, { stdio: 'ignore' });
    return {
      kill: () => {
        child.kill('SIGKILL');
      },
      ended: new Promise((done) =>
        child.once('exit', () => {
          done();
        }),
      ),
    };
  }

  async function assertRight(gateway: string): Promise<void> {
    await lab.waitForPaths();
    const file = join(directory, `${gateway}.yaml`);
    const plan = await lab.exec(gateway, [WAMPTCP, 'plan', '-c', file, '--json']);
    assert.equal(plan.exitCode, 0, plan.stderr);
    const { changes } = JSON.parse(plan.stdout) as { changes: readonly unknown[] };
    assert.deepEqual(changes, [], 'the machine is exactly as the file says');
    const status = await lab.exec(gateway, [WAMPTCP, 'status', '--json']);
    const { paths } = JSON.parse(status.stdout) as { paths: readonly { state: string }[] };
    assert.ok(
      paths.every(({ state }) => state === 'up'),
      'every path is up',
    );
  }
});

function pick<T>(choices: readonly T[], at: number): T {
  const chosen = choices[Math.floor(at * choices.length)];
  assert.ok(chosen !== undefined);
  return chosen;
}
