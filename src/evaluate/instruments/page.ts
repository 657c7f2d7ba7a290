/**
 * A web page of 216 objects over three access networks, with or without an outage of the primary one
 * (Table VIII, Figures 18 and 19).
 *
 * Always holds: the outage begins when a quarter of the objects is there, so it falls into the load
 * however fast that is.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import type { MechanismName, Testbed } from '../../lab/mechanism/mechanism.ts';
import { mechanism } from '../../lab/mechanism/mechanisms.ts';
import { runWebLoad } from '../../lab/traffic/web-load-run.ts';
import type { WebLoadRun } from '../../lab/traffic/web-load-run.ts';
import { WEB_PAGE } from '../../lab/traffic/web-page.ts';
import { startWebServer } from '../../lab/traffic/web-server.ts';
import type { WebServer } from '../../lab/traffic/web-server.ts';
import type { Instrument, MeasureContext } from '../experiment.ts';
import type { Policy } from '../policies.ts';
import { withTestbed } from '../testbeds.ts';

export type PageParameters = {
  readonly mechanism: MechanismName;
  /** Milliseconds; 0 for a mechanism that does not detect. */
  readonly bfd: number;
  /** Seconds; 0: none. */
  readonly outage: number;
  readonly policy: Policy;
};

const pageResult = z.object({
  /** From the first request to the last octet. */
  seconds: z.number(),
  /** Asked for in vain, or never, since what names them did not come. */
  failed: z.number(),
  /** Of each object that came, from its request on. */
  objectMs: z.array(z.number()),
});

export type PageResult = z.infer<typeof pageResult>;

/** The paper's access networks: Mb/s and the middle of the round trips that it saw; Ethernet first. */
export const ACCESS = [
  { name: 'Ethernet', rate: 6.4, rtt: 110 },
  { name: 'Wi-Fi', rate: 1.64, rtt: 212 },
  { name: 'cellular', rate: 1.2, rtt: 150 },
] as const;

const ESTIMATE_SECONDS = 25;

export const page: Instrument<PageParameters, PageResult> = {
  name: 'page',
  result: pageResult,
  estimate: () => ESTIMATE_SECONDS,
  measure,
};

export function pageParameters(
  given: Pick<PageParameters, 'mechanism' | 'outage'> & Partial<PageParameters>,
): PageParameters {
  return {
    policy: 'none',
    ...given,
    bfd: mechanism(given.mechanism).detects ? (given.bfd ?? 100) : 0,
  };
}

async function measure(
  { mechanism: name, bfd, outage, policy }: PageParameters,
  context: MeasureContext,
): Promise<PageResult> {
  const lines = ACCESS.map(({ rate, rtt }) => ({ rate, rtt }));
  return await withTestbed(
    name,
    { lines, family: 'ipv4', encapsulation: 'vxlan', bfd: bfd === 0 ? 1000 : bfd, policy },
    context,
    async (testbed) =>
      await withWebServer(testbed, async (server) => {
        context.say('loading');
        return await load(testbed, server, outage);
      }),
  );
}

async function withWebServer<T>(
  { lab, protocol, servers }: Testbed,
  work: (server: WebServer) => Promise<T>,
): Promise<T> {
  // Its objects are the same every time, and no result.
  const directory = await mkdtemp(join(tmpdir(), 'wamptcp-page-'));
  const server = await startWebServer({
    namespace: lab.namespace(servers[0] ?? ''),
    ...{ protocol, directory },
  });
  try {
    return await work(server);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function load(testbed: Testbed, server: WebServer, outage: number): Promise<PageResult> {
  const { lab, clients, serverAddresses, protocol } = testbed;
  const run = runWebLoad({
    ...{ server, protocol, host: serverAddresses[0] ?? '' },
    namespace: lab.namespace(clients[0] ?? ''),
  });
  if (outage > 0) {
    await aQuarterOf(run);
    const [primary = ''] = testbed.lines;
    await lab.fault(primary, { kind: 'down' });
    await sleep(outage * 1000);
    await lab.fault(primary, { kind: 'up' });
  }
  const { summary, objects } = await run.result;
  const came = objects.flatMap(({ error, sentNs, lastByteNs }) =>
    error !== null || sentNs === null || lastByteNs === null ? [] : [(lastByteNs - sentNs) / 1e6],
  );
  return { seconds: summary.seconds, failed: summary.failed + summary.neverAsked, objectMs: came };
}

async function aQuarterOf(run: WebLoadRun): Promise<void> {
  let count = 0;
  for await (const object of run.objects) {
    if (object.error === null) count += 1;
    if (count >= WEB_PAGE.length / 4) return;
  }
}
