/**
 * Reads a site file for a command: a good one comes back, a bad one is printed with every problem.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { parseSite } from '../config/parse.ts';
import { formatProblem } from '../config/problem.ts';
import type { SiteConfig } from '../config/site.ts';
import { BadInput, complain } from './output.ts';

export interface LoadedSite {
  readonly site: SiteConfig;
  /** Absolute. */
  readonly file: string;
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
  return { site: parsed.value.site, file: resolve(file) };
}

async function readSource(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadInput(`cannot read ${file}: ${reason}`, 'Give the path of a site file with -c.');
  }
}
