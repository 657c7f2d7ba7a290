/**
 * The story of the demonstration: one connection fills two lines, loses one, and does not care.
 *
 * Always holds: real gateways, real connections, real faults; what it reports it measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { parseAddress } from '../../net/address.ts';
import type { Milliseconds } from '../../net/duration.ts';
import { prefix, prefixContains } from '../../net/prefix.ts';
import { firstSwitch } from '../gateway-events.ts';
import { addressesOf } from '../hosts.ts';
import type { Lab } from '../lab.ts';
import { runBulk } from '../traffic/bulk-run.ts';
import type { BulkRun } from '../traffic/bulk-run.ts';
import { runStream } from '../traffic/stream-run.ts';
import { busiestSubflow, listSubflows } from '../traffic/subflows.ts';
import { startServer } from '../traffic/traffic-server.ts';
import type { TrafficServer } from '../traffic/traffic-server.ts';
import type { DemoFigures } from './figures.ts';

export const SERVER = '10.20.0.2';
/** Which line carries which of the client's subnets. */
const LINES = [
  { subnet: prefix('10.10.1.0/24'), line: 'fibre' },
  { subnet: prefix('10.10.2.0/24'), line: 'lte' },
] as const;

const SINGLE_BYTES = 60e6;
/** Long enough to be cut, healed, and seen to recover. */
const DOWNLOAD_BYTES = 280e6;
const BEFORE_CUT_MS = 4000;
const OUTAGE_MS = 5000;
const STREAM_SECONDS = 16;
/** Slow start is no part of a steady rate. */
const RAMP_MS = 1000;

export interface StoryView {
  phase(text: string): void;
  lineIs(line: string, state: 'cut' | 'healed'): void;
}

export async function tellStory(lab: Lab, view: StoryView): Promise<DemoFigures> {
  await lab.prepareFaults();
  const server = lab.namespace('server');
  const client = lab.namespace('client');
  const bulkServer = await startServer({ namespace: server, protocol: 'mptcp' });
  const streamServer = await startServer({ namespace: server, protocol: 'mptcp', realtime: true });
  try {
    view.phase('one plain TCP connection: one line is all it can have');
    const single = await runBulk({
      server: bulkServer,
      host: SERVER,
      namespace: client,
      protocol: 'tcp',
      bytes: SINGLE_BYTES,
    }).result;
    return await downloadThroughOutage(lab, view, bulkServer, streamServer, single.received.mbps);
  } finally {
    await bulkServer.stop();
    await streamServer.stop();
  }
}

async function downloadThroughOutage(
  lab: Lab,
  view: StoryView,
  bulkServer: TrafficServer,
  streamServer: TrafficServer,
  singleMbps: number,
): Promise<DemoFigures> {
  const target = { host: SERVER, namespace: lab.namespace('client'), protocol: 'mptcp' as const };
  view.phase('one MPTCP connection: both lines, and a steady stream of messages beside it');
  const stream = runStream({
    ...target,
    server: streamServer,
    rate: 500,
    seconds: STREAM_SECONDS,
  });
  const bulk = runBulk({ ...target, server: bulkServer, bytes: DOWNLOAD_BYTES, hash: true });
  const rates = followRates(bulk);
  await sleep(BEFORE_CUT_MS);
  const aggregateMbps = rates.median(RAMP_MS, BEFORE_CUT_MS);
  const line = await carryingLine(lab.namespace('server'));
  const { at: cutAt } = await lab.fault(line, { kind: 'down' });
  view.lineIs(line, 'cut');
  view.phase(`${line} is cut: packets vanish, nobody is told`);
  await sleep(OUTAGE_MS);
  const { at: healedAt } = await lab.fault(line, { kind: 'up' });
  view.lineIs(line, 'healed');
  view.phase(`${line} is back`);
  const [download, messages] = await Promise.all([bulk.result, stream.result]);
  const { received } = download;
  const connection = received.connections[0];
  const addresses = await Promise.all(lab.hosts.moving.map(addressesOf));
  return {
    addresses: addresses.flat(),
    singleMbps,
    aggregateMbps,
    downloadBytes: received.bytes,
    downloadSeconds: received.seconds,
    sha256: {
      sent: download.sent[0]?.sha256[0] ?? '',
      received: received.sha256[0] ?? '',
    },
    repairMs: await switchTimes(lab, 'repair', cutAt),
    revertMs: await switchTimes(lab, 'revert', healedAt),
    longestPauseMs: messages.received.figures?.pause.ms ?? Infinity,
    messagesSent: messages.sent.sent,
    messagesLost: messages.received.missing,
    subflows: connection?.subflows ?? 0,
    mptcp: connection?.mptcp ?? false,
  };
}

interface Rates {
  /** Over a window in milliseconds since the start, Mb/s; 0 when nothing was received. */
  median(from: Milliseconds, to: Milliseconds): number;
}

function followRates(bulk: BulkRun): Rates {
  const samples: { readonly atSeconds: number; readonly mbps: number }[] = [];
  void (async () => {
    for await (const interval of bulk.intervals) samples.push(interval);
  })();
  return {
    median(from, to) {
      const window = samples
        .filter(({ atSeconds }) => atSeconds * 1000 >= from && atSeconds * 1000 <= to)
        .map(({ mbps }) => mbps)
        .toSorted((one, other) => one - other);
      return window[Math.floor(window.length / 2)] ?? 0;
    },
  };
}

/** The stream rides on one subflow; the line under that one is the one to cut. */
async function carryingLine(server: string): Promise<string> {
  const before = await listSubflows(server);
  await sleep(300);
  const busiest = busiestSubflow(before, await listSubflows(server));
  const address = parseAddress(busiest?.remoteAddress ?? '');
  const found = LINES.find(
    ({ subnet }) => address !== undefined && prefixContains(subnet, address),
  );
  return found?.line ?? 'fibre';
}

async function switchTimes(
  lab: Lab,
  kind: 'repair' | 'revert',
  since: Milliseconds,
): Promise<Readonly<Record<string, number | null>>> {
  const gateways = ['branch', 'hub'];
  const times = await Promise.all(
    gateways.map(
      async (gateway) => [gateway, await firstSwitch(lab, gateway, kind, since)] as const,
    ),
  );
  return Object.fromEntries(times);
}
