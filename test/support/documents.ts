/**
 * What our documents show: their fenced blocks, the shell lines in these, and words in backticks.
 *
 * Always holds: everything comes from the files themselves, with its file and line; a block belongs
 * to the heading above it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** Where something stands. */
export interface Spot {
  readonly file: string;
  readonly line: number;
  /** The heading above it, without `#`. */
  readonly section: string;
}

export interface Fence extends Spot {
  /** Empty: a drawing, or a summary that nobody types. */
  readonly language: string;
  /** Without the fence, and without the indentation that a list gives it. */
  readonly text: string;
}

/** One line to be typed, comment and all; what `\` continues is one line. */
export interface ShellLine {
  readonly line: number;
  readonly text: string;
  /** What the document says it prints; empty: nothing is said. */
  readonly prints: string;
}

export interface ShellBlock extends Spot {
  readonly lines: readonly ShellLine[];
}

export interface CodeSpan extends Spot {
  /** It begins a row of a table. */
  readonly beginsRow: boolean;
  readonly text: string;
}

const FENCE = /^( *)```(\S*)/;

export function documents(): readonly string[] {
  const inDocs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const ours = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'];
  return [...ours, ...inDocs.toSorted().map((name) => `docs/${name}`)];
}

export function fences(): readonly Fence[] {
  return documents().flatMap((file) => read(file).fences);
}

/** Blocks of `sh`, and of `console`, where what is typed follows `$ `. */
export function shellBlocks(): readonly ShellBlock[] {
  return fences()
    .filter(({ language }) => ['sh', 'console'].includes(language))
    .map((fence) => ({ ...fence, lines: shellLines(fence) }));
}

/** Words in backticks, outside of fenced blocks. */
export function codeSpans(): readonly CodeSpan[] {
  return documents().flatMap((file) => read(file).spans);
}

export function at({ file, line }: Pick<Spot, 'file' | 'line'>): string {
  return `${file}:${line}`;
}

function shellLines({ language, line: first, text }: Fence): readonly ShellLine[] {
  const found: ShellLine[] = [];
  let isOpen = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const typed = language === 'console' ? /^\$ (.*)/.exec(raw)?.[1] : raw;
    const last = found.at(-1);
    if (last !== undefined && isOpen) {
      found[found.length - 1] = { ...last, text: `${last.text}\n${raw}` };
    } else if (typed === undefined) {
      if (last !== undefined)
        found[found.length - 1] = { ...last, prints: `${last.prints}${raw}\n` };
    } else if (!/^\s*(#.*)?$/.test(typed)) {
      found.push({ line: first + 1 + index, text: typed, prints: '' });
    }
    isOpen = (isOpen || typed !== undefined) && raw.endsWith('\\');
  }
  return found;
}

function read(file: string): { readonly fences: Fence[]; readonly spans: CodeSpan[] } {
  const found = { fences: [] as Fence[], spans: [] as CodeSpan[] };
  let section = '';
  let open: { fence: Fence; indent: number; lines: string[] } | undefined;
  for (const [index, text] of readFileSync(join(ROOT, file), 'utf8').split('\n').entries()) {
    const spot = { file, line: index + 1, section };
    const mark = FENCE.exec(text);
    if (open !== undefined) {
      if (mark === null) open.lines.push(text.slice(open.indent));
      else {
        found.fences.push({ ...open.fence, text: open.lines.join('\n') });
        open = undefined;
      }
    } else if (mark !== null) {
      open = {
        fence: { ...spot, language: mark[2] ?? '', text: '' },
        indent: mark[1]?.length ?? 0,
        lines: [],
      };
    } else {
      section = /^#+ (.*)/.exec(text)?.[1] ?? section;
      const cell = text.startsWith('|') ? text.split('|')[1]!.length + 1 : 0;
      for (const { index: column, 1: span = '' } of text.matchAll(/`([^`]+)`/g)) {
        found.spans.push({ ...spot, section, text: span, beginsRow: column < cell });
      }
    }
  }
  return found;
}
