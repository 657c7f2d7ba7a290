/** Files of a test, in a directory of their own that is removed after it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export interface TemporaryFiles {
  readonly folder: string;
  /** Writes one and gives its path. */
  readonly file: (name: string, content: string | Uint8Array) => string;
}

export function temporaryFiles(purpose: string): TemporaryFiles {
  const folder = mkdtempSync(join(tmpdir(), `${purpose}-`));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
  };
}
