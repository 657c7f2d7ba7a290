import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseIperf3 } from '../../../../src/lab/traffic/iperf3-report.ts';
import { clientCommand } from '../../../../src/lab/traffic/iperf3.ts';

function sum(start: number, end: number, mbps: number): object {
  const bytes = ((end - start) * mbps * 1e6) / 8;
  return { start, end, seconds: end - start, bytes, bits_per_second: mbps * 1e6, omitted: false };
}

/** As iperf3 3.12 prints it, without what nobody reads. */
function output(reverse: 0 | 1, rest: object = {}): string {
  return JSON.stringify({
    start: { connected: [], version: 'iperf 3.12', test_start: { protocol: 'TCP', reverse } },
    intervals: [0, 1, 2, 3].map((s) => ({ streams: [], sum: sum(s, s + 1, (s + 1) * 100) })),
    end: {
      sum_sent: { ...sum(0, 4, 260), retransmits: 12 },
      sum_received: sum(0, 4.1, 250),
      cpu_utilization_percent: { host_total: 40, host_user: 1, remote_total: 95 },
      sender_tcp_congestion: 'cubic',
    },
    ...rest,
  });
}

describe('iperf3', () => {
  test('totals are what arrived', () => {
    const report = parseIperf3(output(1));
    assert.equal(report.error, undefined);
    assert.equal(report.mbps, 250);
    assert.equal(report.retransmits, 12);
    assert.deepEqual(report.cpu, { local: 40, remote: 95 });
    assert.equal(report.congestion, 'cubic');
    assert.deepEqual(
      report.samples.map((sample) => sample.mbps),
      [100, 200, 300, 400],
    );
  });

  test('the time omitted is left out of the totals, not of the samples', () => {
    const report = parseIperf3(output(1), 2);
    assert.equal(report.mbps, 350);
    assert.equal(report.seconds, 2);
    assert.equal(report.samples.length, 4);
  });

  test('each connection has its own rate, after the time omitted', () => {
    const streams = (start: number) =>
      [5, 7].map((socket) => ({
        socket,
        start,
        end: start + 1,
        bytes: socket * (start + 1) * 1e6,
      }));
    const text = output(1, {
      intervals: [0, 1, 2].map((s) => ({ streams: streams(s), sum: sum(s, s + 1, 100) })),
    });
    assert.deepEqual(parseIperf3(text, 1).connections, [100, 140]);
    assert.deepEqual(parseIperf3(output(1)).connections, []);
  });

  test("an upload's samples are the server's, if it told them", () => {
    const server = { intervals: [{ sum: sum(0, 1, 77) }] };
    const told = parseIperf3(output(0, { server_output_json: server }));
    assert.deepEqual(
      told.samples.map((sample) => sample.mbps),
      [77],
    );
    assert.equal(parseIperf3(output(0)).samples.length, 4);
  });

  test('a test that failed says why, with what there was', () => {
    const refused = parseIperf3(
      '{"start":{"connected":[]},"intervals":[],"end":{},"error":"unable to connect"}',
    );
    assert.equal(refused.error, 'unable to connect');
    assert.equal(refused.mbps, 0);
    const broken = parseIperf3(output(1, { end: {}, error: 'interrupt' }), 1);
    assert.equal(broken.error, 'interrupt');
    assert.equal(broken.mbps, 0);
    assert.equal(broken.samples.length, 4);
  });

  test('whatever is printed, there is an answer', () => {
    assert.equal(parseIperf3('').error, 'iperf3 printed nothing');
    assert.equal(parseIperf3('iperf3: error\n').error, 'iperf3: error');
    assert.equal(parseIperf3('{"start":').error, 'iperf3 printed no complete JSON');
    assert.match(parseIperf3('{"intervals": 5}').error ?? '', /another form/);
    assert.equal(parseIperf3(`warning: x\n${output(1)}`).mbps, 250);
  });

  test('the client samples what arrives, in either direction', () => {
    const options = { host: '10.0.0.1', protocol: 'mptcp', seconds: 5, omitSeconds: 2 } as const;
    const download = clientCommand(options).join(' ');
    assert.match(download, /^iperf3 --client 10\.0\.0\.1 --port 5201 .*--time 7 .*--reverse$/);
    const upload = clientCommand({ ...options, direction: 'upload', congestion: 'cubic' }).join(
      ' ',
    );
    assert.match(upload, /--get-server-output --congestion cubic$/);
  });
});
