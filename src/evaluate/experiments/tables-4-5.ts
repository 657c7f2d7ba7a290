/** Tables IV and V: a download, and transactions, while the primary line comes and goes. */
import { median } from '../../lib/statistics.ts';
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { cell } from '../cell.ts';
import { task } from '../experiment.ts';
import type {
  Experiment,
  Outcome,
  Outcomes,
  ResultCell,
  Scale,
  Target,
  Task,
} from '../experiment.ts';
import { idealSeconds } from '../ideal-time.ts';
import {
  BEFORE_SECONDS,
  intermittent,
  intermittentParameters,
} from '../instruments/intermittent.ts';
import type { IntermittentParameters, IntermittentResult } from '../instruments/intermittent.ts';
import { titleOf } from '../mechanism-titles.ts';
import { ONE_LINE_AT_A_TIME } from '../one-at-a-time.ts';
import { PAPER_BYTES, paperDownload, paperTransactions, PERIODS } from '../paper/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import { worseThanOneLine } from './intermittent-remarks.ts';
import {
  downloadTarget,
  downloadTimes,
  partOf,
  transactionTarget,
} from './intermittent-targets.ts';
import { bfdText } from './outage-cells.ts';

interface Size {
  readonly bytes: number;
  /** Of transactions. */
  readonly seconds: number;
  readonly periods: readonly Period[];
  readonly bfd: readonly number[];
  readonly repetitions: number;
  /** Beside those of the paper and ours. */
  readonly others: readonly MechanismName[];
}

const SCALES: Readonly<Record<Scale, Size>> = {
  quick: {
    ...{ bytes: 60e6, seconds: 5, repetitions: 1 },
    ...{ periods: [1, 0], bfd: [100], others: [] },
  },
  full: {
    ...{ bytes: 250e6, seconds: 8, repetitions: 3 },
    ...{ periods: PERIODS, bfd: [1000, 100] },
    others: ['tunnel-openvpn', 'proxy-dante', 'proxy-fr'],
  },
};

interface Asked {
  readonly mechanism: MechanismName;
  readonly bfd: number;
}

function asked(scale: Scale): readonly Asked[] {
  const detecting = (mechanism: MechanismName): readonly Asked[] =>
    SCALES[scale].bfd.map((bfd) => ({ mechanism, bfd }));
  return [
    ...detecting('handoff'),
    { mechanism: 'handoff-ping', bfd: 0 },
    { mechanism: 'tunnel', bfd: 0 },
    { mechanism: 'proxy', bfd: 0 },
    { mechanism: 'wamptcp', bfd: 0 },
    ...detecting('wamptcp-fr'),
    ...SCALES[scale].others.map((mechanism) => ({ mechanism, bfd: 100 })),
    { mechanism: 'wamptcp-fr-profile', bfd: 20 },
    { mechanism: 'wamptcp-fr-profile', bfd: 10 },
  ];
}

function parametersOf(
  { mechanism, bfd }: Asked,
  period: Period,
  scale: Scale,
): IntermittentParameters {
  const { bytes, seconds } = SCALES[scale];
  return intermittentParameters({ mechanism, bfd, period, bytes, seconds });
}

function tasks(scale: Scale): readonly Task[] {
  const { periods, repetitions } = SCALES[scale];
  return asked(scale).flatMap((one) =>
    periods.map((period) => task(intermittent, parametersOf(one, period, scale), repetitions)),
  );
}

type Found = (one: Asked, period: Period) => readonly Outcome<IntermittentResult>[];

function finder(outcomes: Outcomes, scale: Scale): Found {
  return (one, period) => outcomes.of(intermittent, parametersOf(one, period, scale));
}

