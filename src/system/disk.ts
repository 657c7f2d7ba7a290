/**
 * What a file system that is full or read-only means for whoever writes on it: which one it is, what
 * was not written, what to do.
 *
 * Always holds: looks only; an error that has another reason stays what it is.
 */
import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

import { WamptcpError } from '../lib/errors.ts';

export interface Mount {
  readonly point: string;
  readonly type: string;
}

/** The mount that `path` is on, by `/proc/self/mountinfo`; undefined: nobody knows. */
export function mountOf(mountinfo: string, path: string): Mount | undefined {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    // proc(5): id, parent, device, root, mount point, options, optional fields, `-`, type, …
    const [front = '', back = ''] = line.split(' - ');
    const point = front.split(' ')[4]?.replaceAll('\\040', ' ');
    const [type = ''] = back.split(' ');
    return point === undefined || point === '' ? [] : [{ point, type }];
  });
  const above = mounts.filter(
    ({ point }) => point === '/' || path === point || path.startsWith(`${point}/`),
  );
  // Of two mounts at one place the later one is seen.
  return above.reduce<Mount | undefined>(
    (best, one) => (best === undefined || one.point.length >= best.point.length ? one : best),
    undefined,
  );
}

type Trouble = 'full' | 'no-inodes' | 'quota' | 'read-only';

const TROUBLES: Readonly<Record<string, Trouble>> = {
  ENOSPC: 'full',
  EDQUOT: 'quota',
  EROFS: 'read-only',
};

/**
 * What is thrown instead of an error of a write to `path`.
 * @returns the error itself when the disk is not to blame.
 */
export function explainWrite(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // What Node says of a directory that it cannot make on a read-only disk.
  const hidden = code === 'ENOENT' && troubleAt(path) === 'read-only' ? 'read-only' : undefined;
  const trouble = TROUBLES[code] ?? hidden;
  if (trouble === undefined) return error;
  const seen = trouble === 'full' ? (troubleAt(path) ?? trouble) : trouble;
  return diskError(seen, path, `${path} was not written`, error);
}

/** Runs `work`; when it fails and one of the directories cannot be written, that is the reason. */
export async function blamingDisk<T>(
  what: string,
  directories: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskTrouble(what, directories, error) ?? error;
  }
}

/** @returns undefined: there is room in all of them, and they can be written. */
export function diskTrouble(
  what: string,
  directories: readonly string[],
  cause: unknown,
): WamptcpError | undefined {
  if (cause instanceof WamptcpError && /^DISK_/.test(cause.code)) return cause;
  for (const directory of directories) {
    const trouble = troubleAt(directory);
    if (trouble !== undefined) return diskError(trouble, directory, what, cause);
  }
  return undefined;
}

function troubleAt(path: string): Trouble | undefined {
  for (let directory = path; ; directory = dirname(directory)) {
    try {
      accessSync(directory, constants.W_OK);
      const { bavail, ffree, files } = statfsSync(directory);
      if (bavail === 0) return 'full';
      return files > 0 && ffree === 0 ? 'no-inodes' : undefined;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EROFS') return 'read-only';
      if (code !== 'ENOENT' || directory === dirname(directory)) return undefined;
    }
  }
}

function diskError(trouble: Trouble, path: string, what: string, cause: unknown): WamptcpError {
  const { point = path, type } = mountHere(path) ?? {};
  const disk = `the disk ${point}${type === undefined || type === '' ? '' : ` (${type})`}`;
  switch (trouble) {
    case 'full':
      return new WamptcpError('DISK_FULL', `${disk} is full: ${what}`, {
        advice: `Make room on it and try again; \`du -xa ${point} | sort -n | tail\` shows what takes it.`,
        cause,
      });
    case 'no-inodes':
      return new WamptcpError('DISK_FULL', `${disk} takes no more files: ${what}`, {
        advice: `Remove files from it and try again; \`df -i ${point}\` counts them.`,
        cause,
      });
    case 'quota':
      return new WamptcpError('DISK_FULL', `the quota on ${disk} is used up: ${what}`, {
        advice: 'Make room, or raise the quota, and try again.',
        cause,
      });
    case 'read-only':
      return new WamptcpError('DISK_READ_ONLY', `${disk} is read-only: ${what}`, {
        advice: `Make it writable, \`mount -o remount,rw ${point}\`, and try again; \`dmesg\` says why it is not.`,
        cause,
      });
  }
}

function mountHere(path: string): Mount | undefined {
  try {
    return mountOf(readFileSync('/proc/self/mountinfo', 'utf8'), path);
  } catch {
    return undefined;
  }
}
