/** Tables IV and V: a download, and transactions, while the primary line comes and goes. */
import { cell, paperOnly } from '../cell.ts';
import type { Experiment, ResultCell, Scale, Target } from '../experiment.ts';
import { idealSeconds } from '../ideal-time.ts';
import { BEFORE_SECONDS } from '../instruments/intermittent.ts';
import { titleOf } from '../mechanism-titles.ts';
import { ONE_LINE_AT_A_TIME } from '../one-at-a-time.ts';
import { PAPER_BYTES, paperDownload, paperTransactions } from '../paper/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import { PROXY_IS_DANTE } from '../paper/proxy.ts';
import { partOfPrinted, printedRatio, printedTimes } from '../paper/ratio.ts';
import { runsText } from '../runs-text.ts';
import { receivedUntilStalled, tunnelStalls, worseThanOneLine } from './intermittent-remarks.ts';
import {
  asked,
  both,
  finder,
  namedRows,
  placeOf,
  PROMISED,
  rowsOfBoth,
  SCALES,
  tasks,
  TUNNEL,
  withOutages,
} from './intermittent-rows.ts';
import type { Asked, Found } from './intermittent-rows.ts';
import {
  downloadTarget,
  LEAST_PART,
  partOf,
  transactionTarget,
  usualDownload,
} from './intermittent-targets.ts';
import { bfdText } from './outage-cells.ts';
import { NOT_TRACED, partDifferences, TIMER_STEPS } from './part-differences.ts';
import { harmedTransactions, missedTransactions, tunnelAnswers } from './transaction-remarks.ts';

export const table4: Experiment = {
  name: 'table-4',
  title: 'Table IV: a download while the primary line comes and goes',
  about: 'time of a download, the primary line away and there in turn',
  paper:
    'with Fast Recovery at BFD 100 ms the flapping line still helps; without it, a download is as slow as over the other line alone.',
  tasks,
  present: (outcomes, scale) => {
    const found = finder(outcomes, scale);
    return {
      method: methodText(scale, runsText(outcomes, tasks(scale))),
      tables: [
        {
          caption: `Seconds for ${SCALES[scale].bytes / 1e6} MB; the paper’s, for ${PAPER_BYTES / 1e9} GB, in proportion`,
          ...columnsOf(scale),
          rows: rowsOf(scale, (one, period) =>
            cell(found(one, period), ({ downloadSeconds }) => downloadSeconds ?? undefined, {
              digits: 1,
              paper: printedTimes(
                paperDownload(one.mechanism, one.bfd, period),
                SCALES[scale].bytes / PAPER_BYTES,
                1,
              ),
            }),
          ),
        },
        {
          caption: 'The ideal time as a part of the time it took, beside the paper’s: 1 is ideal',
          ...columnsOf(scale),
          rows: rowsOf(scale, (one, period) => idealCell(found, one, period)),
        },
      ],
      charts: [],
      remarks: [
        PROXY_IS_DANTE,
        'Ideal: every line that is there is used, and switching costs nothing. Half the time one of two lines is ' +
          'away, so a long download has 1.5 lines’ worth, 0.75 of the rate without outages (121 s in the paper); ours are ' +
          'shorter and are compared with what the beat left during them. The ideal of Tunnel Handoff is one line’s ' +
          'worth, for its backup is always there.',
        ...differences(scale, (one, period) => idealCell(found, one, period)),
        ...receivedUntilStalled(
          namedRows(asked(scale), found),
          withOutages(scale),
          SCALES[scale].bytes,
        ),
        ...worseThanOneLine(rowsOfBoth(found, scale), withOutages(scale), {
          paper: 'In the paper none is, but for the MPTCP Tunnel, which stalls.',
        }),
        ...tunnelStalls((period) => found(TUNNEL, period), withOutages(scale)),
        NOT_TRACED,
      ],
      targets: targets(downloadTarget, found, scale),
    };
  },
};

