/**
 * What is wrong with a text as YAML, in words for people who do not know YAML's grammar.
 *
 * Always holds: one slip gives one problem; what the YAML reader says only because of an earlier
 * slip is left out.
 */
import { isCollection, isScalar, visit } from 'yaml';
import type { Document, YAMLError } from 'yaml';

import { harmless } from './problem.ts';
import type { Reporter, Source, Span } from './source.ts';
import { findSlip } from './yaml-slips.ts';
import type { Slip } from './yaml-slips.ts';

/** Slips inside one value: the rest of the file is read as it is meant. */
const LOCAL: readonly string[] = [
  'BAD_SCALAR_START',
  'BAD_DQ_ESCAPE',
  'BAD_DIRECTIVE',
  'TAG_RESOLVE_FAILED',
];

/** False: the structure is in doubt, so there is no use in reading on. */
export function reportSyntax(document: Document.Parsed, source: Source, report: Reporter): boolean {
  if (!reportVersion(source, report)) return false;
  let intact = true;
  for (const error of [...document.errors, ...document.warnings].sort(byPlace)) {
    const local = LOCAL.includes(error.code);
    // After a break in the structure the reader is out of step: what it says then are echoes.
    if (!local && !intact) continue;
    intact &&= local;
    const slip = explain(error, document, source);
    report.error(slip.span, slip.message, slip.cure);
    report.settle(slip.span);
  }
  return intact;
}

function reportVersion(source: Source, report: Reporter): boolean {
  const directive = /^%YAML[ \t]+([^\s#]*)[^\n\r]*/m.exec(source.text);
  if (directive === null || directive[1] === '1.2') return true;
  report.error(
    { start: directive.index, end: directive.index + directive[0].length },
    `the file asks for YAML ${harmless(directive[1] ?? '')}; site files are YAML 1.2`,
    'remove this line',
  );
  return false;
}

function byPlace(one: YAMLError, other: YAMLError): number {
  return one.pos[0] - other.pos[0];
}

function explain(error: YAMLError, document: Document.Parsed, source: Source): Slip {
  const span = placeOf(error, source);
  const open = openedBefore(error, document, source);
  if (open !== undefined) return open;
  const slip = findSlip(error.code, span, source);
  if (slip !== undefined) return slip;
  return { span, ...adviceOn(error, source.quote(span)) };
}

function placeOf(error: YAMLError, source: Source): Span {
  const [start, end] = error.pos;
  // Never point at the emptiness behind the last line.
  const last = source.text.trimEnd().length;
  return start < last || last === 0 ? { start, end } : { start: last - 1, end: last };
}

/** Quotes and brackets that are never closed: the reader notices too late, we point at the opening. */
function openedBefore(
  error: YAMLError,
  document: Document.Parsed,
  source: Source,
): Slip | undefined {
  const quote = error.code === 'MISSING_CHAR' && /closing .*quote/.test(error.message);
  const bracket =
    (error.code === 'BAD_INDENT' || error.code === 'MISSING_CHAR') &&
    /Flow (map|sequence)/i.test(error.message);
  if (!quote && !bracket) return undefined;
  let start: number | undefined;
  visit(document, {
    Node(_, node) {
      const range = node.range ?? [0, 0];
      if (range[0] > error.pos[0] || range[1] < error.pos[0]) return;
      const quoted = isScalar(node) && node.type?.startsWith('QUOTE') === true;
      if (quote ? quoted : isCollection(node) && node.flow === true) start = range[0];
    },
  });
  if (start === undefined) return undefined;
  const sign = source.text[start] ?? '';
  const closing = sign === '[' ? ']' : sign === '{' ? '}' : sign;
  return {
    span: { start, end: start + 1 },
    message: `this \`${sign}\` is never closed`,
    cure: `close it with \`${closing}\`${quote ? ', on the same line' : ''}`,
  };
}

function adviceOn(error: YAMLError, quoted: string): Omit<Slip, 'span'> {
  const what = harmless(quoted.split('\n', 1)[0] ?? '').slice(0, 40);
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab is used to indent', cure: 'indent with spaces, two per level' };
    case 'BAD_INDENT':
      return {
        message: 'this line starts in another column than its neighbours',
        cure: 'put all keys of one block in the same column',
      };
    case 'MULTIPLE_DOCS':
      return {
        message: 'a second document starts here; a site file is one document',
        cure: 'remove this line, or put the other gateway into its own file',
      };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'a second `key: value` is nested in this line or continues it',
        cure: 'put each key on its own line, in the same column as its neighbours',
      };
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        message: 'this line has no `key: value`',
        cure: 'write a colon and a space after the key, as in `key: value`',
      };
    case 'BAD_SCALAR_START':
      return {
        message:
          what === '`'
            ? 'a value cannot start with a backtick'
            : `a value cannot start with \`${what}\``,
        cure: 'put the value in quotes, or leave that out',
      };
    case 'BAD_DQ_ESCAPE':
      return {
        message: 'a backslash in "…" is special, and this one has no meaning',
        cure: "use single quotes '…', where a backslash is just a backslash",
      };
    case 'BAD_DIRECTIVE':
      return { message: 'this `%` line is not known', cure: 'remove the line' };
    case 'TAG_RESOLVE_FAILED':
      return {
        message: `the tag \`${what}\` has no meaning in a site file`,
        cure: 'remove the tag; if it is part of the value, put the value in quotes',
      };
    case 'RESOURCE_EXHAUSTION':
      return {
        message: 'the file is nested too deeply to read',
        cure: 'a site file needs four levels: look for brackets that are never closed',
      };
    case 'KEY_OVER_1024_CHARS':
      return { message: 'this key is over 1024 characters long', cure: 'look for a missing quote' };
    case 'BLOCK_IN_FLOW':
      return {
        message: 'a comma is missing between this and what comes before it',
        cure: 'separate the keys in `{ … }` and the items in `[ … ]` with commas',
      };
    case 'BAD_ALIAS':
      return {
        message: 'a `*` at the beginning of a value stands for an alias, and here for none',
        cure: 'put the value in quotes',
      };
    case 'MISSING_CHAR':
    case 'UNEXPECTED_TOKEN':
    case 'IMPOSSIBLE':
    case 'ALIAS_PROPS':
    case 'BAD_PROP_ORDER':
    case 'BAD_COLLECTION_TYPE':
    case 'DUPLICATE_KEY':
    case 'MULTIPLE_ANCHORS':
    case 'MULTIPLE_TAGS':
    case 'NON_STRING_KEY':
      return adviceOnRest(error, what);
  }
}

function adviceOnRest(error: YAMLError, what: string): Omit<Slip, 'span'> {
  if (/followed by map values|map keys/.test(error.message)) {
    return {
      message: 'this line has no `key: value`',
      cure: 'write a colon and a space after the key, as in `key: value`',
    };
  }
  if (/Sequence item without/.test(error.message)) {
    return {
      message: 'this line starts in another column than its neighbours',
      cure: 'put all keys of one block in the same column, and a dash before each item of a list',
    };
  }
  if (/flow-(seq|map)-end/.test(error.message)) {
    return { message: `a \`${what}\` without its partner`, cure: 'remove it, or open it before' };
  }
  if (/must be separated by|separat|comma/i.test(error.message)) {
    return {
      message: 'a comma is missing between this and what comes before it',
      cure: 'separate the keys in `{ … }` and the items in `[ … ]` with commas',
    };
  }
  return {
    message: `\`${what}\` does not belong here`,
    cure: 'compare the line with its neighbours: indentation, dashes, colons, quotes and brackets',
  };
}
