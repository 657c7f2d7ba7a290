/**
 * Table VII of the paper (transactions per second on GENI), and what is legible of Table VI (20 MB,
 * seconds): two lines, one with twice the other's round trip; BFD 100 ms.
 *
 * Always holds: as printed; periods in seconds, 0: no outage.
 */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { PERIODS } from './intermittent.ts';
import type { Period } from './intermittent.ts';

/** Which line comes and goes: that of the lower round trip, or the other. */
export type Flapping = 'first' | 'second';

type Row = readonly (string | undefined)[];
type Table = Readonly<Partial<Record<MechanismName, Readonly<Record<Flapping, Row>>>>>;

const ONLY_WITHOUT: Row = [undefined, undefined, undefined, undefined, '32'];

const DOWNLOAD: Table = {
  handoff: {
    first: [undefined, undefined, undefined, undefined, '49'],
    second: [],
  },
  wamptcp: { first: ['92', '78', '67', '63', '32'], second: ['62', '57', '51', '47', '32'] },
  // Of these only that they too need 32 s without outages.
  proxy: { first: ONLY_WITHOUT, second: ONLY_WITHOUT },
  'wamptcp-fr': { first: ONLY_WITHOUT, second: ONLY_WITHOUT },
  tunnel: {
    first: ['stall', 'stall', 'stall', 'stall', '32'],
    second: ['stall', 'stall', 'stall', 'stall', '32'],
  },
};

const TRANSACTIONS: Table = {
  handoff: {
    first: ['7.72', '9.67', '12.48', '14.09', '19.55'],
    second: ['11.73', '14.11', '14.78', '13.53', '9.83'],
  },
  tunnel: {
    first: ['stall', 'stall', 'stall', 'stall', '19.45'],
    second: ['stall', 'stall', 'stall', 'stall', '19.36'],
  },
  proxy: {
    first: ['10.98', '11.22', '12.45', '13.98', '19.56'],
    second: ['19.34', '19.31', '19.33', '19.33', '19.34'],
  },
  wamptcp: {
    first: ['11.19', '11.65', '12.33', '14.19', '19.32'],
    second: ['19.34', '19.34', '19.31', '19.33', '19.34'],
  },
  'wamptcp-fr': {
    first: ['11.13', '11.52', '12.35', '14.78', '19.34'],
    second: ['19.33', '19.38', '19.33', '19.34', '19.37'],
  },
};

/** Bytes of the paper's download. */
export const PAPER_BYTES = 20e6;

export function paperGeniDownload(
  name: MechanismName,
  flapping: Flapping,
  period: Period,
): string | undefined {
  return DOWNLOAD[name]?.[flapping][PERIODS.indexOf(period)];
}

export function paperGeniTransactions(
  name: MechanismName,
  flapping: Flapping,
  period: Period,
): string | undefined {
  return TRANSACTIONS[name]?.[flapping][PERIODS.indexOf(period)];
}
