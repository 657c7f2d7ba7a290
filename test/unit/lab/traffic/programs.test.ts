import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '../../../../src/lab/traffic/launch.ts';
import { numberOption, parseTarget, UsageError } from '../../../../src/lab/traffic/program.ts';
import { parseReport } from '../../../../src/lab/traffic/report.ts';
import { formatRequest, parseRequest } from '../../../../src/lab/traffic/request.ts';

describe('command line', () => {
  test('an address and a port, of either family', () => {
    assert.deepEqual(parseTarget('10.0.0.1:80'), { host: '10.0.0.1', port: 80 });
    assert.deepEqual(parseTarget('[fd00::1]:80'), { host: 'fd00::1', port: 80 });
    for (const wrong of [undefined, '', '10.0.0.1', 'fd00::1:80', ':80', '10.0.0.1:x']) {
      assert.throws(() => parseTarget(wrong), UsageError, wrong);
    }
  });

  test('numbers are numbers', () => {
    assert.equal(numberOption('rate', '2000'), 2000);
    assert.equal(numberOption('rate', undefined), undefined);
    for (const wrong of ['', ' ', 'fast', '1k', 'NaN', 'Infinity']) {
      assert.throws(() => numberOption('rate', wrong), UsageError);
    }
  });
});

describe('launch', () => {
  test('dies with its parent, in the namespace, with the sockets asked for', () => {
    assert.deepEqual(
      commandLine({ namespace: 'n', command: ['x', 'y'], protocol: 'mptcp', realtime: true }),
      [
        ...['setpriv', '--pdeathsig', 'KILL', 'ip', 'netns', 'exec', 'n'],
        ...['chrt', '--rr', '10', 'mptcpize', 'run', 'x', 'y'],
      ],
    );
    assert.deepEqual(commandLine({ command: ['x'] }), ['setpriv', '--pdeathsig', 'KILL', 'x']);
  });
});

test('a program ends when all its reports are read, however late that is', async () => {
  const module = (name: string) =>
    new URL(`../../../../src/lab/traffic/${name}.ts`, import.meta.url);
  const script = `
    import { runProgram } from '${module('program').href}';
    import { print } from '${module('report').href}';
    runProgram(async () => {
      for (let i = 0; i < 5000; i++) print({ event: 'error', message: '${'x'.repeat(200)}' });
    });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // Long enough for it to fill the pipe.
  await sleep(1000);
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  assert.equal(lines.length, 5000);
});

describe('request', () => {
  const stream = {
    kind: 'stream',
    transfer: 't',
    direction: 'upload',
    size: 1200,
    rate: 2000,
    seconds: 10,
    warmupSeconds: 0.5,
  } as const;

  test('is one line and comes back as it went', () => {
    const line = formatRequest(stream);
    assert.match(line, /^[^\n]+\n$/);
    assert.deepEqual(parseRequest(line), stream);
  });

  test('of transactions has no direction', () => {
    const transactions = {
      ...({ kind: 'transactions', transfer: 't' } as const),
      ...{ requestBytes: 1, responseBytes: 100 },
    } as const;
    assert.deepEqual(parseRequest(formatRequest(transactions)), transactions);
    for (const wrong of [{ requestBytes: 0 }, { responseBytes: 1.5 }, { direction: 'upload' }]) {
      assert.throws(() => parseRequest(JSON.stringify({ ...transactions, ...wrong })));
    }
  });

  test('refuses what a sender could not serve', () => {
    for (const wrong of [{ size: 8 }, { rate: 0 }, { seconds: -1 }, { direction: 'both' }]) {
      assert.throws(() => parseRequest(JSON.stringify({ ...stream, ...wrong })));
    }
    assert.throws(() => parseRequest('GET / HTTP/1.1'));
  });
});

describe('report', () => {
  test('is parsed; other lines are none', () => {
    const line = '{"event":"listening","address":"::","port":7000}';
    assert.deepEqual(parseReport(line), { event: 'listening', address: '::', port: 7000 });
    assert.equal(parseReport('(node:1) Warning: something'), undefined);
    assert.equal(parseReport('{"event":"listening"}'), undefined);
    assert.equal(parseReport('{"event":"else"}'), undefined);
  });
});
