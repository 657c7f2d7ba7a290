/** Section V-G: how long hosts take to get their addresses. */
import { median } from '../../lib/statistics.ts';
import { cell, figures } from '../cell.ts';
import { task } from '../experiment.ts';
import type { Experiment, Outcomes, ResultTable, Scale, Target, Task } from '../experiment.ts';
import { runsText } from '../runs-text.ts';
import { clientsOf, joining } from '../instruments/joining.ts';
import type { JoiningParameters, JoiningResult } from '../instruments/joining.ts';

const WAYS = ['DHCPv4', 'SLAAC', 'DHCPv6'] as const;
const WANS = { quick: [2], full: [2, 3, 5] } as const;
const REPETITIONS = { quick: 1, full: 10 } as const;

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
    method: `From the cable’s being plugged in to the last address that can be used; ${runsText(outcomes, tasks(scale))}. Hosts take turns.`,
    tables: WAYS.map((by) => tableOf(outcomes, by, scale)),
    charts: [],
    remarks: [
      ...differences(outcomes, scale),
      'The paper does not say with how many WANs; its figures stand beside all.',
      'What clients wait for, and what wamptcp-host does about it, stands in docs/host-script.md. dhclient by DHCPv6 ' +
        'waits a random part of a second before it asks, as RFC 8415 section 18.2.1 demands, and nothing is done about that.',
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

/** Why ordinary hosts here are quicker than the paper's, or slower; reasons as in docs/host-script.md. */
function differences(outcomes: Outcomes, scale: Scale): readonly string[] {
  const slow = (by: JoiningParameters['by']): readonly string[] => {
    const all = WANS[scale].flatMap((wans) => outcomes.of(joining, { by, wans }));
    return clientsOf(by).filter(
      (client) => median(figures(all, secondsOf(client, ordinary))) > CAUTIOUS,
    );
  };
  const [four, six] = [slow('DHCPv4'), [...new Set([...slow('SLAAC'), ...slow('DHCPv6')])]];
  return [
    'Lease server and host are on one machine here, so an answer comes at once; the paper does not say what of its 1.7 s is the ' +
      'network, the client or the start of the interface. A WAN-aware host here asks for all its addresses at the same time.',
    ...(four.length === 0
      ? []
      : [
          `An ordinary host with ${four.join(', ')} is slower than the paper’s by DHCPv4: the client first asks by ARP whether somebody ` +
            'has the address. A WAN-aware one does not, since the server gives no address twice.',
        ]),
    ...(six.length === 0
      ? []
      : [
          `An ordinary host with ${six.join(', ')} is slower than the paper’s over IPv6: it waits before it asks the router, and a ` +
            'second for each duplicate address detection. A WAN-aware one waits a tenth of a second or not at all, but for dhclient by DHCPv6.',
        ]),
  ];
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
        ...(by === 'SLAAC' ? {} : { paper: PAPER.ordinary }),
      }),
      ...WANS[scale].map((wans) =>
        cell(outcomes.of(joining, { by, wans }), secondsOf(client, aware), {
          ...(printed === undefined ? {} : { paper: printed }),
        }),
      ),
    ]),
  };
}

/** An address that did not come in time misses the target. */
function targetOf(outcomes: Outcomes, by: JoiningParameters['by'], scale: Scale): Target {
  const text = `${by}: all clients within ${MOST[by]} s`;
  const medians = clientsOf(by).flatMap((client) =>
    WANS[scale].map((wans) =>
      median(
        figures(
          outcomes.of(joining, { by, wans }),
          (result) => secondsOf(client, aware)(result) ?? Infinity,
        ),
      ),
    ),
  );
  if (medians.some(Number.isNaN)) return { text, met: undefined, measured: '' };
  const slowest = Math.max(...medians);
  const measured = slowest === Infinity ? 'did not come within 15 s' : `${slowest.toFixed(2)} s`;
  return { text, met: slowest <= MOST[by], measured: `the slowest ${measured}` };
}
