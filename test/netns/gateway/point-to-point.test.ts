/**
 * A direct WAN that is point to point, as PPP makes it: the interface comes with an address that the
 * other end has chosen and a default route that names nobody, goes when the other end hangs up, and comes
 * again with another address. A TUN device stands for it, for the kernel may lack PPP. Needs root.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { labUp } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { runStream } from '../../../src/lab/traffic/stream-run.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { labName, leftOf, until } from '../lab/lab-of-test.ts';
import {
  inNode,
  KeptConnection,
  seenAs,
  serveInternet,
  statusOf,
  untilSeenAs,
} from './internet.ts';

const TOPOLOGY = join(import.meta.dirname, 'point-to-point', 'topology.yaml');
const PROVIDER = '198.18.0.1';
const FIBRE = '192.0.2.2';
const [BY_FIBRE, BY_DSL] = ['10.10.1.2', '10.10.2.2'];

describe('a direct WAN that is point to point', { timeout: 120_000 }, () => {
  const name = labName('ppp');
  const directory = mkdtempSync(join(tmpdir(), 'wamptcp-ppp-'));
  let lab: Lab;
  let server: TrafficServer;
  let call: readonly ChildProcess[] = [];

  before(async () => {
    lab = await labUp(TOPOLOGY, { name, patience: 40_000 });
    await serveInternet(lab);
    server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
    await must('shop', 'ip', 'link', 'delete', 'ppp0');
  });

  after(async () => {
    hangUp();
    await server.stop();
    await lab.down();
    rmSync(directory, { recursive: true });
    assert.deepEqual(leftOf(name), []);
  });

  async function must(node: string, ...argv: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await lab.exec(node, argv);
    assert.equal(exitCode, 0, `${node}: ${argv.join(' ')}: ${stderr}`);
  }

  /** The interface is there, with this address of ours, as pppd leaves it. */
  async function dial(address: string): Promise<void> {
    const wire = `${join(directory, address)},socktype=5`;
    const end = (node: string, device: string, socket: string): ChildProcess =>
      inNode(lab, node, ['socat', `TUN,tun-name=${device},iff-no-pi,iff-up`, socket]);
    call = [
      end('server', 'caller', `UNIX-LISTEN:${wire}`),
      end('shop', 'ppp0', `UNIX-CONNECT:${wire},retry=50,interval=0.1`),
    ];
    for (const [node, device, own, peer] of [
      ['server', 'caller', PROVIDER, address],
      ['shop', 'ppp0', address, PROVIDER],
    ] as const) {
      await until(`${node} has ${device}`, async () => {
        return (await lab.exec(node, ['ip', 'link', 'show', device])).exitCode === 0;
      });
      await must(node, 'ip', 'link', 'set', device, 'mtu', '1492');
      await must(node, 'ip', 'address', 'add', own, 'peer', peer, 'dev', device);
    }
    await must('shop', 'ip', 'route', 'add', 'default', 'dev', 'ppp0', 'metric', '100');
  }

  /** The interface goes with what made it. */
  function hangUp(): void {
    for (const process of call) process.kill('SIGKILL');
    call = [];
  }

  async function seen(from: string, address: string): Promise<void> {
    await untilSeenAs(lab, 'client', from, address);
  }

  test('is waited for while it is not there, and its subnet goes elsewhere', async () => {
    await seen(BY_DSL, FIBRE);
    const { stdout } = await lab.wamptcp('shop', ['status']);
    assert.match(stdout, /ppp0/);
  });

  test('is used as soon as it is there, towards the other end', async () => {
    await dial('198.18.0.2');
    await seen(BY_DSL, '198.18.0.2');
    assert.equal(await seenAs(lab, 'client', BY_FIBRE), FIBRE);
    const { wans } = await statusOf(lab, 'shop');
    assert.equal(wans[1]?.direct?.[0]?.address, '198.18.0.2');
  });

  test('that comes again with another address is followed, and MPTCP loses nothing', async () => {
    const old = new KeptConnection(lab, 'client', BY_DSL);
    await old.opened();
    const run = runStream({
      server,
      host: '9.9.9.9',
      namespace: lab.namespace('client'),
      protocol: 'mptcp',
      rate: 200,
      seconds: 6,
      realtime: false,
    });
    for await (const { subflows } of run.intervals) if (subflows === 2) break;
    hangUp();
    await seen(BY_DSL, FIBRE);
    await dial('198.18.0.77');
    await seen(BY_DSL, '198.18.0.77');
    await until('the old connection is told by a reset', async () => {
      await old.echoes('anybody?', 200);
      return old.ended;
    });
    const { received } = await run.result;
    assert.deepEqual([received.complete, received.missing], [true, 0]);
  });
});
