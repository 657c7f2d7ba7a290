/**
 * The text of a site file → what it says, or everything that is wrong with it.
 *
 * Always holds: nothing is thrown, whatever the text; problems come in the order of the file, none
 * twice; and a site that comes out keeps every promise of `site.ts`.
 */
import { err, ok } from '../lib/result.ts';
import type { Result } from '../lib/result.ts';
import { complete } from './complete.ts';
import { reportOtherKind } from './document-kind.ts';
import { readDraft } from './read-draft.ts';
import { readYaml } from './read-yaml.ts';
import type { Problem } from './problem.ts';
import { checkAll } from './rules/all.ts';
import { reportShape } from './shape-problems.ts';
import type { SiteConfig } from './site.ts';
import { Reporter, Source } from './source.ts';

export interface ParsedSite {
  readonly site: SiteConfig;
  readonly warnings: readonly Problem[];
}

export function parseSite(text: string, file: string): Result<ParsedSite, readonly Problem[]> {
  const source = new Source(file, text);
  const report = new Reporter(source);
  const root = readYaml(source, report);
  if (root === undefined || reportOtherKind(root, 'site', report)) return err(report.problems());
  const meant = reportShape(root, report);
  if (root.kind !== 'mapping') return err(report.problems());
  const draft = readDraft(root, { meant, report });
  checkAll(draft, report);
  if (report.failed) return err(report.problems());
  return ok({ site: complete(draft), warnings: report.problems() });
}
