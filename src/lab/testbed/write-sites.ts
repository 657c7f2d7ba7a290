/**
 * Writes the files of two sites for as long as they are needed.
 *
 * Always holds: a directory of its own under the system's temporary directory, removed by `remove`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { clientAddress, lineName, serverAddress } from './address-plan.ts';
import { siteFiles } from './two-sites.ts';
import type { TwoSites } from './two-sites.ts';

export interface WrittenSites {
  readonly topology: string;
  /** The first server's address. */
  readonly server: string;
  /** The first client's address → the line that carries it. */
  readonly lineOf: ReadonlyMap<string, string>;
  remove(): Promise<void>;
}

export async function writeSites(sites: TwoSites): Promise<WrittenSites> {
  const directory = await mkdtemp(join(tmpdir(), 'wamptcp-sites-'));
  const files = Object.entries<string>({ ...siteFiles(sites) });
  for (const [name, text] of files) await writeFile(join(directory, `${name}.yaml`), text);
  const { family, lines, oneAddress } = sites;
  return {
    topology: join(directory, 'topology.yaml'),
    server: serverAddress(0, family),
    lineOf: new Map(
      lines
        .slice(0, oneAddress === true ? 1 : undefined)
        .map((_, index) => [clientAddress(0, index, family), lineName(index)]),
    ),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
