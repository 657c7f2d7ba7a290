/**
 * What a reboot must not lose: the site file that was confirmed last, and the one that waits for
 * confirmation or was rolled back.
 *
 * Always holds: the text of the files is kept and not what a version of ours made of it; on disk
 * before the first change of an apply that waits for confirmation.
 */
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

import type { SiteSource } from '../apply/state.ts';
import { messageOf, WamptcpError } from '../lib/errors.ts';
import { readIfPresent, removeFile } from '../system/file.ts';

const keptSite = z.object({ file: z.string(), text: z.string() });
const shape = z.object({
  version: z.literal(1),
  confirmed: keptSite.optional(),
  unconfirmed: keptSite.optional(),
});

export type KeptSite = z.infer<typeof keptSite>;

export interface KeptSites {
  readonly confirmed?: KeptSite | undefined;
  readonly unconfirmed?: KeptSite | undefined;
}

/** The port to where they are kept. */
export interface KeptStore {
  load(): Promise<KeptSites>;
  save(kept: KeptSites): Promise<void>;
}

export class KeptFile implements KeptStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<KeptSites> {
    const text = await this.#read();
    if (text === undefined) return {};
    try {
      return shape.parse(JSON.parse(text));
    } catch (cause) {
      throw new WamptcpError('KEPT_UNREADABLE', `${this.#path} is broken or of another version`, {
        advice: `It says which site was confirmed last. Remove it and apply the right one.`,
        cause,
      });
    }
  }

  /** Written only if it says something else: a daemon that starts wears no flash memory. */
  async save(kept: KeptSites): Promise<void> {
    const { confirmed, unconfirmed } = kept;
    const before = await this.#read();
    if (confirmed === undefined && unconfirmed === undefined) {
      if (before !== undefined) await removeFile(this.#path);
      return;
    }
    const text = `${JSON.stringify({ version: 1, confirmed, unconfirmed })}\n`;
    if (text !== before) await writeDurably(this.#path, text);
  }

  async #read(): Promise<string | undefined> {
    try {
      return await readIfPresent(this.#path);
    } catch (error) {
      throw notKept(this.#path, error);
    }
  }
}

/** Nothing is kept. */
export class NothingKept implements KeptStore {
  async load(): Promise<KeptSites> {
    return {};
  }

  async save(): Promise<void> {
    return;
  }
}

/** A site without its text says the same in ours. */
export async function keptSiteOf({ site, file, text }: SiteSource): Promise<KeptSite> {
  if (text !== undefined) return { file, text };
  const { siteText } = await import('../config/site-text.ts');
  return { file, text: siteText(site) };
}

/** @returns undefined: this version finds mistakes in it. */
export async function readKeptSite({ file, text }: KeptSite): Promise<SiteSource | undefined> {
  const { parseSite } = await import('../config/parse.ts');
  const parsed = parseSite(text, file);
  return parsed.ok ? { site: parsed.value.site, file, text } : undefined;
}

function notKept(path: string, cause: unknown): WamptcpError {
  return new WamptcpError('NOT_KEPT', `${path} cannot be used: ${messageOf(cause)}`, {
    advice:
      'It keeps the site that was confirmed last over a reboot. Make room or make it writable; ' +
      'without it a reboot before `wamptcp confirm` would bring up the new file.',
    cause,
  });
}

/** A power cut loses neither the old nor the new. The directory is the leases' too. */
async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const directory = await open(dirname(path), 'r');
    await directory.sync().finally(() => directory.close());
  } catch (error) {
    throw notKept(path, error);
  }
}
