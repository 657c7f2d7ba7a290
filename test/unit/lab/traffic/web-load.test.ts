import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseReport } from '../../../../src/lab/traffic/report.ts';
import type { Fetched } from '../../../../src/lab/traffic/web-fetch.ts';
import type { WebPage } from '../../../../src/lab/traffic/web-page.ts';
import { parseAccessLog } from '../../../../src/lab/traffic/web-server.ts';
import { objectReport, webSummary } from '../../../../src/lab/traffic/web-summary.ts';

const MS = 1e6;
const HTML = { path: '/index.html', bytes: 1000, namedBy: undefined };
const PAGE: WebPage = [
  HTML,
  ...['/a', '/b', '/c'].map((path) => ({ path, bytes: 500, namedBy: HTML.path })),
];

/** Times in milliseconds. */
function arrived(object: WebPage[number], asked: number, sent: number, last: number): Fetched {
  const [askedNs, sentNs, lastByteNs] = [asked * MS, sent * MS, last * MS];
  return {
    ...{ object, askedNs, sentNs, firstByteNs: sentNs, lastByteNs },
    ...{ bytes: object.bytes, error: null },
  };
}

function summaryOf(fetched: readonly Fetched[]) {
  const cpu = { user: 1e6, system: 0 };
  return webSummary({ transfer: 't', page: PAGE, fetched, connections: [], cpu });
}

describe('summary of a web page', () => {
  const [, a, b, c] = PAGE;
  const html = arrived(HTML, 100, 100, 150);
  const late = { lastByteNs: null, firstByteNs: null, bytes: 0, error: 'not there after 1 s' };

  test('counts from the HTML to the last byte of all, with and without the wait', () => {
    const summary = summaryOf([
      html,
      arrived(b!, 150, 150, 160),
      arrived(a!, 150, 160, 200),
      arrived(c!, 150, 200, 350),
    ]);
    assert.deepEqual(
      [summary.complete, summary.objects, summary.bytes, summary.seconds],
      [true, 4, 2500, 0.25],
    );
    assert.equal(summary.startNs, 100 * MS);
    assert.deepEqual(summary.loadMs, { p50: 50, p99: 200, max: 200 });
    assert.deepEqual(summary.fetchMs, { p50: 40, p99: 150, max: 150 });
  });

  test('an object that was given up has failed, and lengthens nothing', () => {
    const failed = { ...arrived(b!, 150, 160, 0), ...late };
    const summary = summaryOf([html, arrived(a!, 150, 150, 160), failed]);
    assert.deepEqual([summary.complete, summary.seconds], [false, 0.06]);
    assert.deepEqual([summary.objects, summary.failed, summary.neverAsked], [2, 1, 1]);
  });

  test('of nothing has no times', () => {
    const summary = summaryOf([{ ...html, ...late }]);
    assert.deepEqual([summary.objects, summary.neverAsked, summary.seconds], [0, 3, 0]);
    assert.deepEqual([summary.loadMs, summary.fetchMs], [null, null]);
  });

  test('and the report of an object come back from their lines as they went', () => {
    const reports = [
      summaryOf([html]),
      objectReport('t', html, 0),
      objectReport('t', { ...html, ...late, sentNs: null }, null),
    ];
    for (const report of reports) assert.deepEqual(parseReport(JSON.stringify(report)), report);
  });
});

test('the log of nginx: a line for each answer, and a line that is still being written is none', () => {
  assert.deepEqual(parseAccessLog('1 200 500 /a\n3 404 153 /b\n4 20'), [
    { connection: 1, status: 200, bytes: 500, path: '/a' },
    { connection: 3, status: 404, bytes: 153, path: '/b' },
  ]);
  assert.deepEqual(parseAccessLog(''), []);
});
