import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { formatProblem, harmless } from '../../../src/config/problem.ts';
import type { Problem } from '../../../src/config/problem.ts';
import { Reporter, Source } from '../../../src/config/source.ts';

const SOURCE = `site: branch
wans:
  - name: fibre
    nexthop: 192.0.2.9
`;

const PROBLEM: Problem = {
  severity: 'error',
  file: 'branch.yaml',
  line: 4,
  column: 14,
  length: 9,
  message: 'next hop 192.0.2.9 is not on-link of 192.0.2.2/30',
  cure: 'use an address inside 192.0.2.0/30, or fix `address`',
};

describe('formatProblem', () => {
  test('shows the place, the line, a mark and the cure', () => {
    assert.equal(
      formatProblem(PROBLEM, SOURCE),
      `branch.yaml:4:14: error: next hop 192.0.2.9 is not on-link of 192.0.2.2/30
    4 |     nexthop: 192.0.2.9
      |              ^^^^^^^^^
      = use an address inside 192.0.2.0/30, or fix \`address\``,
    );
  });

  test('does without the line when there is no text', () => {
    assert.equal(
      formatProblem({ ...PROBLEM, line: 1, column: 1, length: 1 }, undefined).split('\n').length,
      2,
    );
  });

  test('colours only through the painter', () => {
    const mark = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
    const painted = formatProblem(PROBLEM, SOURCE, {
      error: mark('e'),
      warning: mark('w'),
      place: mark('p'),
      cure: mark('c'),
    });
    assert.match(painted, /^<p>branch\.yaml:4:14:<\/p> <e>error:<\/e> next hop/);
    assert.match(painted, /<e>\^{9}<\/e>/);
    assert.equal(painted.replace(/<\/?[epwc]>/g, ''), formatProblem(PROBLEM, SOURCE));
  });

  test('keeps the mark under its text behind tabs and control characters', () => {
    const lines = formatProblem(
      { ...PROBLEM, line: 1, column: 4, length: 3 },
      '\t\u001b\tabc\n',
    ).split('\n');
    assert.equal(lines[1], '    1 |  ␛ abc');
    assert.equal(lines[2], '      |    ^^^');
  });

  test('cuts a long line to a window around the mark', () => {
    const source = `${'a, '.repeat(200)}HERE${', b'.repeat(200)}`;
    const [, line = '', mark = ''] = formatProblem(
      { ...PROBLEM, line: 1, column: 601, length: 4 },
      source,
    ).split('\n');
    assert.ok(line.length < 140);
    assert.equal(line.indexOf('HERE'), mark.indexOf('^'));
    assert.equal(mark.trimEnd().length - mark.indexOf('^'), 4);
  });
});

describe('harmless', () => {
  test('leaves nothing that a terminal obeys', () => {
    const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('');
    // Controls, and the marks that turn the direction of text.
    assert.doesNotMatch(harmless(all), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    assert.equal(harmless('fibre ü 日本'), 'fibre ü 日本');
  });
});

describe('Source', () => {
  test('counts lines and columns from 1, without the byte order mark', () => {
    const source = new Source('a', '\ufeffab\r\ncd');
    const { line, column, length } = source.problem('error', { start: 4, end: 6 }, '', '');
    assert.deepEqual([line, column, length], [2, 1, 2]);
  });

  test('keeps a mark on its line', () => {
    const source = new Source('a', 'ab\r\ncd\r\n');
    assert.equal(source.problem('error', { start: 1, end: 7 }, '', '').length, 1);
    assert.equal(source.problem('error', { start: 2, end: 2 }, '', '').length, 1);
    const behind = source.problem('error', { start: 99, end: 100 }, '', '');
    assert.deepEqual([behind.line, behind.column, behind.length], [3, 1, 1]);
  });
});

describe('Reporter', () => {
  test('sorts, tells nothing twice, and keeps silent about settled lines', () => {
    const report = new Reporter(new Source('a', 'one\ntwo\nthree\n'));
    report.warn({ start: 8, end: 13 }, 'late', 'cure');
    report.error({ start: 0, end: 3 }, 'early', 'cure');
    report.error({ start: 0, end: 3 }, 'early', 'cure');
    report.settle({ start: 4, end: 5 });
    report.error({ start: 5, end: 6 }, 'settled', 'cure');
    assert.deepEqual(
      report.problems().map((problem) => problem.message),
      ['early', 'late'],
    );
    assert.ok(report.failed);
  });
});
