/** Tables VI and VII: the same as Tables IV and V over two long lines, as the paper had them on GENI. */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { median } from '../../lib/statistics.ts';
import { cell, figures } from '../cell.ts';
import type { Experiment, ResultCell, ResultTable, Scale } from '../experiment.ts';
import type { IntermittentResult } from '../instruments/intermittent.ts';
import { usualSeconds } from '../instruments/intermittent.ts';
import { titleOf } from '../mechanism-titles.ts';
import { PAPER_BYTES, paperGeniDownload, paperGeniTransactions } from '../paper/geni.ts';
import type { Flapping } from '../paper/geni.ts';
import type { Period } from '../paper/intermittent.ts';
import { PROXY_IS_DANTE } from '../paper/proxy.ts';
import { printedRatio, printedTimes } from '../paper/ratio.ts';
import { runsText } from '../runs-text.ts';
import {
  BFD,
  finder,
  flaps,
  HIGH,
  LOW,
  MECHANISMS,
  rowsOfBoth,
  SCALES,
  tasks,
  withOutages,
} from './geni-rows.ts';
import type { FoundAt } from './geni-rows.ts';
import {
  harmedTransactions,
  receivedUntilStalled,
  requestsTakeTheFirst,
  tunnelStalls,
  worseThanOneLine,
} from './intermittent-remarks.ts';
import { downloadTimes, partOf } from './intermittent-targets.ts';
import { partDifferences } from './part-differences.ts';

/** What a table has of each measurement, and of the paper. */
interface Shown {
  readonly caption: string;
  readonly digits: number;
  readonly figure: (value: IntermittentResult) => number | undefined;
  readonly printed: (name: MechanismName, flapping: Flapping, period: Period) => string | undefined;
}

type CellOf = (name: MechanismName, flapping: Flapping, period: Period) => ResultCell;

function tables(scale: Scale, caption: string, cellOf: CellOf): readonly ResultTable[] {
  const { periods } = SCALES[scale];
  return flaps(scale).map(([flapping, words]) => ({
    caption: `${caption}; ${words}`,
    columns: [
      'mechanism',
      ...periods.map((period) => (period === 0 ? 'no outage' : `${period} s`)),
    ],
    rows: MECHANISMS.map((name) => [
      titleOf(name),
      ...periods.map((period) => cellOf(name, flapping, period)),
    ]),
  }));
}

function figureTables(
  found: FoundAt,
  scale: Scale,
  { caption, digits, figure, printed }: Shown,
): readonly ResultTable[] {
  return tables(scale, caption, (...which) =>
    cell(found(...which), figure, { digits, paper: printed(...which) }),
  );
}

/** Against the mechanism's own median without outages; so it compares at any size. */
function ratioTables(
  found: FoundAt,
  scale: Scale,
  { caption, figure, printed }: Shown,
): readonly ResultTable[] {
  return tables(scale, caption, (name, flapping, period) => {
    const without = found(name, flapping, 0);
    const usual = median(figures(without, figure));
    if (!(usual > 0)) return cell(without, () => undefined);
    const ratio = (value: IntermittentResult): number | undefined => {
      const own = figure(value);
      return own === undefined ? undefined : own / usual;
    };
    const paper = printedRatio(printed(name, flapping, period), printed(name, flapping, 0));
    return cell(found(name, flapping, period), ratio, { paper });
  });
}

/** The paper's are against its figures without outages. */
function partTables(found: FoundAt, scale: Scale, caption: string): readonly ResultTable[] {
  return tables(scale, caption, (...which) => partCell(found, ...which));
}

function partCell(
  found: FoundAt,
  name: MechanismName,
  flapping: Flapping,
  period: Period,
): ResultCell {
  const [theirs, theirUsual] = [period, 0 as const].map((at) =>
    paperGeniTransactions(name, flapping, at),
  );
  return cell(found(name, flapping, period), partOf, { paper: printedRatio(theirs, theirUsual) });
}

function seconds(scale: Scale, caption: string): Shown {
  return {
    ...{ caption, digits: 1 },
    figure: ({ downloadSeconds }) => downloadSeconds ?? undefined,
    printed: (...which) =>
      printedTimes(paperGeniDownload(...which), SCALES[scale].bytes / PAPER_BYTES, 1),
  };
}

const TRANSACTIONS = {
  digits: 2,
  figure: ({ transactionsPerSecond }) => transactionsPerSecond,
  printed: paperGeniTransactions,
} satisfies Partial<Shown>;

