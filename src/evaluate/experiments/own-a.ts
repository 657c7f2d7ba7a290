/** Own experiment a: whether a gateway notices how many hosts and how many WANs it has. */
import { xyOption } from '../../chart/xy.ts';
import { median, summarize } from '../../lib/statistics.ts';
import { cell, figures, pooledCell } from '../cell.ts';
import { task } from '../experiment.ts';
import type {
  Experiment,
  Outcome,
  Outcomes,
  ResultCell,
  ResultChart,
  Scale,
  Target,
} from '../experiment.ts';
import { gatewayScale, NEIGHBOURS, SCALE_BFD } from '../instruments/gateway-scale.ts';
import type { GatewayScaleParameters, GatewayScaleResult } from '../instruments/gateway-scale.ts';
import type { GatewayState } from '../instruments/gateway-state.ts';
import { COLOURS } from '../mechanism-titles.ts';

const FEWEST_HOSTS = 10;
const MOST_HOSTS = 10_000;
const HOSTS = {
  quick: [FEWEST_HOSTS, MOST_HOSTS],
  full: [FEWEST_HOSTS, 100, 1000, MOST_HOSTS],
} as const;
const WANS = { quick: [2, 8], full: [2, 3, 4, 5, 6, 7, 8] } as const;
/** Of a repair with most hosts to one with fewest: what detection varies by. */
const GREATEST_RATIO = 1.25;
const CUTS = { quick: 7, full: 20 } as const;

const STATE = [
  ['rules', 'rules'],
  ['routes', 'routes'],
  ['nftables', 'nftables rules and elements'],
  ['conntrack', 'tracked connections'],
  ['neighbours', 'neighbours'],
] as const satisfies readonly (readonly [keyof GatewayState, string])[];
/** What we put there, or would have to put there for each connection. */
const OURS = STATE.filter(([key]) => key !== 'neighbours');

type Found = readonly Outcome<GatewayScaleResult>[];

function parametersOf(hosts: number, wans: number, scale: Scale): GatewayScaleParameters {
  return { hosts, wans, cuts: CUTS[scale] };
}

function foundOf(outcomes: Outcomes, hosts: number, wans: number, scale: Scale): Found {
  return outcomes.of(gatewayScale, parametersOf(hosts, wans, scale));
}

/** Hosts with two WANs, then WANs with fewest hosts. */
function casesOf(scale: Scale): readonly (readonly [hosts: number, wans: number])[] {
  const [fewest, ...more] = WANS[scale];
  return [
    ...HOSTS[scale].map((hosts) => [hosts, fewest] as const),
    ...more.map((wans) => [FEWEST_HOSTS, wans] as const),
  ];
}

export const ownA: Experiment = {
  name: 'own-a',
  title: 'Own experiment a: many hosts, many WANs',
  about: 'state of a gateway and time to repair, 10 to 10,000 hosts, 2 to 8 WANs',
  tasks: (scale) =>
    casesOf(scale).map(([hosts, wans]) => task(gatewayScale, parametersOf(hosts, wans, scale), 1)),
  present: (outcomes, scale) => ({
    method: methodText(scale),
    tables: [
      {
        caption: 'What the branch gateway keeps, and how fast it repairs',
        columns: [
          ...['hosts', 'WANs', 'answered'],
          ...STATE.map(([, words]) => words),
          'cut → repaired, ms',
        ],
        rows: casesOf(scale).map(([hosts, wans]) => rowOf(outcomes, hosts, wans, scale)),
      },
    ],
    charts: chartsOf(outcomes, scale),
    remarks: [
      'All is counted whole, not only what is ours. Neighbours are what any router learns of hosts that it sends something to: one for ' +
        'each. Tracked connections are none by construction: no rule of ours asks the kernel to track any.',
      'All hosts have their addresses in the subnet of the first WAN, whose line is cut, and are one machine. What is shown is how ' +
        'state and repair depend on their number, not what so many hosts need at once.',
    ],
    targets: targetsOf(outcomes, scale),
  }),
};

function rowOf(
  outcomes: Outcomes,
  hosts: number,
  wans: number,
  scale: Scale,
): readonly ResultCell[] {
  const found = foundOf(outcomes, hosts, wans, scale);
  return [
    hosts.toLocaleString('en'),
    String(wans),
    cell(found, ({ answered }) => answered, { digits: 0 }),
    ...STATE.map(([key]) => cell(found, ({ state }) => state[key], { digits: 0 })),
    pooledCell(found, repairsOf, { digits: 1 }),
  ];
}

function repairsOf({ repairsMs }: GatewayScaleResult): readonly (number | undefined)[] {
  return repairsMs.map((time) => time ?? undefined);
}

