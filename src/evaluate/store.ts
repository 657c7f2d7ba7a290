/**
 * Where measurements are kept: `OUT/raw/<instrument>/<parameters>/<repetition>.json`, and beside it a
 * directory for captures and logs.
 *
 * Always holds: a file is whole or not there. What cannot be read is told and left alone.
 */
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

import { parseJson } from '../lib/json.ts';
import { isMissing, readIfPresent, removeDirectory, writeAtomically } from '../system/file.ts';
import { idOf, keyOf } from './measurement.ts';
import type { Measurement } from './measurement.ts';
import { measurementRecord, recordId } from './record.ts';
import type { MeasurementRecord } from './record.ts';

export interface Kept {
  readonly records: readonly MeasurementRecord[];
  /** What is there and is no measurement, in words. */
  readonly complaints: readonly string[];
}

/** Whoever may look at the directory may look at what was measured. */
const READABLE = 0o644;

export class ResultStore {
  readonly out: string;

  constructor(out: string) {
    this.out = out;
  }

  /** Where the raw data of a key (`keyOf`) are, relative to the store. */
  static rawDirectory(measurement: Omit<Measurement, 'repetition'>): string {
    return join('raw', keyOf(measurement));
  }

  async read(): Promise<Kept> {
    const records: MeasurementRecord[] = [];
    const complaints: string[] = [];
    for (const path of await recordFiles(join(this.out, 'raw'))) {
      const kept = parseRecord((await readIfPresent(path)) ?? '');
      if (typeof kept === 'string') complaints.push(`${path}: ${kept}; left out`);
      else if (join(this.out, 'raw', `${recordId(kept)}.json`) !== path) {
        complaints.push(`${path}: its name is not that of what is in it; left out`);
      } else records.push(kept);
    }
    return { records, complaints };
  }

  async write(record: MeasurementRecord): Promise<void> {
    const path = join(this.out, 'raw', `${recordId(record)}.json`);
    await writeAtomically(path, `${JSON.stringify(record, null, 1)}\n`, READABLE);
  }

  /**
   * Keeps records beside their places (`0.before.json`), where they do not count: what is made anew is
   * missing until it is there, so that a run that is interrupted goes on like any other.
   */
  async setAside(measurements: readonly Measurement[]): Promise<void> {
    for (const measurement of measurements) {
      const path = join(this.out, 'raw', idOf(measurement));
      await renameIfPresent(`${path}.json`, `${path}.before.json`);
    }
  }

  /** Empty: what an earlier attempt left is of no use. */
  async freshDirectory(measurement: Measurement): Promise<string> {
    const path = join(this.out, 'raw', idOf(measurement));
    await removeDirectory(path);
    await mkdir(path, { recursive: true });
    return path;
  }

  /** Most measurements keep nothing beside their figures. */
  async dropIfEmpty(directory: string): Promise<void> {
    if ((await readdir(directory)).length === 0) await rmdir(directory);
  }
}

/** A record, or what is wrong. */
function parseRecord(text: string): MeasurementRecord | string {
  const value = parseJson(text);
  if (value === undefined) return 'this is not JSON';
  const parsed = measurementRecord.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `this is no measurement (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`;
}

/** Two levels down, where records are; captures below those are not looked at. */
async function recordFiles(raw: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const instrument of await directories(raw)) {
    for (const key of await directories(join(raw, instrument))) {
      const directory = join(raw, instrument, key);
      const entries = await readdir(directory, { withFileTypes: true });
      const names = entries.filter((entry) => entry.isFile() && /^\d+\.json$/.test(entry.name));
      found.push(...names.map(({ name }) => join(directory, name)));
    }
  }
  return found.toSorted();
}

async function renameIfPresent(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function directories(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
