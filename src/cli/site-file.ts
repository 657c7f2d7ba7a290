/**
 * Reads a site file for a command: a good one comes back, a bad one is printed with every problem.
 */
import { resolve } from 'node:path';

import { parseSite } from '../config/parse.ts';
import { formatProblem } from '../config/problem.ts';
import { MAX_BYTES } from '../config/read-yaml.ts';
import type { SiteConfig } from '../config/site.ts';
import { readTextFile } from '../system/text-file.ts';
import { BadInput, complain } from './output.ts';

export interface LoadedSite {
  readonly site: SiteConfig;
  /** Absolute. */
  readonly file: string;
  /** What is in it. */
  readonly text: string;
}

/** Prints warnings to stderr; throws `BadInput` after printing the errors. */
export async function loadSiteFile(file: string): Promise<LoadedSite> {
  const text = await readSource(file);
  const parsed = parseSite(text, file);
  const problems = parsed.ok ? parsed.value.warnings : parsed.error;
  for (const problem of problems) complain(formatProblem(problem, text));
  if (!parsed.ok) {
    const errors = problems.filter((problem) => problem.severity === 'error').length;
    throw new BadInput(
      `${file} has ${errors} ${errors === 1 ? 'error' : 'errors'}`,
      'Mend the file; nothing was changed.',
    );
  }
  return { site: parsed.value.site, file: resolve(file), text };
}

async function readSource(file: string): Promise<string> {
  const read = await readTextFile(file, MAX_BYTES);
  if (read.ok) return read.value;
  const { message, cure, place } = read.error;
  const where = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  throw new BadInput(`cannot read ${where}: ${message}`, `Nothing was changed; ${cure}.`);
}
