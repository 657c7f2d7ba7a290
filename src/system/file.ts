/**
 * Small files: read whole, written whole. A reader never sees half of a write; a disk that is full or
 * read-only is named.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { explainWrite } from './disk.ts';

export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Another one after each {@link writeAtomically}; undefined: there is no such file. */
export async function fileVersion(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Creates the directory (mode 0700) when it is missing. */
export async function writeAtomically(path: string, text: string, mode = 0o600): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw explainWrite(error, path);
  }
  await replaceFile(path, text, mode);
}

/** @throws `isMissing` when there is no directory for it: what has been removed is not made again */
export async function replaceFile(path: string, text: string, mode = 0o600): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    await writeFile(temporary, text, { mode });
    await rename(temporary, path);
  } catch (error) {
    // On a full disk a file without content stays.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw explainWrite(error, path);
  }
}

export async function removeFile(path: string): Promise<void> {
  await remove(path, false);
}

export async function removeDirectory(path: string): Promise<void> {
  await remove(path, true);
}

async function remove(path: string, recursive: boolean): Promise<void> {
  try {
    await rm(path, { recursive, force: true });
  } catch (error) {
    throw explainWrite(error, path);
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
