/** Section V-G: how long hosts take to get their addresses. */
import { PATIENCE_MS } from '../../lab/joining-time.ts';
import { median } from '../../lib/statistics.ts';
import { cell, everyRun, figures } from '../cell.ts';
import { task } from '../experiment.ts';
import type { Experiment, Outcomes, ResultTable, Scale, Target, Task } from '../experiment.ts';
import { runsText } from '../runs-text.ts';
import { clientsOf, joining } from '../instruments/joining.ts';
import type { JoiningParameters, JoiningResult } from '../instruments/joining.ts';

const WAYS = ['DHCPv4', 'SLAAC', 'DHCPv6'] as const;
const WANS = { quick: [2], full: [2, 3, 5] } as const;
const REPETITIONS = { quick: 1, full: 10 } as const;
const WATCHED = { watched: () => PATIENCE_MS / 1000 } as const;

/** Seconds: ordinary, WaMPTCP by DHCPv4, by DHCPv6. */
const PAPER = { ordinary: '1.7', DHCPv4: '2.6', DHCPv6: '1.7', SLAAC: undefined } as const;

/** Seconds, of issue and documentation. */
const MOST = { DHCPv4: 0.35, SLAAC: 0.6, DHCPv6: 0.6 } as const;

export const section5g: Experiment = {
  name: 'section-5g',
  title: 'Section V-G: how long a host takes to get its addresses',
  about: 'from plugging in to the last address, each client, an ordinary host and a WAN-aware one',
  paper:
    'ordinary DHCPv4 and DHCPv6 take about 1.7 s; with an address per WAN 2.6 s by DHCPv4, 1.7 s by DHCPv6.',
  tasks,
  present: (outcomes, scale) => ({
    method: `From the cable’s being plugged in to the last address that can be used; ${runsText(outcomes, tasks(scale))}, of an ordinary host with each number of WANs. Hosts take turns.`,
    tables: WAYS.map((by) => tableOf(outcomes, by, scale)),
    charts: [],
    remarks: [
      ...differences(outcomes, scale),
      'The paper does not say with how many WANs; its figures stand beside all.',
      'What clients wait for, and what wamptcp-host does about it, stands in docs/host-script.md. dhclient by DHCPv6 ' +
        'waits a random part of a second before it asks, as RFC 8415 section 18.2.1 demands, and nothing is done about that: ' +
        `half a second in the middle, of the ${MOST.DHCPv6} s that the target allows. What is beyond a second was not traced.`,
    ],
    targets: WAYS.map((by) => targetOf(outcomes, by, scale)),
  }),
};

function tasks(scale: Scale): readonly Task[] {
  return WAYS.flatMap((by) =>
    WANS[scale].map((wans) => task(joining, { by, wans }, REPETITIONS[scale])),
  );
}

/** Seconds of the client’s own caution, beyond which it is worth a word. */
const CAUTIOUS = 1.7;

/** Why ordinary hosts here are slower than the paper's, and what an address per WAN adds; reasons as in docs/host-script.md. */
function differences(outcomes: Outcomes, scale: Scale): readonly string[] {
  const slow = (by: JoiningParameters['by']): readonly string[] =>
    clientsOf(by).filter((client) => ordinarySeconds(outcomes, by, client, scale) > CAUTIOUS);
  const [four, six] = [slow('DHCPv4'), slow('DHCPv6')];
  return [
    'Lease server and host are on one machine here, so an answer comes at once; the paper does not say what of its figures is the ' +
      'network, the client or the start of the interface. So that ours are smaller, of ordinary hosts and of WAN-aware ones, says ' +
      'little; what an address for each WAN adds says more.',
    ...added(outcomes, scale),
    ...(four.length === 0
      ? []
      : [
          `An ordinary host with ${four.join(', ')} is slower than the paper’s by DHCPv4: the client first asks by ARP whether somebody ` +
            'has the address. A WAN-aware one does not, since the server gives no address twice.',
        ]),
    ...(six.length === 0
      ? []
      : [
          `An ordinary host with ${six.join(', ')} is slower than the paper’s by DHCPv6: it waits before it asks the router, and a ` +
            'second for each duplicate address detection.',
        ]),
    'Over IPv6 wamptcp-host switches these waits off or makes them short, as anybody could on an ordinary host: that a WAN-aware ' +
      'host is faster there is no merit of its many addresses. The paper has no figure for SLAAC.',
  ];
}

