/**
 * Table III of the paper: WaMPTCP+FR by congestion control, BFD at 1 s.
 *
 * Always holds: as printed, seconds and Mb/s.
 */
export interface ControlFigures {
  readonly latencyFailure: string;
  readonly throughputRecovery: string;
  readonly throughput: string;
}

const figures = (
  latencyFailure: string,
  throughputRecovery: string,
  throughput: string,
): ControlFigures => ({ latencyFailure, throughputRecovery, throughput });

/** By control, then by round trip in milliseconds. */
const TABLE_3: Readonly<Record<string, Readonly<Record<number, ControlFigures>>>> = {
  cubic: { 1: figures('0.43', '1.26', '179'), 100: figures('0.71', '12.3', '126') },
  reno: { 1: figures('0.41', '1.65', '179'), 100: figures('1.00', '38.4', '125') },
};

/** @param rtt milliseconds; undefined for what the paper did not measure. */
export function paperControl(control: string, rtt: number): ControlFigures | undefined {
  return TABLE_3[control]?.[rtt];
}

export const PAPER_SAYS =
  'at a round trip of 1 ms all controls fill the second line again within 1.1 to 1.9 s; at 100 ms it takes from twelve ' +
  'seconds (cubic) to more than two minutes (olia, wvegas) to be filled again.';
