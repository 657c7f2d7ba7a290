/** What was measured, in the forms that people and programs read. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { EVALUATE_SCHEMA, evaluateSchema } from '../../../scripts/evaluate-schema.ts';
import { paperOnly } from '../../../src/evaluate/cell.ts';
import type { Experiment, Presentation } from '../../../src/evaluate/experiment.ts';
import { task } from '../../../src/evaluate/experiment.ts';
import { oneText } from '../../../src/evaluate/report/cell-text.ts';
import { htmlReport } from '../../../src/evaluate/report/html.ts';
import { evaluationJson } from '../../../src/evaluate/report/json.ts';
import type { Machine } from '../../../src/evaluate/report/machine.ts';
import { markdownReport } from '../../../src/evaluate/report/markdown.ts';
import { reportOf } from '../../../src/evaluate/report/report.ts';
import type { Report } from '../../../src/evaluate/report/report.ts';
import type { MeasurementRecord } from '../../../src/evaluate/record.ts';
import { fakeInstrument } from './fake.ts';

const machine: Machine = {
  kernel: '6.18',
  processors: 2,
  processor: 'a <fast> one',
  memoryBytes: 2 ** 34,
  system: 'Debian 12',
  programs: { bird: '2.0.12', openvpn: null },
  congestionControls: 'reno',
  commit: 'abc1234',
};

const presentation: Presentation = {
  method: 'With 1 < 2 & a | pipe.',
  tables: [
    {
      caption: 'Seconds',
      columns: ['mechanism', 'figure'],
      rows: [['WaMPTCP', { values: [3, 1, 2], stalled: 0, failed: 0, digits: 1, paper: '0.44' }]],
    },
  ],
  charts: [{ name: 'trace', caption: 'A trace', option: { xAxis: {}, yAxis: {}, series: [] } }],
  remarks: ['A <script> is text.', 'See `wamptcp plan`.'],
  targets: [
    { text: 'fast', met: false, measured: '3 s' },
    { text: 'later', met: undefined, measured: '' },
  ],
};

const instrument = fakeInstrument(() => Promise.resolve(1));
const experimentOf = (name: string): Experiment => ({
  ...{ name, title: `Title of ${name}`, about: 'about', paper: 'it says so.' },
  tasks: () => [task(instrument, { mechanism: name }, 2)],
  present: () => presentation,
});
const record = (mechanism: string, repetition: number): MeasurementRecord => ({
  ...{ instrument: 'fake', parameters: { mechanism }, repetition },
  outcome: { kind: 'measured', value: 1 },
  ...{ at: '2026-01-02T03:04:05.000Z', seconds: 9, load: { before: 0, after: 0 } },
});

const report: Report = reportOf([experimentOf('one'), experimentOf('other')], {
  ...{ machine, scale: 'quick', at: '2026-01-02T03:04:05.000Z' },
  records: [record('one', 0)],
});

describe('a cell', () => {
  const cell = { values: [], stalled: 0, failed: 0, digits: 2 };

  for (const [text, given] of [
    ['a word', 'a word'],
    ['1.50', { ...cell, values: [1.5] }],
    ['2.00 (1.00–9.00)', { ...cell, values: [9, 1, 2] }],
    ['2.00 (1.00–9.00) · paper 3', { ...cell, values: [9, 1, 2], paper: '3' }],
    ['stalled', { ...cell, stalled: 3 }],
    ['1.00; 2 of 3 stalled', { ...cell, values: [1], stalled: 2 }],
    ['1 of 2 stalled, 1 of 2 failed', { ...cell, stalled: 1, failed: 1 }],
    ['failed', { ...cell, failed: 1 }],
    ['not measured', cell],
    ['– · paper 120', paperOnly('120')],
    ['not here', { ...cell, unavailable: 2 }],
    ['1.00; 1 of 2 not here', { ...cell, values: [1], unavailable: 1 }],
    ['not within 6 s', { ...cell, notReached: 3, withinSeconds: 6 }],
    ['not reached', { ...cell, notReached: 1 }],
    ['1.00; 1 of 2 not within 6 s', { ...cell, values: [1], notReached: 1, withinSeconds: 6 }],
  ] as const) {
    test(`is “${text}”`, () => assert.equal(oneText(given), text));
  }
});

describe('a report', () => {
  test('has the experiments of which something was measured, and counts what is missing', () => {
    assert.deepEqual(
      report.sections.map(({ experiment, counts, command }) => [experiment.name, counts, command]),
      [
        [
          'one',
          { wanted: 2, measured: 1, stalled: 0, failed: 0, unavailable: 0 },
          'sudo bin/wamptcp evaluate one --quick',
        ],
      ],
    );
  });

  test('counts, and names as its origin, all that its figures are made of', () => {
    const more = reportOf([experimentOf('one')], {
      ...{ machine, scale: 'quick', at: report.at },
      records: [0, 1, 2].map((repetition) => ({
        ...record('one', repetition),
        machine: 'another',
      })),
    });
    assert.deepEqual(more.sections[0]?.counts, {
      ...{ wanted: 3, measured: 3, stalled: 0, failed: 0, unavailable: 0 },
    });
    assert.deepEqual(more.provenance?.machines, [{ machine: 'another', measurements: 3 }]);
  });

  test('says why measurements failed, those of an older form too', () => {
    const failed = { kind: 'failed', message: 'no space left.' } as const;
    const old = { kind: 'measured', value: 'fast' } as const;
    const whole = reportOf([experimentOf('one')], {
      ...{ machine, scale: 'quick', at: report.at },
      records: [
        { ...record('one', 0), outcome: failed },
        { ...record('one', 1), outcome: old },
        { ...record('one', 2), outcome: failed },
      ],
    });
    assert.equal(whole.sections[0]?.counts.failed, 3);
    for (const page of [markdownReport(whole).page, htmlReport(whole)]) {
      assert.match(page, /Not wholly measured yet: 3 of 3 failed\. .*evaluate one --quick/);
      assert.match(page, /2 × failed: no space left\. Failed: kept in another form/);
    }
  });

  test('as Markdown names its charts, and what is text stays text', () => {
    const { page, charts } = markdownReport(report);
    assert.deepEqual([...charts.keys()], ['charts/one-trace.svg']);
    for (const name of charts.keys()) assert.ok(page.includes(`](${name})`), name);
    assert.match(charts.get('charts/one-trace.svg') ?? '', /^<svg /);
    assert.ok(page.includes(String.raw`With 1 \< 2 & a \| pipe.`));
    assert.ok(page.includes('| WaMPTCP | 2.0 (1.0–3.0) · paper 0.44 |'));
    assert.ok(page.includes('\n*A trace*\n'));
    assert.match(page, /fast: missed \(3 s\)/);
    assert.match(page, /later: not measured/);
    assert.match(page, /1 of 2 measured, 1 not yet measured/);
    assert.match(page, /measured from 2026-01-02 03:04 UTC .*\n- wamptcp at commit abc1234\n/);
    assert.match(page, /congestion control of hosts: reno, .* paper’s is cubic/);
    assert.match(page, /Not wholly measured yet: 1 of 2 are missing/);
    assert.ok(page.includes('See `wamptcp plan`.'));
    assert.ok(page.includes('Again: `sudo bin/wamptcp evaluate one --quick --fresh`.'));
  });

  test('begins with all targets, and what they came to', () => {
    const { page } = markdownReport(report);
    assert.match(page, /\n0 of 2 met, 1 missed, 1 not measured\.\n/);
    assert.ok(page.includes('| fast | missed | 3 s | [Title of one](#one) |'));
    assert.ok(page.includes('| later | not measured | – | [Title of one](#one) |'));
    const html = htmlReport(report);
    assert.ok(html.includes('<td class="missed">missed</td><td>3 s</td><td><a href="#one">'));
  });

  test('explains every mechanism and metric, and links to documents where they are', () => {
    const named = markdownReport(report).page;
    for (const words of ['**WaMPTCP+FR**: ', '**T-latency-failure**: ', '(docs/metrics.md)']) {
      assert.ok(named.includes(words), words);
    }
    const linked = markdownReport(report, '..').page;
    assert.ok(linked.includes('[docs/metrics.md](../metrics.md)'));
    for (const [, file] of linked.matchAll(/\]\(\.\.\/([^)]+)\)/g)) {
      assert.ok(existsSync(`docs/${file}`), file);
    }
  });

  test('says of what was asked for and is not there how to measure it, and shows no figures', () => {
    const experiments = [experimentOf('one'), experimentOf('other')];
    const whole = reportOf(experiments, {
      ...{ machine, scale: 'full', at: report.at, records: [record('one', 0)] },
      ...{ asked: experiments, out: 'out/mine' },
    });
    for (const page of [markdownReport(whole).page, htmlReport(whole)]) {
      assert.match(page, /Not measured yet: .*evaluate other --out out\/mine/);
      assert.equal(page.match(/With 1 /g)?.length, 1);
    }
    assert.deepEqual([...markdownReport(whole).charts.keys()], ['charts/one-trace.svg']);
  });

  test('as HTML needs nothing else, and what is text stays text', () => {
    const page = htmlReport(report);
    assert.doesNotMatch(page, /<script|(?:src|href)="(?!#)/);
    assert.ok(page.includes('A &lt;script&gt; is text.') && page.includes('<svg '));
    assert.ok(page.includes('See <code>wamptcp plan</code>.'));
    assert.ok(page.includes('<li class="missed">fast: missed (3 s)</li>'));
    assert.ok(page.includes('2.0 (1.0–3.0)<span class="paper">paper 0.44</span>'));
  });

  test('as HTML has several charts that share no identifier', () => {
    const both = reportOf([experimentOf('one'), experimentOf('other')], {
      ...{ machine, scale: 'quick', at: report.at },
      records: [record('one', 0), record('other', 0)],
    });
    const charts = htmlReport(both).match(/<svg .*?<\/svg>/gs) ?? [];
    const [one, other] = charts.map((svg) => new Set(svg.match(/(?:id|class)="[^"]+"/g)));
    assert.ok(one!.size > 0);
    assert.deepEqual(
      [...one!].filter((name) => other!.has(name)),
      [],
    );
  });

  test('as JSON is what the schema says', () => {
    const schema = JSON.parse(readFileSync(EVALUATE_SCHEMA, 'utf8')) as object;
    const validate = new Ajv2020({ formats: { 'date-time': true } }).compile(schema);
    const json = evaluationJson(report, '/out');
    assert.ok(validate(JSON.parse(JSON.stringify(json))), JSON.stringify(validate.errors));
    assert.deepEqual(json.experiments[0]?.tables[0]?.rows[0]?.[1], {
      ...{ values: [3, 1, 2], stalled: 0, failed: 0, unavailable: 0, notReached: 0 },
      ...{ withinSeconds: null, paper: '0.44' },
    });
  });
});

test('docs/evaluate.schema.json is what `npm run schema` makes', async () => {
  assert.equal(readFileSync(EVALUATE_SCHEMA, 'utf8'), await evaluateSchema());
});
