/** Files of a killed test in the run directory of a network namespace that is new. */
import { rmSync, statSync } from 'node:fs';

import { runDirectoryOf } from '../../src/system/run-directory.ts';

/** The kernel reuses the inode of a deleted namespace, and the run directory is named after it. */
export function removeLeftovers(namespace: string): void {
  const { path } = runDirectoryOf(statSync(`/run/netns/${namespace}`).ino);
  rmSync(path, { recursive: true, force: true });
}
