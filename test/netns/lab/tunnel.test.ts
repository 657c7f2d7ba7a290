/**
 * The paper's MPTCP Tunnel by both programs, which ours is compared with: that what it is compared by is
 * a setup that works. Needs root.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { labUp } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import type { Tunnel } from '../../../src/lab/mechanism/laid-tunnel.ts';
import { startOpenVpnTunnel } from '../../../src/lab/mechanism/tunnel-openvpn.ts';
import { startTunnel } from '../../../src/lab/mechanism/tunnel.ts';
import { runBulk } from '../../../src/lab/traffic/bulk-run.ts';
import type { BulkResult } from '../../../src/lab/traffic/bulk-run.ts';
import { launch } from '../../../src/lab/traffic/launch.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { parseInterfaceCounters } from '../../../src/system/interface-counters.ts';
import { labName, leftOf, SERVER, TWO_WANS, until } from './lab-of-test.ts';

const BYTES = 8e6;
const GATEWAYS = ['branch', 'hub'] as const;
const PATHS = ['wt100', 'wt101'] as const;

describe('MPTCP Tunnel', () => {
  const name = labName('tunnel');
  let lab: Lab;
  let server: TrafficServer;

  before(async () => {
    lab = await labUp(TWO_WANS, { name });
    server = await startServer({ namespace: lab.namespace('server'), protocol: 'tcp' });
  });

  after(async () => {
    await server.stop();
    await lab.down();
    assert.deepEqual(leftOf(name), []);
  });

  /** Bytes into the paths at the gateway that sends, in their order. */
  async function sentBy(gateway: string): Promise<readonly number[]> {
    const { stdout } = await lab.exec(gateway, ['cat', '/proc/net/dev']);
    const counters = parseInterfaceCounters(stdout);
    return PATHS.map((path) => counters.get(path)?.sentBytes ?? NaN);
  }

  async function transfer(direction: 'download' | 'upload'): Promise<{
    readonly result: BulkResult;
    readonly shares: readonly number[];
  }> {
    const sender = direction === 'download' ? 'hub' : 'branch';
    const earlier = await sentBy(sender);
    const run = runBulk({
      server,
      host: SERVER,
      namespace: lab.namespace('client'),
      protocol: 'tcp',
      bytes: BYTES,
      direction,
      hash: true,
    });
    const result = await run.result;
    const shares = (await sentBy(sender)).map((bytes, path) => (bytes - earlier[path]!) / BYTES);
    return { result, shares };
  }

  /** TCP that crosses the paths beside the tunnel's connection, while `work` is done. */
  async function strangersDuring(
    { connection }: Tunnel,
    work: () => Promise<void>,
  ): Promise<readonly string[]> {
    const dumps = PATHS.map((path) =>
      launch({
        namespace: lab.namespace('branch'),
        command: ['tcpdump', '-nn', '-l', '-i', path, `tcp and not (${connection.filter})`],
      }),
    );
    // Until each listens; before, its output says nothing.
    await until('tcpdump in both paths', async () => {
      const { stdout } = await lab.exec('branch', ['cat', '/proc/net/packet']);
      return stdout.split('\n').filter((line) => / 3\s+0003 /.test(line)).length >= dumps.length;
    });
    await work();
    await Promise.all(dumps.map((dump) => dump.stop()));
    const lines: string[] = [];
    for (const dump of dumps) for await (const line of dump.lines) lines.push(line);
    return lines.filter((line) => line !== '');
  }

  /** What a tunnel may have changed on the gateways. */
  async function machineState(): Promise<readonly string[]> {
    const asked =
      'ip rule; ip -6 rule; ip route show table all; ip -o link | cut -d: -f2; ip mptcp endpoint';
    return Promise.all(
      GATEWAYS.map(async (gateway) => (await lab.exec(gateway, ['sh', '-c', asked])).stdout),
    );
  }

  for (const [program, start] of [
    ['our own program', startTunnel],
    ['OpenVPN', startOpenVpnTunnel],
  ] as const) {
    describe(`by ${program}`, () => {
      let untouched: readonly string[];
      let tunnel: Tunnel;

      before(async () => {
        untouched = await machineState();
        tunnel = await start(lab, { branch: 'branch', hub: 'hub' });
      });

      // Also when a test failed, or the next tunnel could not be laid.
      after(async () => tunnel.stop());

      test('TCP arrives whole, over both lines, and none crosses them by itself', async () => {
        const strangers = await strangersDuring(tunnel, async () => {
          for (const direction of ['download', 'upload'] as const) {
            const { result, shares } = await transfer(direction);
            assert.ok(result.intact, direction);
            assert.ok(
              shares.every((share) => share > 0.1),
              `${direction}: shares of the lines: ${shares.join(', ')}`,
            );
          }
        });
        assert.deepEqual(strangers, []);
      });

      test('when it is stopped nothing of it is left, and TCP takes the paths', async () => {
        const pids = await tunnel.processes();
        await tunnel.stop();
        assert.deepEqual(await tunnel.processes(), []);
        for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
        assert.deepEqual(await machineState(), untouched);
        const { result, shares } = await transfer('download');
        assert.ok(result.intact);
        assert.ok(
          shares.some((share) => share < 0.1),
          `shares of the lines: ${shares.join(', ')}`,
        );
      });
    });
  }

  test('our own program makes a new connection when its own breaks', async () => {
    const tunnel = await startTunnel(lab, { branch: 'branch', hub: 'hub' });
    const pids = await tunnel.processes();
    await lab.exec('branch', ['ss', '-K', '-tn', `dport = :${tunnel.connection.port}`]);
    await tunnel.ready();
    assert.ok((await transfer('download')).result.intact);
    assert.deepEqual(await tunnel.processes(), pids);
    await tunnel.stop();
  });

  test('a tunnel that nobody stops ends with its lab', async () => {
    const tunnel = await startTunnel(lab, { branch: 'branch', hub: 'hub' });
    const pids = await tunnel.processes();
    await lab.down();
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });
});
