/**
 * Slips that one can see in the line itself, where the YAML reader only notices that it is lost.
 *
 * Always holds: these are consulted only where there is a syntax error, so a pattern that could also
 * be right does no harm.
 */
import { harmless } from './problem.ts';
import type { Source, Span } from './source.ts';

/** What is wrong, where, and what to do. */
export interface Slip {
  readonly span: Span;
  readonly message: string;
  readonly cure: string;
}

interface Look {
  readonly pattern: RegExp;
  readonly message: (match: RegExpExecArray) => string;
  readonly cure: (match: RegExpExecArray) => string;
}

/** The first capture group is what to point at. */
const LOOKS: readonly Look[] = [
  {
    pattern: /([\u00a0\u2000-\u200b\u202f\u205f\u3000])/d,
    message: () => 'here is a special space, which YAML takes for a letter',
    cure: () =>
      'replace it by an ordinary space; copying from a web page or a document brings these in',
  },
  {
    pattern: /^\s*([–—−•·*+])\s/d,
    message: ([, sign]) => `a list item begins with \`-\`, not with \`${sign ?? ''}\``,
    cure: () => 'write an ordinary hyphen and a space: `- `',
  },
  {
    pattern: /^\s*(-[\p{L}\p{N}"'{[][^\s:]*)/du,
    message: ([, word]) => `the space after the dash is missing in \`${short(word)}\``,
    cure: ([, word]) => `write \`- ${short((word ?? '').slice(1))}\``,
  },
  {
    pattern: /^[\s-]*\p{L}[\w-]*(：)/du,
    message: () => 'this is a full-width colon, not the ordinary one',
    cure: () => 'write `:` and a space',
  },
  {
    pattern: /^[\s-]*((?:[a-z][\w-]*):[^\s:/][^\s]*)\s*(?:#.*)?$/d,
    message: ([, word]) => `the space after the colon is missing in \`${short(word)}\``,
    cure: ([, word]) => `write \`${short((word ?? '').replace(':', ': '))}\``,
  },
  {
    pattern: /^[\s-]*(\w[\w-]*\s*=\s*\S.*?)\s*$/d,
    message: () => 'a key and its value are separated by a colon, not by `=`',
    cure: ([, words]) => `write \`${short((words ?? '').replace(/\s*=\s*/, ': '))}\``,
  },
  {
    pattern: /^[\s-]*(\w[\w-]* +[^\s:#]+)\s*(?:#.*)?$/d,
    message: () => 'the colon after the key is missing',
    cure: ([, words]) => `write \`${short((words ?? '').replace(/ +/, ': '))}\``,
  },
  {
    pattern: /[|>][+-]?\d?\s+([^\s#].*?)\s*$/d,
    message: () => 'after `|` or `>` the line ends: the text begins in the next one',
    cure: () => 'leave out the sign; a site file has no long texts',
  },
  {
    pattern: /(?:"[^"]*"|'[^']*')\s+([^\s,\]}#:].*?)\s*$/d,
    message: () => 'here is more text after the closing quote',
    cure: () => 'put all of it into the quotes, or remove it',
  },
];

/** What can be seen in the line of a syntax error of this code. */
export function findSlip(code: string, span: Span, source: Source): Slip | undefined {
  if (code === 'TAB_AS_INDENT' || code === 'MULTIPLE_DOCS' || code === 'TAG_RESOLVE_FAILED') {
    return undefined;
  }
  const start = source.text.lastIndexOf('\n', span.start - 1) + 1;
  const line = lineFrom(source, start);
  for (const { pattern, message, cure } of LOOKS) {
    const match = pattern.exec(line);
    const place = match?.indices?.[1];
    if (match === null || place === undefined) continue;
    return {
      span: { start: start + place[0], end: start + place[1] },
      message: message(match),
      cure: cure(match),
    };
  }
  return code === 'BLOCK_AS_IMPLICIT_KEY' ? findIndentation(span, start, line, source) : undefined;
}

/** `key: value` and, below it, a line that is indented further: YAML takes that for more of the value. */
function findIndentation(
  span: Span,
  start: number,
  line: string,
  source: Source,
): Slip | undefined {
  const spaces = /^\s*/.exec(line)?.[0].length ?? 0;
  if (span.start <= start + spaces) {
    return {
      span: { start, end: start + Math.max(1, spaces) },
      message: 'this line starts in another column than its neighbours',
      cure: 'put all items and all keys of one block in the same column',
    };
  }
  const below = source.text.indexOf('\n', span.start) + 1;
  const next = lineFrom(source, below);
  const [own, deeper] = [indentation(line), indentation(next)];
  if (below > 0 && /^[^:]*:\s+[^:]*$/.test(line) && deeper > own && /:(\s|$)/.test(next)) {
    return {
      span: { start: below, end: below + deeper },
      message: 'this line is indented further than the one above, which has its value already',
      cure: 'put both keys in the same column',
    };
  }
  return undefined;
}

/** Dashes count: `- name` and the `interface` below it are in the same column. */
function indentation(line: string): number {
  return /^[\s-]*/.exec(line)?.[0].length ?? 0;
}

function lineFrom(source: Source, start: number): string {
  const end = source.text.indexOf('\n', start);
  return source.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
}

function short(text: string | undefined): string {
  const clean = harmless(text ?? '');
  return clean.length > 60 ? `${clean.slice(0, 57)}…` : clean;
}
