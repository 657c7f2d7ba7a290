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

/** All that the paper has, in its order. */
export const PAPER_CONTROLS = [
  ...['cubic', 'reno', 'vegas', 'illinois', 'veno', 'westwood', 'olia', 'balia', 'wvegas'],
] as const;

/** By control, then by round trip in milliseconds. */
const TABLE_3: Readonly<Record<string, Readonly<Record<number, ControlFigures>>>> = {
  cubic: { 1: figures('0.43', '1.26', '179'), 100: figures('0.71', '12.3', '126') },
  reno: { 1: figures('0.41', '1.65', '179'), 100: figures('1.00', '38.4', '125') },
  vegas: { 1: figures('0.22', '1.92', '175'), 100: figures('0.65', '34.9', '125') },
  illinois: { 1: figures('0.44', '1.25', '179'), 100: figures('0.86', '23.2', '124') },
  veno: { 1: figures('0.33', '1.31', '179'), 100: figures('0.74', '26.8', '125') },
  westwood: { 1: figures('0.27', '1.43', '179'), 100: figures('0.55', '14.9', '126') },
  olia: { 1: figures('0.38', '1.10', '179'), 100: figures('0.90', '>120', '83.9') },
  balia: { 1: figures('0.62', '1.06', '179'), 100: figures('0.72', '82.7', '93.5') },
  wvegas: { 1: figures('0.64', '1.46', '179'), 100: figures('0.59', '>120', '54.6') },
};

/** @param rtt milliseconds; undefined for what the paper did not measure. */
export function paperControl(control: string, rtt: number): ControlFigures | undefined {
  return TABLE_3[control]?.[rtt];
}

export const PAPER_SAYS =
  'at a round trip of 1 ms all controls fill the second line again within 1.1 to 1.9 s; at 100 ms it takes from twelve ' +
  'seconds (cubic) to more than two minutes (olia, wvegas) to be filled again.';
