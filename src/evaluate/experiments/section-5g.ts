/** Section V-G: how long hosts take to get their addresses. */
import { median } from '../../lib/statistics.ts';
import { cell, figures } from '../cell.ts';
import { task } from '../experiment.ts';
import type { Experiment, Outcomes, ResultTable, Scale, Target } from '../experiment.ts';
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
  tasks: (scale) =>
    WAYS.flatMap((by) =>
      WANS[scale].map((wans) => task(joining, { by, wans }, REPETITIONS[scale])),
    ),
  present: (outcomes, scale) => ({
    method: `From the cable’s being plugged in to the last address that can be used; ${runs(scale)}. Hosts take turns.`,
    tables: WAYS.map((by) => tableOf(outcomes, by, scale)),
    charts: [],
    remarks: [
      'The paper does not say with how many WANs; its figures stand beside all.',
      'What clients wait for, and what wamptcp-host does about it, stands in docs/host-script.md. dhclient by DHCPv6 ' +
        'waits a random part of a second before it asks, as RFC 8415 section 18.2.1 demands, and nothing is done about that.',
    ],
    targets: WAYS.map((by) => targetOf(outcomes, by, scale)),
  }),
};

function runs(scale: Scale): string {
  return REPETITIONS[scale] === 1 ? 'once for each' : `medians of ${REPETITIONS[scale]}`;
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
