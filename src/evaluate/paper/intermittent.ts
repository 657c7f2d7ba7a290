/**
 * Tables IV and V of the paper: a 2 GB download (seconds) and transactions per second while the primary
 * line comes and goes.
 *
 * Always holds: as printed; periods in seconds, 0: no outage.
 */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';

export const PERIODS = [1, 2, 3, 4, 0] as const;
export type Period = (typeof PERIODS)[number];

type Row = readonly [one: string, two: string, three: string, four: string, none: string];
type Table = Readonly<
  Partial<Record<MechanismName, { readonly bfd1000: Row; readonly bfd100: Row }>>
>;

const STALLED: Row = ['stall', 'stall', 'stall', 'stall', '94'];
const ONE_LINE: Row = ['176', '175', '175', '173', '91'];

const DOWNLOAD: Table = {
  handoff: {
    bfd1000: ['>3600', '>3600', '>3600', '680', '177'],
    bfd100: ['305', '235', '205', '197', '177'],
  },
  tunnel: { bfd1000: STALLED, bfd100: STALLED },
  proxy: { bfd1000: ONE_LINE, bfd100: ONE_LINE },
  wamptcp: { bfd1000: ONE_LINE, bfd100: ONE_LINE },
  'wamptcp-fr': {
    bfd1000: ['176', '175', '175', '168', '91'],
    bfd100: ['162', '155', '146', '131', '91'],
  },
};

const TRANSACTIONS: Table = {
  handoff: {
    bfd1000: ['754.1', '839.1', '2021.8', '2700.1', '3854.0'],
    bfd100: ['1989.4', '3437.9', '3737.7', '3692.8', '3911.9'],
  },
  tunnel: {
    bfd1000: ['stall', 'stall', 'stall', 'stall', '3923.5'],
    bfd100: ['stall', 'stall', 'stall', 'stall', '3943.2'],
  },
  proxy: {
    bfd1000: ['3854.0', '3883.3', '3807.7', '3871.9', '3946.4'],
    bfd100: ['3847.6', '3842.7', '3820.9', '3845.7', '3876.3'],
  },
  wamptcp: {
    bfd1000: ['3835.7', '3822.7', '3807.2', '3884.0', '4061.8'],
    bfd100: ['3835.1', '3864.2', '3886.6', '3804.5', '4048.5'],
  },
  'wamptcp-fr': {
    bfd1000: ['3879.7', '3854.6', '3873.9', '3869.5', '4036.8'],
    bfd100: ['3828.0', '3855.3', '3889.3', '3818.6', '4054.5'],
  },
};

/** Bytes of the paper's download. */
export const PAPER_BYTES = 2e9;

/** Seconds as printed; for a mechanism that does not detect (BFD 0) those at 100 ms. */
export function paperDownload(
  name: MechanismName,
  bfd: number,
  period: Period,
): string | undefined {
  return figureOf(DOWNLOAD, name, bfd, period);
}

export function paperTransactions(
  name: MechanismName,
  bfd: number,
  period: Period,
): string | undefined {
  return figureOf(TRANSACTIONS, name, bfd, period);
}

function figureOf(
  table: Table,
  name: MechanismName,
  bfd: number,
  period: Period,
): string | undefined {
  const rows = table[name];
  if (rows === undefined || (bfd !== 1000 && bfd !== 100 && bfd !== 0)) return undefined;
  const row = bfd === 1000 ? rows.bfd1000 : rows.bfd100;
  return row[PERIODS.indexOf(period)];
}
