/**
 * Dante with redsocks, the paper's engine for plain TCP, which ours is compared with: that what it is
 * compared by is a setup that works. Needs root.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { labUp } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { startDante } from '../../../src/lab/mechanism/dante.ts';
import type { Dante } from '../../../src/lab/mechanism/dante.ts';
import { runBulk } from '../../../src/lab/traffic/bulk-run.ts';
import type { BulkResult } from '../../../src/lab/traffic/bulk-run.ts';
import { startServer } from '../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../src/lab/traffic/traffic-server.ts';
import { parseInterfaceCounters } from '../../../src/system/interface-counters.ts';
import { labName, leftOf, SERVER, TWO_WANS } from './lab-of-test.ts';

const BYTES = 12e6;
const HUB = '10.20.0.1';

describe('plain TCP by Dante with redsocks', () => {
  const name = labName('dante');
  let lab: Lab;
  let server: TrafficServer;
  let dante: Dante;

  before(async () => {
    lab = await labUp(TWO_WANS, { name });
    server = await startServer({ namespace: lab.namespace('server'), protocol: 'tcp' });
  });

  after(async () => {
    await server.stop();
    await lab.down();
    assert.deepEqual(leftOf(name), []);
  });

  /** Bytes out of the hub's WANs, in their order. */
  async function sentByHub(): Promise<readonly number[]> {
    const { stdout } = await lab.exec('hub', ['cat', '/proc/net/dev']);
    const counters = parseInterfaceCounters(stdout);
    return ['wan0', 'wan1'].map((wan) => counters.get(wan)?.sentBytes ?? NaN);
  }

  /** Which part of a download each WAN carried, and by what address the server knew the client. */
  async function download(): Promise<{
    readonly result: BulkResult;
    readonly shares: readonly number[];
    readonly seenAs: string | undefined;
  }> {
    const before_ = await sentByHub();
    const seen = server.reports.items.length;
    const run = runBulk({
      server,
      host: SERVER,
      namespace: lab.namespace('client'),
      protocol: 'tcp',
      bytes: BYTES,
      hash: true,
    });
    const result = await run.result;
    const shares = (await sentByHub()).map((bytes, wan) => (bytes - before_[wan]!) / BYTES);
    const connected = server.reports.items.slice(seen).find(({ event }) => event === 'connected');
    const seenAs = connected?.event === 'connected' ? connected.remote : undefined;
    return { result, shares, seenAs };
  }

  test('arrives whole, over both WANs, and the server takes the hub for the client', async () => {
    dante = await startDante(lab, { branch: 'branch', hub: 'hub' });
    const { result, shares, seenAs } = await download();
    assert.ok(result.intact);
    assert.ok(
      shares.every((share) => share > 0.1),
      `shares of the WANs: ${shares.join(', ')}`,
    );
    assert.ok(seenAs?.includes(HUB), seenAs);
  });

  test('its processes are known, for their processor time', async () => {
    // redsocks, and danted with its children.
    assert.ok((await dante.processes()).length > 2);
  });

  test('when it is stopped, plain TCP is forwarded, and nothing of it is left', async () => {
    await dante.stop();
    const { result, shares, seenAs } = await download();
    assert.ok(result.intact);
    assert.ok(
      shares.some((share) => share < 0.1),
      `shares of the WANs: ${shares.join(', ')}`,
    );
    assert.ok(!seenAs?.includes(HUB), seenAs);
    assert.deepEqual(await dante.processes(), []);
    const left = await lab.exec('branch', [
      ...['sh', '-c', 'nft list tables | grep -v wamptcp$; ip mptcp endpoint show'],
    ]);
    assert.equal(left.stdout, '');
  });
});
