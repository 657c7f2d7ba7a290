/** Table VIII with Figures 18 and 19: a web page over three access networks, and an outage of a second. */
import { distributionOption } from '../../chart/steps.ts';
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { WEB_PAGE } from '../../lab/traffic/web-page.ts';
import { quantile } from '../../lib/statistics.ts';
import { cell } from '../cell.ts';
import { task } from '../experiment.ts';
import type {
  Experiment,
  Outcome,
  Outcomes,
  ResultCell,
  ResultChart,
  Scale,
  Task,
} from '../experiment.ts';
import { ACCESS, page, pageParameters } from '../instruments/page.ts';
import type { PageParameters, PageResult } from '../instruments/page.ts';
import { COLOURS, titleOf } from '../mechanism-titles.ts';
import type { Policy } from '../policies.ts';
import { runsText } from '../runs-text.ts';

interface Case {
  readonly mechanism: MechanismName;
  readonly policy: Policy;
}

const CASES = {
  quick: [usual('handoff'), usual('wamptcp-fr'), preferring('wamptcp-fr-profile')],
  full: [
    usual('handoff'),
    usual('proxy'),
    usual('proxy-fr'),
    usual('wamptcp'),
    usual('wamptcp-fr'),
    usual('wamptcp-fr-profile'),
    preferring('wamptcp-fr-profile'),
  ],
} as const satisfies Readonly<Record<Scale, readonly Case[]>>;

const REPETITIONS = { quick: 1, full: 3 } as const;
const OUTAGES = [
  [0, 'without'],
  [1, 'with'],
] as const;

function usual(name: MechanismName): Case {
  return { mechanism: name, policy: 'none' };
}

function preferring(name: MechanismName): Case {
  return { mechanism: name, policy: 'others-are-backup' };
}

function parametersOf(one: Case, outage: number): PageParameters {
  return pageParameters({ ...one, outage });
}

function titleOfCase({ mechanism: name, policy }: Case): string {
  return policy === 'none' ? titleOf(name) : `${titleOf(name)}, the slow lines are backups`;
}

function tasks(scale: Scale): readonly Task[] {
  return CASES[scale].flatMap((one) =>
    OUTAGES.map(([outage]) => task(page, parametersOf(one, outage), REPETITIONS[scale])),
  );
}

export const table8: Experiment = {
  name: 'table-8',
  aliases: ['figure-18', 'figure-19'],
  title: 'Table VIII, Figures 18 and 19: a web page, and an outage of one second',
  about: 'load times of 216 objects over cellular, Wi-Fi and Ethernet',
  paper: 'Tunnel Handoff suffers visibly from the outage; WaMPTCP+FR hides it.',
  tasks,
  present: (outcomes, scale) => ({
    method: methodText(outcomes, scale),
    tables: [
      {
        caption: 'Load times',
        columns: [
          'mechanism',
          'outage',
          'page, s',
          'object: median, ms',
          '90 %',
          '99 %',
          'not loaded',
        ],
        rows: CASES[scale].flatMap((one) =>
          OUTAGES.map(([outage, words]) => rowOf(outcomes, one, outage, words)),
        ),
      },
    ],
    charts: CASES[scale].map((one) => chartOf(outcomes, one)),
    remarks: [
      'With MPTCP on the hosts the page may take longer over all three lines than over Ethernet alone: Linux’s MPTCP scheduler deals out bursts of ' +
        '64 KiB by how long what is queued for a line would take, and not by its round trip, so parts of larger objects ' +
        'go over the slow lines, and the objects wait for them. It is for the administrator to call the slow lines ' +
        'backups where that matters (`ip mptcp endpoint … backup`): the last two rows. Why the proxies, which send by the same scheduler, do not have ' +
        'this was not traced.',
    ],
    targets: [],
  }),
};

type Found = readonly Outcome<PageResult>[];

function foundOf(outcomes: Outcomes, one: Case, outage: number): Found {
  return outcomes.of(page, parametersOf(one, outage));
}

function rowOf(
  outcomes: Outcomes,
  one: Case,
  outage: number,
  words: string,
): readonly ResultCell[] {
  const found = foundOf(outcomes, one, outage);
  return [
    titleOfCase(one),
    words,
    cell(found, ({ seconds }) => seconds, { digits: 1 }),
    ...[0.5, 0.9, 0.99].map((fraction) =>
      cell(found, ({ objectMs }) => quantile(objectMs, fraction), { digits: 0 }),
    ),
    cell(found, ({ failed }) => failed, { digits: 0 }),
  ];
}

function chartOf(outcomes: Outcomes, one: Case): ResultChart {
  const title = titleOfCase(one);
  return {
    name: one.policy === 'none' ? one.mechanism : `${one.mechanism}-${one.policy}`,
    caption: `${title}: load times of all objects, with the outage and without.`,
    option: distributionOption({
      title,
      quantity: 'load time of an object, ms',
      log: true,
      series: OUTAGES.map(([outage, words]) => ({
        name: `${words} outage`,
        colour: COLOURS[one.mechanism],
        dashed: outage > 0,
        values: foundOf(outcomes, one, outage).flatMap((found) =>
          found.kind === 'measured' ? found.value.objectMs : [],
        ),
      })),
    }),
  };
}

function methodText(outcomes: Outcomes, scale: Scale): string {
  const access = ACCESS.map(({ name, rate, rtt }) => `${name} ${rate} Mb/s ${rtt} ms`).join(', ');
  return (
    `A page of ${WEB_PAGE.length} objects from nginx, six persistent connections, over ${access}; Ethernet is the primary line, ` +
    `away for a second when a quarter of the objects is there; BFD 100 ms. Load time of an object: from its request on; ${runsText(outcomes, tasks(scale))}.`
  );
}