export const table6: Experiment = {
  name: 'table-6',
  title: 'Table VI: a download over two long lines of which one comes and goes',
  about: 'time of a download over lines of 51 and 102 ms',
  paper:
    'with the low-latency line flapping WaMPTCP needs two to three times as long, with the other less.',
  tasks,
  present: (outcomes, scale) => {
    const found = finder(outcomes, scale);
    return {
      method: methodText(scale, runsText(outcomes, tasks(scale))),
      tables: [
        ...figureTables(found, scale, seconds(scale, captionOf(scale))),
        ...ratioTables(found, scale, seconds(scale, 'Times as long as without outages')),
      ],
      charts: [],
      remarks: [
        'Not all of the paper’s Table VI was legible to us.',
        ...flaps(scale).flatMap(([flapping, words]) =>
          tunnelStalls((period) => found('tunnel', flapping, period), withOutages(scale)).map(
            (text) => `${upper(words)}: ${text}`,
          ),
        ),
        ...flaps(scale).flatMap(([flapping, words]) =>
          slowness(found, flapping, scale).map((text) => `${upper(words)}: ${text}`),
        ),
        ...(SCALES[scale].bytes < PAPER_BYTES
          ? [
              `Ours are ${SCALES[scale].bytes / PAPER_BYTES} of the paper’s size, so that they end within a few beats, and where in ` +
                'one they end matters.',
            ]
          : []),
      ],
      targets: [],
    };
  },
};

export const table7: Experiment = {
  name: 'table-7',
  title: 'Table VII: transactions over two long lines of which one comes and goes',
  about: 'request and response in turn over lines of 51 and 102 ms',
  paper:
    'when the high-latency line flaps, nobody notices but Tunnel Handoff, and the MPTCP Tunnel, which stalls.',
  tasks,
  present: (outcomes, scale) => {
    const found = finder(outcomes, scale);
    return {
      method: methodText(scale, runsText(outcomes, tasks(scale))),
      tables: [
        ...figureTables(found, scale, { ...TRANSACTIONS, caption: 'Transactions per second' }),
        ...partTables(found, scale, 'As a part of those right before, with both lines there'),
      ],
      charts: [],
      remarks: [
        PROXY_IS_DANTE,
        ...flaps(scale).flatMap(([flapping, words]) =>
          partDifferences(
            MECHANISMS.flatMap((name) =>
              withOutages(scale).map((period) => ({
                place: `${titleOf(name)}, ${period} s`,
                cell: partCell(found, name, flapping, period),
              })),
            ),
          ).map((text) => `${upper(words)}: ${text}`),
        ),
        ...flaps(scale).flatMap(([flapping]) =>
          requestsTakeTheFirst(
            rowsOfBoth(found, flapping),
            flapping === 'first' ? LOW.rtt : HIGH.rtt,
            Number(paperGeniTransactions('wamptcp', flapping, 0)),
          ),
        ),
        ...flaps(scale).flatMap(([flapping, words]) =>
          harmedTransactions(
            MECHANISMS.filter(
              (name) => Number(paperGeniTransactions(name, flapping, 1)) > LEAST_OF_UNHARMED,
            ).map((name) => ({
              title: titleOf(name),
              found: (period) => found(name, flapping, period),
            })),
            withOutages(scale),
          ).map((text) => `${upper(words)}: ${text}`),
        ),
      ],
      targets: [],
    };
  },
};

function captionOf(scale: Scale): string {
  const { bytes } = SCALES[scale];
  const theirs = bytes === PAPER_BYTES ? '' : '; the paper’s, for 20 MB, in proportion';
  return `Seconds for ${bytes / 1e6} MB${theirs}`;
}

/** The line that stays is the one that Tunnel Handoff uses while the other one is said to flap, and does not. */
function slowness(found: FoundAt, flapping: Flapping, scale: Scale): readonly string[] {
  const other = flapping === 'first' ? 'second' : 'first';
  const alone = median(downloadTimes(found('handoff', other, 0)));
  const rows = rowsOfBoth(found, flapping);
  return [
    ...(Number.isFinite(alone) ? worseThanOneLine(rows, withOutages(scale), alone) : []),
    ...receivedUntilStalled(rows, withOutages(scale), SCALES[scale].bytes),
  ];
}

/** Transactions a second in the paper. */
const LEAST_OF_UNHARMED = 19;

function upper(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const USUAL = usualSeconds({ firstRate: LOW.rate, secondRate: HIGH.rate });

function methodText(scale: Scale, runs: string): string {
  const { bytes, seconds } = SCALES[scale];
  return (
    `Two lines, ${LOW.rate} Mb/s with ${LOW.rtt} ms and ${HIGH.rate} Mb/s with ${HIGH.rtt} ms. The paper does not give the ` +
    `rates: these follow from its downloads over one line and over both. The line that flaps is the primary; BFD ` +
    `${BFD} ms. A download of ${bytes / 1e6} MB, then transactions for ${USUAL} s with both lines there and for at least ` +
    `${seconds} s, whole beats, with the beat begun anew; ` +
    `${runs}. Up to four at once. “Stalled”: a download that is not done after four ` +
    'times what the slower line needs alone.'
  );
}
