/**
 * One measurement that is to be made or was made, and the name under which it is kept.
 *
 * Always holds: two measurements have the same key exactly when they have the same instrument and
 * the same parameters, in whatever order these were written.
 */
import { createHash } from 'node:crypto';

import type { Instrument, Parameters } from './experiment.ts';

export interface Measurement {
  readonly instrument: Instrument;
  readonly parameters: Parameters;
  /** From 0. */
  readonly repetition: number;
  /** Names of the experiments that want it. */
  readonly experiments: readonly string[];
}

/** `<instrument>/<parameters to be read>-<all of them, hashed>`; fit for the name of a file. */
export function measurementKey(instrument: string, parameters: Parameters): string {
  const sorted = Object.entries(parameters).toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (const [name, value] of sorted) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new RangeError(
        `parameter ${name} of ${instrument} is ${value}, which JSON cannot keep`,
      );
    }
  }
  const readable = sorted.map(([name, value]) => `${name}=${value}`).join(',');
  const hash = createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 10);
  const slug = readable.replace(/[^A-Za-z0-9=,.-]+/g, '_').slice(0, 120);
  return `${instrument}/${slug}${slug === '' ? '' : '-'}${hash}`;
}

export function keyOf({ instrument, parameters }: Omit<Measurement, 'repetition'>): string {
  return measurementKey(instrument.name, parameters);
}

/** Of a key, one measurement. */
export function repetitionId(key: string, repetition: number): string {
  return `${key}/${repetition}`;
}

export function idOf(measurement: Measurement): string {
  return repetitionId(keyOf(measurement), measurement.repetition);
}