export const table5: Experiment = {
  name: 'table-5',
  title: 'Table V: transactions while the primary line comes and goes',
  about: 'request and response in turn, the primary line away and there in turn',
  paper:
    'who uses both paths hides the outages, but for the MPTCP Tunnel, which stalls; Tunnel Handoff does not hide them.',
  tasks,
  present: (outcomes, scale) => {
    const found = finder(outcomes, scale);
    return {
      method: methodText(scale, runsText(outcomes, tasks(scale))),
      tables: [
        {
          caption: 'Transactions per second, one octet each way',
          ...columnsOf(scale),
          rows: rowsOf(scale, (one, period) =>
            cell(found(one, period), ({ transactionsPerSecond }) => transactionsPerSecond, {
              digits: 0,
              paper: paperTransactions(one.mechanism, one.bfd, period),
            }),
          ),
        },
        {
          caption:
            'As a part of those right before, with both lines there; the paper’s against those without outages',
          ...columnsOf(scale),
          rows: rowsOf(scale, (one, period) => partCell(found, one, period)),
        },
        {
          caption: 'The longest wait for an answer, ms',
          ...columnsOf(scale),
          rows: rowsOf(scale, (one, period) =>
            cell(found(one, period), ({ longestMs }) => longestMs, { digits: 0 }),
          ),
        },
      ],
      charts: [],
      remarks: [
        PROXY_IS_DANTE,
        ...differences(scale, (one, period) => partCell(found, one, period)),
        ...harmedTransactions(namedRows(both(scale).filter(isInPaper), found), withOutages(scale)),
        ...tunnelAnswers((period) => found(TUNNEL, period), withOutages(scale)),
        ...missedTransactions(
          namedRows(PROMISED, found),
          withOutages(scale),
          LEAST_PART,
          namedRows(asked(scale), found),
        ),
        'An outage delays the one request that is under way, once in two periods. With BFD at 10 or 20 ms that waits for Fast ' +
          'Recovery (two to three intervals) and the rest of a retransmission timeout, which doubles meanwhile; with BFD at ' +
          '100 ms or more MPTCP itself sends it over the other line before, after TCP’s least timeout of 200 ms. 40 ms of ' +
          'waiting are 2 % at a period of 1 s, and 0.5 % at 4 s.',
        'One transaction takes one round trip, which is 1 ms here, so nobody can have more than 1,000 a second; the paper’s 3,900 ' +
          'are one each 0.26 ms. So what compares with the paper is the part, not the number. Parts are of the transactions right ' +
          'before, on the same lines, for their number differs from run to run. Processors are kept from sleeping meanwhile, since waking up ' +
          'takes a virtual machine longer than a round trip.',
        NOT_TRACED,
      ],
      targets: targets(transactionTarget, found, scale),
    };
  },
};

function methodText(scale: Scale, runs: string): string {
  const { bytes, seconds } = SCALES[scale];
  return (
    `2 × 100 Mb/s, RTT 1 ms; the primary line is away and there in turn, for the period each. A download of ` +
    `${bytes / 1e6} MB (${bytes / PAPER_BYTES} of the paper’s), then transactions for 3 s with both ` +
    `lines there and for at least ${seconds} s, whole beats, with the beat begun anew; ` +
    `${runs}. “Stalled”: a download that is not done after four times what one line needs alone.`
  );
}

function columnsOf(scale: Scale): { readonly columns: readonly string[] } {
  const periods = SCALES[scale].periods.map((period) =>
    period === 0 ? 'no outage' : `${period} s`,
  );
  return { columns: ['mechanism', 'BFD', ...periods] };
}

function rowsOf(
  scale: Scale,
  cellOf: (one: Asked, period: Period) => ResultCell,
): readonly (readonly ResultCell[])[] {
  return asked(scale).map((one) => [
    titleOf(one.mechanism),
    bfdText(one.mechanism, one.bfd),
    ...SCALES[scale].periods.map((period) => cellOf(one, period)),
  ]);
}

/** With a figure, so that neither what it does not have nor what stalls there. */
function isInPaper({ mechanism, bfd }: Asked): boolean {
  return !Number.isNaN(Number(paperTransactions(mechanism, bfd, 1)));
}

/** Of parts, with the reason where Tunnel Handoff is among them. */
function differences(
  scale: Scale,
  cellOf: (one: Asked, period: Period) => ResultCell,
): readonly string[] {
  const placed = asked(scale).flatMap((one) =>
    withOutages(scale).map((period) => ({
      place: `${placeOf(one)}, ${period} s`,
      cell: cellOf(one, period),
    })),
  );
  const found = partDifferences(placed);
  const handoff = titleOf('handoff');
  return found.some((text) => text.includes(handoff)) ? [...found, TIMER_STEPS] : found;
}

/** Of the mechanism's own median without outages; the paper's downloads are so long that the beat's phase is nothing. */
function idealCell(found: Found, one: Asked, period: Period): ResultCell {
  const left = ONE_LINE_AT_A_TIME.includes(one.mechanism) ? 1 : 0.5;
  const theirUsual = Number(paperDownload(one.mechanism, one.bfd, 0));
  const theirIdeal = period === 0 ? theirUsual : theirUsual / ((1 + left) / 2);
  const paper = partOfPrinted(theirIdeal, paperDownload(one.mechanism, one.bfd, period));
  const usual = usualDownload(found(one, 0));
  // Without its own time without outages nothing can be said of it.
  if (usual === Infinity) return paper === undefined ? '–' : paperOnly(paper);
  if (Number.isNaN(usual)) return cell(found(one, 0), () => undefined, { paper });
  const ideal = idealSeconds(usual, { period, before: BEFORE_SECONDS, left });
  return cell(
    found(one, period),
    ({ downloadSeconds }) => (downloadSeconds === null ? undefined : ideal / downloadSeconds),
    { digits: 2, paper },
  );
}

/** Of the transactions right before, on the same lines while both were there. */
function partCell(found: Found, one: Asked, period: Period): ResultCell {
  const [theirs, theirUsual] = [period, 0 as const].map((at) =>
    paperTransactions(one.mechanism, one.bfd, at),
  );
  return cell(found(one, period), partOf, { paper: printedRatio(theirs, theirUsual) });
}

function targets(of: typeof downloadTarget, found: Found, scale: Scale): readonly Target[] {
  return PROMISED.map((one) =>
    of(`BFD ${one.bfd} ms`, withOutages(scale), (period) => found(one, period)),
  );
}
