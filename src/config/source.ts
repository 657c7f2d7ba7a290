/**
 * The text of one file, and where in it things are: offsets in, problems with line and column out.
 *
 * Always holds: every problem made here lies inside the file and on one line, and none is kept twice.
 */
import { compareProblems } from './problem.ts';
import type { Problem, Severity } from './problem.ts';

/** Half-open range of offsets into the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export class Source {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    // An editor shows no column for a byte order mark, so we count none.
    this.text = text.replace(/^\ufeff/, '');
    const starts = [0];
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) {
      starts.push(at + 1);
    }
    this.#lineStarts = starts;
  }

  get lineCount(): number {
    return this.#lineStarts.length;
  }

  problem(severity: Severity, span: Span, message: string, cure: string): Problem {
    const start = Math.max(0, Math.min(span.start, this.text.length));
    const line = this.#lineOf(start);
    const lineStart = this.#lineStarts[line] ?? 0;
    const length = Math.max(1, Math.min(span.end, this.#endOfLine(line)) - start);
    return {
      severity,
      file: this.file,
      line: line + 1,
      column: start - lineStart + 1,
      length,
      message,
      cure,
    };
  }

  /** Counted from 1. */
  lineAt(span: Span): number {
    return this.#lineOf(span.start) + 1;
  }

  /** What the file says at `span`, as a person would quote it. */
  quote(span: Span): string {
    return this.text.slice(span.start, span.end);
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #endOfLine(line: number): number {
    const next = this.#lineStarts[line + 1];
    const end = next === undefined ? this.text.length : next - 1;
    return this.text[end - 1] === '\r' ? end - 1 : end;
  }
}

/** Collects what the rules find in one file. */
export class Reporter {
  readonly source: Source;
  readonly #problems = new Map<string, Problem>();
  readonly #settled = new Set<number>();

  constructor(source: Source) {
    this.source = source;
  }

  error(span: Span, message: string, cure: string): void {
    this.#add(this.source.problem('error', span, message, cure));
  }

  warn(span: Span, message: string, cure: string): void {
    this.#add(this.source.problem('warning', span, message, cure));
  }

  /** `(line 7)`, to point at a second place from within a message. */
  see(span: Span): string {
    return `(line ${this.source.lineAt(span)})`;
  }

  /** All has been said about this line: what is found in it from now on is not told. */
  settle(span: Span): void {
    this.#settled.add(this.source.lineAt(span));
  }

  get failed(): boolean {
    return this.problems().some((problem) => problem.severity === 'error');
  }

  /** In the order of the file. */
  problems(): Problem[] {
    return [...this.#problems.values()].sort(compareProblems);
  }

  /** An anchor's content is seen once per alias, but told once. */
  #add(problem: Problem): void {
    if (this.#settled.has(problem.line)) return;
    this.#problems.set(`${problem.line}:${problem.column}:${problem.message}`, problem);
  }
}