/** Milliseconds; what was not repaired took for ever, and is not left out. */
function repaired(found: Found): readonly number[] {
  return pooledCell(found, ({ repairsMs }) => repairsMs.map((time) => time ?? Infinity)).values;
}

function chartsOf(outcomes: Outcomes, scale: Scale): readonly ResultChart[] {
  const [fewestWans] = WANS[scale];
  const colour = COLOURS['wamptcp-fr'];
  const pointOf = (x: number, values: readonly number[]) => ({
    x,
    spread: values.length === 0 ? null : summarize(values),
  });
  return [
    {
      name: 'repair-by-hosts',
      caption: `Time to repair, of ${CUTS[scale]} cuts each.`,
      option: xyOption({
        title: 'Repair and the number of hosts',
        x: { name: 'hosts', log: true },
        y: { name: 'cut → repaired, ms' },
        series: [
          {
            name: `${fewestWans} WANs`,
            colour,
            points: HOSTS[scale].map((hosts) =>
              pointOf(hosts, repaired(foundOf(outcomes, hosts, fewestWans, scale))),
            ),
          },
        ],
      }),
    },
    {
      name: 'state-by-wans',
      caption: `What the branch gateway keeps with ${FEWEST_HOSTS} hosts.`,
      option: xyOption({
        title: 'State and the number of WANs',
        x: { name: 'WANs' },
        y: { name: 'entries' },
        series: (
          [
            ['rules', COLOURS['wamptcp-fr']],
            ['routes', COLOURS['wamptcp-fr-profile']],
            ['nftables', COLOURS.handoff],
          ] as const
        ).map(([key, seriesColour]) => ({
          name: key,
          colour: seriesColour,
          points: WANS[scale].map((wans) =>
            pointOf(
              wans,
              figures(foundOf(outcomes, FEWEST_HOSTS, wans, scale), ({ state }) => state[key]),
            ),
          ),
        })),
      }),
    },
  ];
}

function targetsOf(outcomes: Outcomes, scale: Scale): readonly Target[] {
  const [wans] = WANS[scale];
  const few = foundOf(outcomes, FEWEST_HOSTS, wans, scale);
  const many = foundOf(outcomes, MOST_HOSTS, wans, scale);
  return [stateTarget(few, many), repairTarget(few, many)];
}

function stateTarget(few: Found, many: Found): Target {
  const text = `as many rules, routes, nftables entries and tracked connections with ${MOST_HOSTS} hosts as with ${FEWEST_HOSTS}`;
  const [fewest, most] = [stateIn(few), stateIn(many)];
  if (fewest === undefined || most === undefined) return { text, met: undefined, measured: '' };
  const same = OURS.every(([key]) => fewest[key] === most[key]);
  return {
    text,
    met: same,
    measured: same
      ? `${stateText(most)} with either`
      : `${stateText(most)}; with ${FEWEST_HOSTS} ${stateText(fewest)}`,
  };
}

function stateIn(found: Found): GatewayState | undefined {
  return found.flatMap((one) => (one.kind === 'measured' ? [one.value.state] : []))[0];
}

function stateText(state: GatewayState): string {
  return OURS.map(([key, words]) => `${state[key]} ${words}`).join(', ');
}

function repairTarget(few: Found, many: Found): Target {
  const [fewest, most] = [median(repaired(few)), median(repaired(many))];
  const text = `repair with ${MOST_HOSTS} hosts ≤ ${GREATEST_RATIO} × that with ${FEWEST_HOSTS}`;
  if (Number.isNaN(fewest) || Number.isNaN(most)) return { text, met: undefined, measured: '' };
  const ratio = most / fewest;
  const inWords = (ms: number): string =>
    ms === Infinity ? 'not repaired' : `${ms.toFixed(1)} ms`;
  return {
    text,
    met: ratio <= GREATEST_RATIO,
    measured: `${inWords(most)} and ${inWords(fewest)}${Number.isFinite(ratio) ? `, ratio ${ratio.toFixed(2)}` : ''}`,
  };
}

function methodText(scale: Scale): string {
  return (
    `WAN lines of 100 Mb/s, BFD ${SCALE_BFD} ms × 3, IPv4. Each host is an address of one machine behind the branch gateway. Each ` +
    'sends a datagram to a machine at the hub, which sends it back; with less than 99 % answered there is no figure. Then state is ' +
    `counted, and the line under them is cut ${CUTS[scale]} times, all hosts asking anew before each cut; “answered” is the fewest of ` +
    'all these times. One set-up each; a repair is the kernel’s change by the gateway’s events. The system may know ' +
    `${NEIGHBOURS.toLocaleString('en')} neighbours meanwhile (net.ipv4.neigh.default.gc_thresh2 and 3), as any router with so many ` +
    'hosts in its network needs.'
  );
}
