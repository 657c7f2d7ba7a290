/**
 * `wamptcp check FILE…`: every problem of the site files, and of the files with each other.
 *
 * Always holds: nothing of the machine is looked at but the files themselves. The exit code is 2 when
 * there is an error, 0 when there are only warnings or nothing.
 */
import { resolve } from 'node:path';
import pc from 'picocolors';

import { contradictions } from '../config/contradictions.ts';
import { parseSite } from '../config/parse.ts';
import { compareProblems, formatProblem, plainPainter } from '../config/problem.ts';
import type { Problem, ProblemPainter } from '../config/problem.ts';
import { MAX_BYTES } from '../config/read-yaml.ts';
import type { SiteConfig } from '../config/site.ts';
import type { Unreadable } from '../system/text-file.ts';
import { readTextFile } from '../system/text-file.ts';

export interface CheckOptions {
  readonly json: boolean;
  readonly colour: boolean;
}

export interface CheckResult {
  /** With its last newline. */
  readonly text: string;
  readonly exitCode: 0 | 2;
}

interface Checked {
  readonly file: string;
  readonly text: string | undefined;
  readonly site: SiteConfig | undefined;
  readonly problems: readonly Problem[];
}

export async function checkFiles(
  files: readonly string[],
  options: CheckOptions,
): Promise<CheckResult> {
  // The same file twice is one file; it would contradict itself.
  const distinct = [...new Map(files.map((file) => [resolve(file), file])).values()];
  const checked = await Promise.all(distinct.map(checkFile));
  const given = checked.flatMap(({ file, text, site }) =>
    text === undefined || site === undefined ? [] : [{ file, text, site }],
  );
  const between = contradictions(given);
  const all = checked.map((each) => ({
    ...each,
    problems: [...each.problems, ...between.filter((problem) => problem.file === each.file)].sort(
      compareProblems,
    ),
  }));
  const problems = all.flatMap((each) => each.problems);
  const exitCode = problems.some((problem) => problem.severity === 'error') ? 2 : 0;
  if (options.json) return { text: `${JSON.stringify(problems, null, 2)}\n`, exitCode };
  const paint = options.colour ? colourPainter() : plainPainter;
  const blocks = all.flatMap((each) => [
    ...each.problems.map((problem) => formatProblem(problem, each.text, paint)),
    summary(each),
  ]);
  return { text: `${blocks.join('\n\n')}\n`, exitCode };
}

async function checkFile(file: string): Promise<Checked> {
  const read = await readTextFile(file, MAX_BYTES);
  if (!read.ok) {
    return { file, text: undefined, site: undefined, problems: [problemOf(read.error, file)] };
  }
  const text = read.value;
  const parsed = parseSite(text, file);
  if (!parsed.ok) return { file, text, site: undefined, problems: parsed.error };
  return { file, text, site: parsed.value.site, problems: parsed.value.warnings };
}

function problemOf({ message, cure, place }: Unreadable, file: string): Problem {
  const { line, column } = place ?? { line: 1, column: 1 };
  return { severity: 'error', file, line, column, length: 1, message, cure };
}

/** `branch.yaml: site branch, 2 WANs, 1 peer, 2 paths; no problems`. */
function summary({ file, site, problems }: Checked): string {
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ].join(', ');
  const verdict = counts === '' ? 'no problems' : counts;
  if (site === undefined) return `${file}: ${verdict}`;
  const paths = site.peers.reduce((sum, peer) => sum + peer.paths.length, 0);
  const parts = [
    `site ${site.site}`,
    count(site.wans.length, 'WAN'),
    count(site.peers.length, 'peer'),
    count(paths, 'path'),
  ];
  return `${file}: ${parts.join(', ')}; ${verdict}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function colourPainter(): ProblemPainter {
  const { bold, cyan, red, yellow } = pc.createColors(true);
  return {
    error: (text) => bold(red(text)),
    warning: (text) => bold(yellow(text)),
    place: bold,
    cure: cyan,
  };
}