export const table4: Experiment = {
  name: 'table-4',
  title: 'Table IV: a download while the primary line comes and goes',
  about: 'time of a download, the primary line away and there in turn',
  paper:
    'with Fast Recovery at BFD 100 ms the flapping line still helps; without it, it is as if it were not there.',
  tasks,
  present: (outcomes, scale) => {
    const found = finder(outcomes, scale);
    return {
      method: methodText(scale),
      tables: [
        {
          caption: `Seconds for ${SCALES[scale].bytes / 1e6} MB; the paper’s are for ${PAPER_BYTES / 1e9} GB`,
          ...columnsOf(scale),
          rows: rowsOf(scale, (one, period) =>
            cell(found(one, period), ({ downloadSeconds }) => downloadSeconds ?? undefined, {
              digits: 1,
              ...paper(paperDownload(one.mechanism, one.bfd, period)),
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
        'Ideal: every line that is there is used, and switching costs nothing. Half the time one of two lines is ' +
          'away, so a long download has 1.5 lines’ worth, 0.75 of the rate without outages (121 s in the paper); ours are ' +
          'shorter and are compared with what the beat left during them. The ideal of Tunnel Handoff is one line’s ' +
          'worth, for its backup is always there.',
        ...worseThanOneLine(
          asked(scale)
            .filter(({ mechanism }) => !ONE_LINE_AT_A_TIME.includes(mechanism))
            .map((one) => ({
              title: titleOf(one.mechanism),
              found: (period) => found(one, period),
            })),
          withOutages(scale),
        ),
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
      method: methodText(scale),
      tables: [
        {
          caption: 'Transactions per second, one octet each way',
          ...columnsOf(scale),
          rows: rowsOf(scale, (one, period) =>
            cell(found(one, period), ({ transactionsPerSecond }) => transactionsPerSecond, {
              digits: 0,
              ...paper(paperTransactions(one.mechanism, one.bfd, period)),
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
        'Processors are kept from sleeping meanwhile, since waking up takes a virtual machine longer than a round ' +
          'trip takes here. What compares with the paper is the part, not the number.',
      ],
      targets: targets(transactionTarget, found, scale),
    };
  },
};

function methodText(scale: Scale): string {
  const { bytes, seconds, repetitions } = SCALES[scale];
  return (
    `2 × 100 Mb/s without delay; the primary line is away and there in turn, for the period each. A download of ` +
    `${bytes / 1e6} MB (${bytes / PAPER_BYTES} of the paper’s), then transactions for 3 s with both ` +
    `lines there and for at least ${seconds} s, whole beats, with the beat begun anew; ` +
    `${repetitions === 1 ? 'one run each' : `medians of ${repetitions}`}. “Stalled”: a download that is not done after four times what one line needs alone.`
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

function paper(figure: string | undefined): { readonly paper?: string } {
  return figure === undefined ? {} : { paper: figure };
}

/** Of the mechanism's own median without outages; the paper's downloads are so long that the beat's phase is nothing. */
function idealCell(found: Found, one: Asked, period: Period): ResultCell {
  const left = ONE_LINE_AT_A_TIME.includes(one.mechanism) ? 1 : 0.5;
  const usual = median(downloadTimes(found(one, 0)));
  if (!Number.isFinite(usual)) return '–';
  const ideal = idealSeconds(usual, { period, before: BEFORE_SECONDS, left });
  const theirUsual = Number(paperDownload(one.mechanism, one.bfd, 0));
  const theirIdeal = period === 0 ? theirUsual : theirUsual / ((1 + left) / 2);
  const their = theirIdeal / Number(paperDownload(one.mechanism, one.bfd, period));
  return cell(
    found(one, period),
    ({ downloadSeconds }) => (downloadSeconds === null ? undefined : ideal / downloadSeconds),
    { digits: 2, ...(Number.isNaN(their) ? {} : { paper: their.toFixed(2) }) },
  );
}

/** Of the transactions right before, on the same lines while both were there. */
function partCell(found: Found, one: Asked, period: Period): ResultCell {
  const [theirs, theirUsual] = [period, 0 as const].map((at) =>
    Number(paperTransactions(one.mechanism, one.bfd, at)),
  );
  const their = (theirs ?? NaN) / (theirUsual ?? NaN);
  return cell(found(one, period), partOf, Number.isNaN(their) ? {} : { paper: their.toFixed(2) });
}

const OURS: readonly Asked[] = [20, 10].map((bfd) => ({ mechanism: 'wamptcp-fr-profile', bfd }));

function targets(of: typeof downloadTarget, found: Found, scale: Scale): readonly Target[] {
  return OURS.map((one) =>
    of(`BFD ${one.bfd} ms`, withOutages(scale), (period) => found(one, period)),
  );
}

function withOutages(scale: Scale): readonly Period[] {
  return SCALES[scale].periods.filter((period) => period !== 0);
}
