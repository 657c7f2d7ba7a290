/**
 * Text → tree of nodes, or the syntax errors in it.
 *
 * Always holds: a tree that comes out is finite and small (aliases cannot multiply it), YAML 1.2
 * (`yes`, `1:30` and `<<` mean nothing special), and duplicate keys have been reported.
 */
import { isScalar, parseDocument } from 'yaml';
import type { Document } from 'yaml';

import type { Reporter, Source } from './source.ts';
import { TreeBuilder } from './tree-builder.ts';
import type { TreeNode } from './tree.ts';
import { reportSyntax } from './yaml-syntax.ts';

/** Greatest size of a site file. */
export const MAX_BYTES = 1024 * 1024;
/** YAML readers take time that grows with the square of some lengths; no site file has such lines. */
const MAX_LINE = 8192;

/** What to begin with who has nothing. */
const SMALLEST = 'examples/smallest.yaml, which has fewer than 15 lines';

/** The tree, or undefined when the text has no usable one; everything wrong goes to `report`. */
export function readYaml(
  source: Source,
  report: Reporter,
  example = SMALLEST,
): TreeNode | undefined {
  if (!looksLikeText(source, report)) return undefined;
  let document: Document.Parsed;
  try {
    document = parseDocument(source.text, {
      version: '1.2',
      prettyErrors: false,
      uniqueKeys: false, // reported by us, so that the rest of the file is examined too
      resolveKnownTags: false,
      logLevel: 'error',
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report.error(
      { start: 0, end: 1 },
      'the file is nested too deeply to read',
      'a site file needs four levels: start from one of examples/',
    );
    return undefined;
  }
  if (!reportSyntax(document, source, report)) return undefined;
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) {
    report.error({ start: 0, end: 1 }, 'the file says nothing', `start from ${example}`);
    return undefined;
  }
  return new TreeBuilder(source, report).build(root);
}

function looksLikeText(source: Source, report: Reporter): boolean {
  const { text } = source;
  if (text.length > MAX_BYTES) {
    report.error(
      { start: 0, end: 1 },
      'the file is larger than 1 MiB, which no site needs',
      'give the YAML file of one gateway',
    );
    return false;
  }
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    report.error(
      { start: control.index, end: control.index + 1 },
      `the file contains the control character U+${code}, so it is not a text file`,
      'save it as UTF-8 text; if you see nothing odd there, retype the line',
    );
    return false;
  }
  const lone = /\r(?!\n)/.exec(text);
  if (lone !== null) {
    report.error(
      { start: lone.index, end: lone.index + 1 },
      'a carriage return without a line feed: the line ends of this file are broken',
      'have your editor save it with Unix line ends (LF)',
    );
    return false;
  }
  let start = 0;
  for (const line of text.split('\n')) {
    if (line.length > MAX_LINE) {
      report.error(
        { start, end: start + 1 },
        `this line has ${line.length} characters; a site file may have ${MAX_LINE} in one line`,
        'break it into several lines: one list item or key per line',
      );
      return false;
    }
    start += line.length + 1;
  }
  return true;
}
