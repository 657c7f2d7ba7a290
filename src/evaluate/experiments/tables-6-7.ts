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
import { runsOf, runsText } from '../runs-text.ts';
import {
  BFD,
  finder,
  flaps,
  HIGH,
  LOW,
  MECHANISMS,
  namedRows,
  rowsOfBoth,
  SCALES,
  tasks,
  withOutages,
} from './geni-rows.ts';
import type { FoundAt } from './geni-rows.ts';
import { fasterBackup, ofEachLine, slowness } from './geni-remarks.ts';
import { tunnelStalls } from './intermittent-remarks.ts';
import { partOf } from './intermittent-targets.ts';
import { NOT_TRACED, partDifferences } from './part-differences.ts';
import type { DifferenceWords } from './part-differences.ts';
import { harmedTransactions, ofTheNumbers, tunnelAnswers } from './transaction-remarks.ts';

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
function ratioCell(
  found: FoundAt,
  { figure, printed }: Pick<Shown, 'figure' | 'printed'>,
  name: MechanismName,
  flapping: Flapping,
  period: Period,
): ResultCell {
  const without = found(name, flapping, 0);
  const usual = median(figures(without, figure));
  if (Number.isNaN(usual)) return runsOf(without) > 0 ? '–' : cell(without, () => undefined);
  const ratio = (value: IntermittentResult): number | undefined => {
    const own = figure(value);
    return own === undefined ? undefined : own / usual;
  };
  const paper = printedRatio(printed(name, flapping, period), printed(name, flapping, 0));
  return cell(found(name, flapping, period), ratio, { paper });
}

/** What differs of one of these tables, beside its caption's words. */
function differences(
  scale: Scale,
  cellOf: CellOf,
  differenceWords?: DifferenceWords,
): readonly string[] {
  return ofEachLine(scale, (flapping) =>
    partDifferences(
      MECHANISMS.flatMap((name) =>
        withOutages(scale).map((period) => ({
          place: `${titleOf(name)}, ${period} s`,
          cell: cellOf(name, flapping, period),
        })),
      ),
      differenceWords,
    ),
  );
}

const TIMES: DifferenceWords = {
  more: 'More than a fifth more times as long as without outages than in the paper',
  less: 'More than a fifth fewer times as long as without outages than in the paper',
};

/** The paper's are against its figures without outages. */
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
    const timesAsLong: CellOf = (...which) => ratioCell(found, seconds(scale, ''), ...which);
    return {
      method: methodText(scale, runsText(outcomes, tasks(scale))),
      tables: [
        ...figureTables(found, scale, seconds(scale, captionOf(scale))),
        ...tables(scale, 'Times as long as without outages', timesAsLong),
      ],
      charts: [],
      remarks: [
        'Not all of the paper’s Table VI was legible to us; Tunnel Handoff seems to have taken up to 350 s while the line of ' +
          `${LOW.rtt} ms flapped at 1 s.`,
        ...differences(scale, timesAsLong, TIMES),
        ...ofEachLine(scale, (flapping) =>
          tunnelStalls((period) => found('tunnel', flapping, period), withOutages(scale)),
        ),
        ...ofEachLine(scale, (flapping) => slowness(found, flapping, scale)),
        ...fasterBackup(found, scale),
        NOT_TRACED,
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
    const part: CellOf = (...which) => partCell(found, ...which);
    return {
      method: methodText(scale, runsText(outcomes, tasks(scale))),
      tables: [
        ...figureTables(found, scale, { ...TRANSACTIONS, caption: 'Transactions per second' }),
        ...tables(scale, 'As a part of those right before, with both lines there', part),
      ],
      charts: [],
      remarks: [
        PROXY_IS_DANTE,
        ...differences(scale, part),
        ...ofEachLine(scale, (flapping) =>
          tunnelAnswers((period) => found('tunnel', flapping, period), withOutages(scale)),
        ),
        ...flaps(scale).flatMap(([flapping]) => {
          const { rtt } = flapping === 'first' ? LOW : HIGH;
          const theirs = Number(paperGeniTransactions('wamptcp', flapping, 0));
          return ofTheNumbers(rowsOfBoth(found, flapping), rtt, theirs);
        }),
        ...ofEachLine(scale, (flapping) =>
          harmedTransactions(
            namedRows(
              MECHANISMS.filter(
                (name) => Number(paperGeniTransactions(name, flapping, 1)) > LEAST_OF_UNHARMED,
              ),
              found,
              flapping,
            ),
            withOutages(scale),
          ),
        ),
        NOT_TRACED,
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

/** Transactions a second in the paper. */
const LEAST_OF_UNHARMED = 19;

const USUAL = usualSeconds({ firstRate: LOW.rate, secondRate: HIGH.rate });

function methodText(scale: Scale, runs: string): string {
  const { bytes, seconds } = SCALES[scale];
  return (
    `Two lines, ${LOW.rate} Mb/s with ${LOW.rtt} ms and ${HIGH.rate} Mb/s with ${HIGH.rtt} ms. The paper does not give the ` +
    `rates: these follow from its downloads over one line and over both. The line that flaps is the primary; BFD ` +
    `${BFD} ms. A download of ${bytes / 1e6} MB, then transactions for ${USUAL} s with both lines there and for at least ` +
    `${seconds} s, whole beats, with the beat begun anew; ` +
    `${runs}. Up to four measurements ran side by side. “Stalled”: a download that is not done after four ` +
    'times what the slower line needs alone.'
  );
}
