/**
 * Reads a text file that a person named: at most so many bytes, and only if it is text.
 *
 * Always holds: what is wrong with the name or the bytes is returned, in words; a device, a pipe
 * or a huge file is not read at all.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { messageOf } from '../lib/errors.ts';
import { err, ok } from '../lib/result.ts';
import type { Result } from '../lib/result.ts';

export interface Unreadable {
  readonly message: string;
  readonly cure: string;
  /** Where the bytes cease to be text, counted from 1; absent if there is no such place. */
  readonly place?: { readonly line: number; readonly column: number };
}

export async function readTextFile(
  path: string,
  maxBytes: number,
): Promise<Result<string, Unreadable>> {
  let file;
  try {
    // Non-blocking: a pipe without a writer would make us wait for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return err(whyNotOpened(error));
  }
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) {
      return err({ message: 'this is a directory', cure: 'name a file in it' });
    }
    if (!stat.isFile()) return err({ message: 'this is not a file', cure: 'name a text file' });
    if (stat.size > maxBytes) {
      return err({
        message: `the file has ${stat.size} bytes, more than the ${maxBytes} that are read`,
        cure: 'check the name: this is hardly the file you mean',
      });
    }
    return decode(await file.readFile());
  } finally {
    await file.close();
  }
}

function whyNotOpened(error: unknown): Unreadable {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return { message: 'there is no such file', cure: 'check the name and the directory' };
    case 'EACCES':
    case 'EPERM':
      return { message: 'this file may not be read', cure: 'read it as its owner, or with sudo' };
    default:
      return {
        message: `it cannot be opened: ${messageOf(error)}`,
        cure: 'check the name',
      };
  }
}

function decode(bytes: Buffer): Result<string, Unreadable> {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return err({
      message: 'the file is UTF-16, not UTF-8',
      cure: 'save it as UTF-8, as every editor can',
    });
  }
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return ok(decoder.decode(bytes));
  } catch {
    return err({
      message: 'here is a byte that is not UTF-8 text',
      cure: 'save the file as UTF-8; umlauts and accents of old encodings are the usual cause',
      place: placeOfBadByte(bytes),
    });
  }
}

/** The longest beginning that is text, found by halving; cutting a character in two is no fault. */
function placeOfBadByte(bytes: Buffer): { line: number; column: number } {
  const begins = (length: number): string | undefined => {
    try {
      const decoder = new TextDecoder('utf-8', { fatal: true });
      return decoder.decode(bytes.subarray(0, length), { stream: true });
    } catch {
      return undefined;
    }
  };
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (begins(middle) === undefined) bad = middle;
    else good = middle;
  }
  const lines = (begins(good) ?? '').split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
