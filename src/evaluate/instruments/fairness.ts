/**
 * Sessions that share lines: what each gets (Figure 6).
 *
 * Always holds: all sessions of a batch run at the same time and for the same time; the number of each
 * batch is drawn by the repetition's number, so the same ones for all kinds (an odd one is rounded up
 * where there are to be as many of one protocol as of the other).
 */
import { z } from 'zod';

import type { MechanismName, Testbed } from '../../lab/mechanism/mechanism.ts';
import { runIperf3 } from '../../lab/traffic/iperf3.ts';
import type { Iperf3Result } from '../../lab/traffic/iperf3.ts';
import type { Protocol } from '../../lab/traffic/launch.ts';
import { randomBelow } from '../../lib/random.ts';
import { Stalled } from '../experiment.ts';
import type { Instrument, MeasureContext } from '../experiment.ts';
import { withTestbed } from '../testbeds.ts';

export type FairnessParameters = {
  /** Plain TCP dealt out by a hash, MPTCP by WaMPTCP, or as many of one as of the other. */
  readonly kind: 'tcp' | 'mptcp' | 'mixed';
  readonly lines: number;
  /** Mb/s of each. */
  readonly rate: number;
  readonly batches: number;
  /** Of a session. */
  readonly seconds: number;
  /** How long a full queue of a line takes to drain, milliseconds. Default: the lab's own. */
  readonly buffer?: number;
};

const session = z.object({ protocol: z.enum(['tcp', 'mptcp']), mbps: z.number() });

const fairnessResult = z.object({
  /** The sessions that ran at the same time. */
  batches: z.array(z.array(session)),
});

export type FairnessResult = z.infer<typeof fairnessResult>;
export type Batch = FairnessResult['batches'][number];

/** As in the paper. */
const LEAST = 5;
const MOST = 15;
const OMIT_SECONDS = 2;
const OVERHEAD_SECONDS = 6;
const MPTCP_PORT = 5200;
/** One for each line. */
const TCP_PORT = 5201;

/** Its hosts have an address per line for MPTCP; plain TCP is dealt out by the gateways' hash. */
const MECHANISM: Readonly<Record<FairnessParameters['kind'], MechanismName>> = {
  tcp: 'ecmp-tcp',
  mptcp: 'wamptcp',
  mixed: 'wamptcp',
};

export const fairness: Instrument<FairnessParameters, FairnessResult> = {
  name: 'fairness',
  result: fairnessResult,
  estimate: ({ batches, seconds }) => batches * (seconds + OMIT_SECONDS + 1) + OVERHEAD_SECONDS,
  measure,
};

async function measure(
  { kind, lines, rate, batches, seconds, buffer }: FairnessParameters,
  context: MeasureContext,
): Promise<FairnessResult> {
  const line = { rate, rtt: 1, ...(buffer === undefined ? {} : { buffer }) };
  const draw = randomBelow(context.repetition + 1);
  return await withTestbed(
    MECHANISM[kind],
    {
      lines: Array.from({ length: lines }, () => line),
      ...({ family: 'ipv4', encapsulation: 'vxlan', bfd: 300 } as const),
    },
    context,
    async (testbed) => {
      const all: Batch[] = [];
      // All before the first line is drawn, which only one kind does: else its batches would differ.
      const counts = Array.from({ length: batches }, () => LEAST + draw(MOST - LEAST + 1));
      for (const [batch, count] of counts.entries()) {
        context.say(`batch ${batch + 1} of ${batches}: ${count} sessions`);
        const groups = groupsOf(kind, count, () => draw(lines));
        const each = await Promise.all(
          groups.map(async (group) => await together(testbed, group, seconds)),
        );
        all.push(each.flat());
      }
      return { batches: all };
    },
  );
}

/** Sessions that one program makes. */
interface Group {
  readonly protocol: Protocol;
  readonly connections: number;
  /** Undefined: whichever the hosts or the gateways choose. */
  readonly line?: number;
}

/** Beside MPTCP, whose hosts have an address per line, plain TCP is dealt out as by a hash: by chance. */
function groupsOf(
  kind: FairnessParameters['kind'],
  count: number,
  drawLine: () => number,
): readonly Group[] {
  if (kind !== 'mixed') return [{ protocol: kind, connections: count }];
  const half = Math.ceil(count / 2);
  const drawn = Map.groupBy(Array.from({ length: half }, drawLine), (line) => line);
  return [
    { protocol: 'mptcp', connections: half },
    ...[...drawn].map(
      ([line, own]) => ({ protocol: 'tcp', connections: own.length, line }) as const,
    ),
  ];
}

async function together(
  { lab, clients, servers, serverAddresses }: Testbed,
  { protocol, connections, line }: Group,
  seconds: number,
): Promise<Batch> {
  const [client = '', server = '', host = ''] = [clients[0], servers[0], serverAddresses[0]];
  const own = lab.plan.hosts.find(({ name }) => name === client)?.addresses[line ?? -1];
  const result: Iperf3Result = await runIperf3({
    clientNamespace: lab.namespace(client),
    serverNamespace: lab.namespace(server),
    ...{ host, protocol, connections, seconds, omitSeconds: OMIT_SECONDS },
    port: protocol === 'mptcp' ? MPTCP_PORT : TCP_PORT + (line ?? 0),
    ...(own === undefined ? {} : { from: own.address }),
  });
  if (result.error !== undefined) throw new Error(`iperf3: ${result.error}`);
  if (result.connections.length !== connections) throw new Stalled('not all sessions ran');
  if (protocol === 'mptcp' && !result.mptcp) throw new Error('a session was plain TCP');
  return result.connections.map((mbps) => ({ protocol, mbps }));
}
