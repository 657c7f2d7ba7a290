/**
 * A whole lab with the gateways of production: up, status, exec, every fault. Needs root. Times are
 * wide, since this machine may be slow; faults are healed after each test.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { execa } from 'execa';

import { addressesOf } from '../../../src/lab/hosts.ts';
import { openLab } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import type { LabStatus } from '../../../src/lab/status.ts';
import { runStream } from '../../../src/lab/traffic/stream-run.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { Measurement } from '../../../src/measure/measurement.ts';
import {
  labName,
  leftOf,
  pings,
  SERVER,
  tcpPasses,
  TWO_WANS,
  until,
  wamptcp,
  WAMPTCP,
} from './lab-of-test.ts';

describe('a lab with its gateways', () => {
  const NAME = labName('whole');
  let lab: Lab;

  const isUp = async (path: string): Promise<boolean> =>
    !(await lab.pathsNotUp()).some((each) => each.includes(path));

  /** The client's address for its WAN of this number. */
  const addressFor = async (wan: 1 | 2): Promise<string> =>
    (await addressesOf(lab.hosts.moving[0]!)).find((one) => one.startsWith(`10.10.${wan}.`)) ??
    'none';

  before(async () => {
    const up = await wamptcp('lab', 'up', TWO_WANS, '--name', NAME);
    assert.equal(up.exitCode, 0, up.stderr);
    lab = await openLab(NAME);
    await lab.prepareFaults();
  });

  afterEach(async () => {
    for (const line of ['fibre', 'lte']) await lab.fault(line, { kind: 'up' });
  });

  after(async () => {
    await lab.down();
    assert.deepEqual(leftOf(NAME), []);
  });

  test('is whole when `up` returns', async () => {
    assert.deepEqual(await lab.pathsNotUp(), []);
    assert.equal(await pings(lab), 4);
    assert.ok((await roundTrip(lab)) > 2);
  });

  test('its hosts use every WAN, and the profile of their site', async () => {
    for (const wan of [1, 2] as const) assert.ok(await tcpPasses(lab, await addressFor(wan)));
    const { stdout } = await lab.exec('client', ['ip', 'mptcp', 'endpoint']);
    assert.match(stdout, /^10\.10\.2\.\d+ id \d+ subflow dev eth0/m);
    const sysctl = await lab.exec('server', ['sysctl', '-n', 'net.ipv4.tcp_frto']);
    assert.equal(sysctl.stdout, '0');
  });

  test('status says so, for programs', async () => {
    const { stdout } = await wamptcp('lab', 'status', NAME, '--json');
    const [status] = (JSON.parse(stdout) as { labs: LabStatus[] }).labs;
    assert.equal(status!.state, 'up');
    assert.deepEqual(
      status!.gateways.map((gateway) => gateway.paths.map(({ state }) => state)),
      [
        ['up', 'up'],
        ['up', 'up'],
      ],
    );
    assert.ok(status!.gateways.every(({ pid }) => pid !== null));
    assert.deepEqual(status!.wans[0], {
      name: 'fibre',
      rate: { up: 100e6, down: 100e6 },
      rtt: 2,
      mtu: 1500,
      connects: ['branch.fibre', 'hub.fibre'],
      faults: [],
    });
  });

  test('exec passes arguments, pipes and the exit code through', async () => {
    const words = ['lab', 'exec', '--lab', NAME, 'client'];
    const plain = await wamptcp(...words, 'ip', '-brief', 'address', 'show', 'dev', 'eth0');
    assert.match(plain.stdout, /10\.10\.1\.\d+\/24/);
    const fed = await execa(WAMPTCP, [...words, '--', 'sh', '-c', 'cat; exit 7'], {
      reject: false,
      input: 'hello',
    });
    assert.deepEqual([fed.stdout, fed.exitCode], ['hello', 7]);
    const unknown = await wamptcp('lab', 'exec', '--lab', NAME, 'nobody', 'true');
    assert.equal(unknown.exitCode, 1);
    assert.match(unknown.stderr, /has no node nobody.*\n.*branch, hub, client, server/);
  });

  test('a gateway’s daemon can be killed and started again; traffic does not notice', async () => {
    await lab.stopGateway('branch', 'SIGKILL');
    assert.equal(await pings(lab), 4);
    await lab.startGateway('branch');
    await lab.waitForPaths();
  });

  test('down cuts at once, and the gateways go around it', async () => {
    await lab.fault('fibre', { kind: 'down' });
    await until('the daemon sees it', async () => !(await isUp('fibre-hub')));
    await until('all goes by the other line', async () => (await pings(lab)) === 4);
    await until('TCP, too', async () => tcpPasses(lab, await addressFor(1)));
    // As a provider's fault, not a broken cable: the interface stays up.
    const link = await lab.exec('branch', ['cat', '/sys/class/net/wan0/carrier']);
    assert.equal(link.stdout, '1');
    await lab.fault('fibre', { kind: 'up' });
    await until('it is healed', async () => isUp('fibre-hub'));
  });

  test('oneway drops only what comes from that site', async () => {
    await lab.fault('fibre', { kind: 'oneway', from: 'hub' });
    const received = async (): Promise<number> => {
      const file = '/sys/class/net/wan0/statistics/rx_packets';
      return Number((await lab.exec('hub', ['cat', file])).stdout);
    };
    const start = await received();
    // Straight over the line, so that no repair hides the fault.
    const ping = ['ping', '-c', '3', '-i', '0.02', '-W', '1', '-I', 'wan0', '203.0.113.6'];
    assert.match((await lab.exec('branch', ping)).stdout, / 0 received/);
    assert.ok((await received()) >= start + 3, 'the way there is open');
    await lab.fault('fibre', { kind: 'up' });
    assert.match((await lab.exec('branch', ping)).stdout, / 3 received/);
  });

  test('loss and delay are added, and taken away again', async () => {
    const usual = await roundTrip(lab);
    const { active } = await lab.fault('fibre', { kind: 'delay', delay: 10 });
    assert.deepEqual(active, [{ kind: 'delay', delay: 10, scope: null }]);
    const late = await roundTrip(lab);
    // What the machine adds differs from one time to the other; that it is there is the least of it.
    assert.ok(late > usual + 10, `${late} ms instead of ${usual} + 20`);
    await lab.fault('fibre', { kind: 'up' });
    await until('the delay is gone', async () => (await roundTrip(lab)) < usual + 10);
    await lab.fault('fibre:hub', { kind: 'loss', part: 1 });
    await until('nothing comes through', async () => !(await isUp('fibre-hub')));
    await lab.fault('fibre', { kind: 'up' });
    await until('it comes through again', async () => isUp('fibre-hub'));
  });

  test('unplug takes the interface away, replug brings it back', async () => {
    await lab.fault('lte', { kind: 'unplug' });
    const links = async (): Promise<string> => (await lab.exec('branch', ['ip', 'link'])).stdout;
    assert.doesNotMatch(await links(), /wan1/);
    await until('the daemon sees it', async () => !(await isUp('lte-hub')));
    await until('by the other line', async () => tcpPasses(lab, await addressFor(2)));
    await lab.fault('lte', { kind: 'replug' });
    assert.match(await links(), /wan1/);
    await until('it is used again', async () => isUp('lte-hub'));
    await until('both ways', async () => isUp('lte-branch'));
  });

  test('flap goes down and up, and ends with the line up', async () => {
    const { stdout, exitCode } = await wamptcp(
      ...['lab', 'fault', '--lab', NAME, '--json', 'lte', 'flap', '200ms/100ms', 'for', '500ms'],
    );
    assert.equal(exitCode, 0);
    const changes = stdout.split('\n').map((line) => JSON.parse(line) as { state: string });
    assert.deepEqual(
      changes.map(({ state }) => state),
      ['down', 'up', 'down', 'up'],
    );
    assert.equal(
      (await wamptcp('lab', 'fault', '--lab', NAME, 'lte', 'up')).stdout,
      'lte is healthy',
    );
  });

  test('the times that fault prints are those that measure takes', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'wamptcp-fault-times-'));
    const server = await startServer({ namespace: lab.namespace('server'), protocol: 'tcp' });
    const dumps = await Promise.all(
      (['client', 'server'] as const).map(async (node) =>
        startDump(lab, node, join(directory, `${node}.pcap`)),
      ),
    );
    try {
      const stream = runStream({
        ...{ server, host: SERVER, namespace: lab.namespace('client') },
        ...{ protocol: 'tcp', rate: 500, seconds: 6, realtime: false },
      });
      await stream.intervals[Symbol.asyncIterator]().next();
      const told = async (fault: string): Promise<string> => {
        const { stdout } = await wamptcp('lab', 'fault', '--lab', NAME, 'fibre', fault);
        return /^for measure: (.*)$/m.exec(stdout)?.[1] ?? stdout;
      };
      const begun = await told('down');
      await until('the stream goes on by lte', async () => tcpPasses(lab, await addressFor(1)));
      const times = await told('up');
      const [, cut = ''] = /^--outage (\S+) --heal \S+$/.exec(times) ?? [];
      // Told twice, it is the same to a millisecond or two.
      const apart = Date.parse(cut) - Date.parse(begun.replace('--outage ', ''));
      assert.ok(Math.abs(apart) < 50, `${begun}, then ${times}`);
      await stream.result;
      for (const dump of dumps) await dump.end();
      // A plain connection has the address of the first WAN, which was cut.
      const { stdout, stderr } = await wamptcp(
        ...['measure', `sender=${join(directory, 'server.pcap')}`],
        ...[`receiver=${join(directory, 'client.pcap')}`, '--json', ...times.split(' ')],
      );
      const { outage, notes } = JSON.parse(stdout || stderr) as Measurement;
      const { losses, latencyFailure } = outage!;
      assert.ok(losses!.length > 0, notes.join('; '));
      // A busy machine notes the time late, but not by the length of an outage.
      assert.ok(Math.abs(latencyFailure.nearestMs!) < 250, JSON.stringify({ outage, notes }));
      assert.ok(latencyFailure.lostBytes! > 0, JSON.stringify({ outage, notes }));
    } finally {
      for (const dump of dumps) await dump.end();
      await server.stop();
      rmSync(directory, { recursive: true });
    }
  });

  test('says what is wrong with a fault', async () => {
    const fault = async (...words: string[]) => wamptcp('lab', 'fault', '--lab', NAME, ...words);
    const unknown = await fault('fibre', 'explode');
    assert.deepEqual([unknown.exitCode, /there is no fault/.test(unknown.stderr)], [2, true]);
    assert.match((await fault('dsl', 'down')).stderr, /has no line dsl\n.*fibre, lte/);
    assert.match((await fault('fibre', 'oneway', 'moon')).stderr, /moon is not on line fibre/);
  });

  test('up again says that it is there', async () => {
    const again = await wamptcp('lab', 'up', TWO_WANS, '--name', NAME);
    assert.equal(again.exitCode, 1);
    assert.match(again.stderr, /is there already/);
    assert.equal(await pings(lab), 4);
  });
});

/** A capture that has begun; ended, its file has every packet. */
async function startDump(
  lab: Lab,
  node: string,
  file: string,
): Promise<{ readonly end: () => Promise<void> }> {
  const words = ['tcpdump', '-U', '-i', 'eth0', '-s', '128', '-w', file, '-Z', 'root', 'tcp'];
  const [program, ...argv] = lab.command(node, words);
  const dump = execa(program, argv, { reject: false, buffer: false });
  let said = '';
  dump.stderr.setEncoding('utf8').on('data', (part: string) => (said += part));
  await until(`${node} listens: ${said}`, () => Promise.resolve(said.includes('listening on')));
  return {
    end: async () => {
      dump.kill('SIGTERM');
      await dump;
    },
  };
}

async function roundTrip(lab: Lab): Promise<number> {
  const { stdout } = await lab.exec('client', ['ping', '-i', '0.02', '-c', '10', SERVER]);
  // The least of ten is the line's; the rest is the machine's.
  return Number(/= ([\d.]+)\//.exec(stdout)?.[1]);
}
