/** Writes the raw record of a stream – one line per message – for tools that compare it with captures. */

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DelayRecord } from './delay-record.ts';

export async function writeRaw(file: string, record: DelayRecord): Promise<void> {
  await pipeline(Readable.from(record.rawLines()), createWriteStream(file));
}
