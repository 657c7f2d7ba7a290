/**
 * What is wrong with a text as YAML, in words for people who do not know YAML's grammar.
 *
 * Always holds: one slip gives one problem; what the YAML reader says because of an earlier slip is
 * left out.
 */
import { isScalar, visit } from 'yaml';
import type { Document, YAMLError } from 'yaml';

import { harmless } from './problem.ts';
import type { Reporter, Source, Span } from './source.ts';

interface Advice {
  readonly message: string;
  readonly cure: string;
}

export function reportSyntax(document: Document.Parsed, source: Source, report: Reporter): void {
  reportVersion(document, source, report);
  let lastLine = -Infinity;
  for (const error of [...document.errors, ...document.warnings].sort(byPlace)) {
    if (error.code === 'BAD_DIRECTIVE' && report.failed) continue;
    const span = placeOf(error, document, source);
    const { line } = source.problem('error', span, '', '');
    // After a slip the reader is out of step for a while: its next complaints are mostly echoes.
    if (line <= lastLine + 2) continue;
    lastLine = line;
    const { message, cure } = adviceOn(error, source.quote(span));
    report.error(span, message, cure);
  }
}

function reportVersion(document: Document.Parsed, source: Source, report: Reporter): void {
  const { explicit, version } = document.directives.yaml;
  const directive = /^%YAML[^\n\r]*/m.exec(source.text);
  if (explicit !== true || version === '1.2' || directive === null) return;
  report.error(
    { start: directive.index, end: directive.index + directive[0].length },
    `the file asks for YAML ${version}; site files are YAML 1.2`,
    'remove this line',
  );
}

function byPlace(one: YAMLError, other: YAMLError): number {
  return one.pos[0] - other.pos[0];
}

function placeOf(error: YAMLError, document: Document.Parsed, source: Source): Span {
  const [start, end] = error.pos;
  if (error.code === 'MISSING_CHAR' && /closing .*quote/.test(error.message)) {
    // The reader points at the end of the file; the quote that is open is where to look.
    let open: number | undefined;
    visit(document, {
      Scalar(_, node) {
        if (
          isScalar(node) &&
          node.type?.startsWith('QUOTE') === true &&
          Array.isArray(node.range)
        ) {
          if (node.range[1] >= start) open ??= node.range[0];
        }
      },
    });
    if (open !== undefined) return { start: open, end: open + 1 };
  }
  // Never point at the emptiness behind the last line.
  const last = source.text.trimEnd().length;
  return start < last || last === 0 ? { start, end } : { start: last - 1, end: last };
}

function adviceOn(error: YAMLError, quoted: string): Advice {
  const what = harmless(quoted.split('\n', 1)[0] ?? '').slice(0, 40);
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab is used to indent', cure: 'indent with spaces, two per level' };
    case 'BAD_INDENT':
      return /Flow/.test(error.message)
        ? {
            message: 'a `[` or `{` above is not closed',
            cure: 'close it with `]` or `}`, or indent this line further than the key it belongs to',
          }
        : {
            message: 'this line starts in another column than its neighbours',
            cure: 'put all keys of one block in the same column',
          };
    case 'MULTIPLE_DOCS':
      return {
        message: 'a second document starts here; a site file is one document',
        cure: 'remove this line, or put the other gateway into its own file',
      };
    case 'MISSING_CHAR':
      return adviceOnMissing(error);
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'a second `key: value` is nested in this line or continues it',
        cure: 'put each key on its own line, in the same column as its neighbours; quote a value that contains `: `',
      };
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        message: 'this line has no `key: value`',
        cure: 'write a colon and a space after the key, as in `key: value`',
      };
    case 'BAD_SCALAR_START':
      return {
        message: `a value cannot start with \`${what}\``,
        cure: 'put the value in quotes',
      };
    case 'BAD_DQ_ESCAPE':
      return {
        message: `\`${what}\` means nothing inside "…"`,
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
    case 'UNEXPECTED_TOKEN':
    case 'BLOCK_IN_FLOW':
    case 'IMPOSSIBLE':
    case 'ALIAS_PROPS':
    case 'BAD_ALIAS':
    case 'BAD_PROP_ORDER':
    case 'BAD_COLLECTION_TYPE':
    case 'DUPLICATE_KEY':
    case 'MULTIPLE_ANCHORS':
    case 'MULTIPLE_TAGS':
    case 'NON_STRING_KEY':
      return {
        message: `this is not valid YAML here: ${harmless(error.message).toLowerCase()}`,
        cure: 'compare the line with its neighbours: indentation, `- `, `: `, quotes and brackets',
      };
  }
}

function adviceOnMissing(error: YAMLError): Advice {
  if (/quote/.test(error.message)) {
    return { message: 'this quote is never closed', cure: 'close it, on the same line' };
  }
  if (/followed by map values|map keys/.test(error.message)) {
    return {
      message: 'this line has no `key: value`',
      cure: 'write a colon and a space after the key, as in `key: value`',
    };
  }
  return {
    message: harmless(error.message).replace(/^Missing/, 'missing'),
    cure: 'compare the line with its neighbours: every `[`, `{` and quote needs its partner, items a comma',
  };
}
