/**
 * One thing wrong with a file a person wrote, and its text as that person sees it.
 *
 * Always holds: `line` and `column` count from 1 and lie inside the file, `length` ≥ 1 stays on
 * that line, `message` says what is wrong and `cure` what to do about it. Text that came from the
 * file is printed harmless: no control character of it reaches a terminal.
 */

export type Severity = 'error' | 'warning';

export interface Problem {
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters to underline, on that line. */
  readonly length: number;
  readonly message: string;
  readonly cure: string;
}

/** What may colour the parts of a problem; {@link plainPainter} leaves them as they are. */
export interface ProblemPainter {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly place: (text: string) => string;
  readonly cure: (text: string) => string;
}

const same = (text: string): string => text;
export const plainPainter: ProblemPainter = { error: same, warning: same, place: same, cure: same };

/** Longer lines are cut to a window around the mark: nobody reads a line of a thousand characters. */
const LINE_WIDTH = 120;

/**
 * The problem as `file:line:col: severity: message`, the line, a mark under it and the cure.
 * `source` is the text of the whole file; without it (a file that cannot be read) no line is shown.
 */
export function formatProblem(
  problem: Problem,
  source: string | undefined,
  paint: ProblemPainter = plainPainter,
): string {
  const place = paint.place(`${harmless(problem.file)}:${problem.line}:${problem.column}:`);
  const severity = paint[problem.severity](`${problem.severity}:`);
  const head = `${place} ${severity} ${problem.message}`;
  const margin = ' '.repeat(5);
  const cure = `${margin} = ${paint.cure(problem.cure)}`;
  if (source === undefined) return `${head}\n${cure}`;
  const window = cutLine(sourceLine(source, problem.line), problem.column - 1, problem.length);
  const mark = paint[problem.severity]('^'.repeat(window.markLength));
  const number = String(problem.line).padStart(margin.length);
  const line = `${number} | ${window.text}`.trimEnd();
  return `${head}\n${line}\n${margin} | ${' '.repeat(window.markStart)}${mark}\n${cure}`;
}

/** By place in the file, errors before warnings at the same place. */
export function compareProblems(one: Problem, other: Problem): number {
  return (
    Number(one.file > other.file) - Number(one.file < other.file) ||
    one.line - other.line ||
    one.column - other.column ||
    Number(one.severity === 'warning') - Number(other.severity === 'warning')
  );
}

/** `text` with nothing in it that a terminal would obey. */
export function harmless(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => {
      const code = character.charCodeAt(0);
      if (character === '\t') return ' ';
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
    },
  );
}

function sourceLine(source: string, line: number): string {
  return source.replace(/^\ufeff/, '').split(/\r?\n/)[line - 1] ?? '';
}

function cutLine(
  line: string,
  start: number,
  length: number,
): { text: string; markStart: number; markLength: number } {
  const clean = harmless(line);
  const from = start + length > LINE_WIDTH ? Math.max(0, start - LINE_WIDTH / 3) : 0;
  const text = clean.slice(from, from + LINE_WIDTH);
  const lead = from > 0 ? '…' : '';
  const tail = from + LINE_WIDTH < clean.length ? '…' : '';
  const markStart = lead.length + start - from;
  const room = lead.length + Math.max(text.length, start - from + 1) - markStart;
  return {
    text: `${lead}${text}${tail}`,
    markStart,
    markLength: Math.max(1, Math.min(length, room)),
  };
}
