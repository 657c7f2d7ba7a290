import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readCapture } from '../../../src/system/tshark.ts';
import { pcap, tcpAt } from '../../support/capture.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const files = temporaryFiles('tshark');
const packet = tcpAt(5, { from: ['10.0.0.1', 1], to: ['10.0.0.2', 2], sequence: 3, length: 4 });

test('gives the fields in the order asked for, and nothing for what a packet lacks', async () => {
  const file = files.file('one.pcap', pcap([packet]));
  const rows: (readonly string[])[] = [];
  const read = await readCapture(file, ['tcp.len', 'udp.length', 'tcp.seq_raw'], (row) => {
    rows.push(row);
  });
  assert.deepEqual(read, { rows: 1, cutShort: false });
  assert.deepEqual(rows, [['4', '', '3']]);
});

test('a file that is not there is said to be so', async () => {
  await assert.rejects(
    readCapture(`${files.folder}/none.pcap`, ['tcp.len'], () => undefined),
    { code: 'NO_CAPTURE', message: /none\.pcap/ },
  );
});

test('without tshark it says how to get it', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
  try {
    await assert.rejects(
      readCapture('any.pcap', ['tcp.len'], () => undefined),
      { code: 'TSHARK_MISSING', advice: /apt-get install tshark/ },
    );
  } finally {
    process.env['PATH'] = path;
  }
});