/** Of the median of WAN-aware hosts over that of ordinary ones, by how many seconds, per client. */
function added(outcomes: Outcomes, scale: Scale): readonly string[] {
  const each = clientsOf('DHCPv4').flatMap((client) => {
    const before = ordinarySeconds(outcomes, 'DHCPv4', client, scale);
    const more = awareSeconds(outcomes, 'DHCPv4', client, scale)
      .map(({ seconds }) => seconds - before)
      .filter((one) => !Number.isNaN(one));
    if (more.length === 0) return [];
    const [least, most] = [signed(Math.min(...more)), signed(Math.max(...more))];
    return [`${client} ${least === most ? most : `${least} to ${most}`}`];
  });
  if (each.length === 0) return [];
  return [
    `What it adds by DHCPv4, in seconds, over all numbers of WANs: ${each.join(', ')}; in the paper +0.9. A WAN-aware host ` +
      'here asks for all its addresses at the same time.',
  ];
}

function signed(seconds: number): string {
  if (seconds === Infinity) return 'for ever';
  return `${seconds < 0 ? '−' : '+'}${Math.abs(seconds).toFixed(2)}`;
}

/** It has one address, however many WANs there are. NaN: not measured. */
function ordinarySeconds(
  outcomes: Outcomes,
  by: JoiningParameters['by'],
  client: string,
  scale: Scale,
): number {
  const all = WANS[scale].flatMap((wans) => outcomes.of(joining, { by, wans }));
  return median(figures(all, secondsOf(client, ordinary)));
}

/** Infinity: most did not come, or stood still. NaN: not measured. */
function awareSeconds(
  outcomes: Outcomes,
  by: JoiningParameters['by'],
  client: string,
  scale: Scale,
): readonly { readonly wans: number; readonly seconds: number }[] {
  const pick = secondsOf(client, aware);
  return WANS[scale].map((wans) => {
    const runs = everyRun(cell(outcomes.of(joining, { by, wans }), pick, WATCHED));
    return { wans, seconds: median(runs) };
  });
}

type Pick = (host: JoiningResult['hosts'][number]) => number | null;

const ordinary: Pick = ({ ordinaryMs }) => ordinaryMs;
const aware: Pick = ({ awareMs }) => awareMs;

function secondsOf(client: string, pick: Pick) {
  return ({ hosts }: JoiningResult): number | undefined => {
    const host = hosts.find((one) => one.client === client);
    const ms = host === undefined ? null : pick(host);
    return ms === null ? undefined : ms / 1000;
  };
}

function tableOf(outcomes: Outcomes, by: JoiningParameters['by'], scale: Scale): ResultTable {
  const printed = PAPER[by];
  // It has one address, however many WANs there are.
  const all = WANS[scale].flatMap((wans) => outcomes.of(joining, { by, wans }));
  return {
    caption: `${by}, seconds`,
    columns: ['client', 'ordinary host', ...WANS[scale].map((wans) => `${wans} WANs`)],
    rows: clientsOf(by).map((client) => [
      client,
      cell(all, secondsOf(client, ordinary), {
        ...WATCHED,
        ...(by === 'SLAAC' ? {} : { paper: PAPER.ordinary }),
      }),
      ...WANS[scale].map((wans) =>
        cell(outcomes.of(joining, { by, wans }), secondsOf(client, aware), {
          ...WATCHED,
          ...(printed === undefined ? {} : { paper: printed }),
        }),
      ),
    ]),
  };
}

/** An address that did not come in time misses the target. */
function targetOf(outcomes: Outcomes, by: JoiningParameters['by'], scale: Scale): Target {
  const text = `${by}: all clients within ${MOST[by]} s`;
  const each = clientsOf(by).map((client) => {
    const all = awareSeconds(outcomes, by, client, scale).map(({ seconds }) => seconds);
    return { client, seconds: all.some(Number.isNaN) ? NaN : Math.max(...all) };
  });
  if (each.some(({ seconds }) => Number.isNaN(seconds)))
    return { text, met: undefined, measured: '' };
  const [slowest, second] = each.toSorted((one, other) => compare(other.seconds, one.seconds));
  const words = (seconds = Infinity): string =>
    seconds === Infinity
      ? `did not come within ${PATIENCE_MS / 1000} s`
      : `${seconds.toFixed(2)} s`;
  return {
    text,
    met: (slowest?.seconds ?? Infinity) <= MOST[by],
    measured: `the slowest, ${slowest?.client ?? ''}: ${words(slowest?.seconds)}; the next, ${second?.client ?? ''}: ${words(second?.seconds)}`,
  };
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
