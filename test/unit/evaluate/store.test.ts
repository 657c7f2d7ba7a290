import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { measurementKey } from '../../../src/evaluate/measurement.ts';
import { needNotBeMeasured, outcomesOf } from '../../../src/evaluate/record.ts';
import type { MeasurementRecord } from '../../../src/evaluate/record.ts';
import { ResultStore } from '../../../src/evaluate/store.ts';
import { fakeInstrument } from './fake.ts';

const instrument = fakeInstrument(() => Promise.resolve(1));

function record(repetition: number, outcome: MeasurementRecord['outcome']): MeasurementRecord {
  return {
    ...{ instrument: 'fake', parameters: { mechanism: 'a' }, repetition, outcome },
    ...{ at: '2026-01-02T03:04:05.000Z', seconds: 3, load: { before: 0.1, after: 0.2 } },
  };
}

const measured = record(1, { kind: 'measured', value: 5 });
const stalled = record(0, { kind: 'stalled', afterSeconds: 90 });

describe('a store', () => {
  let out: string;
  let store: ResultStore;
  before(async () => {
    out = await mkdtemp(join(tmpdir(), 'wamptcp-store-'));
    store = new ResultStore(out);
  });
  after(() => rm(out, { recursive: true, force: true }));

  test('that is not there yet is empty', async () => {
    const { records, complaints } = await new ResultStore(join(out, 'nowhere')).read();
    assert.deepEqual([records, complaints], [[], []]);
  });

  test('gives back what was written, and tells what is not its own', async () => {
    await store.write(measured);
    await store.write(stalled);
    const key = join(out, 'raw/fake/other-0123456789');
    await mkdir(join(key, '0'), { recursive: true });
    await writeFile(join(key, '0', 'capture.pcap'), 'x');
    await writeFile(join(key, '0.json'), '{');
    await writeFile(join(key, '1.json'), '{}');
    await writeFile(join(key, '2.json'), JSON.stringify(measured));
    const { records, complaints } = await store.read();
    assert.deepEqual(records, [stalled, measured]);
    assert.equal(complaints.length, 3);
    assert.match(complaints[0]!, /0\.json: this is not JSON; left out$/);
    assert.match(complaints[1]!, /1\.json: this is no measurement \(instrument: .*; left out$/);
    assert.match(complaints[2]!, /2\.json: its name is not that of what is in it; left out$/);
  });

  test('sets aside what is made anew, so that it is missing until it is there', async () => {
    const again = { instrument, parameters: { mechanism: 'a' }, repetition: 1, experiments: [] };
    await store.setAside([again, { ...again, repetition: 7 }]);
    const { records } = await store.read();
    assert.deepEqual(records, [stalled]);
    const key = join(out, 'raw', measurementKey('fake', again.parameters));
    assert.deepEqual(JSON.parse(await readFile(join(key, '1.before.json'), 'utf8')), measured);
  });

  test('empties the directory of a measurement that is made anew, and drops it if nothing came', async () => {
    const measurement = {
      instrument,
      parameters: { mechanism: 'b' },
      repetition: 0,
      experiments: [],
    };
    const directory = await store.freshDirectory(measurement);
    await writeFile(join(directory, 'left'), '');
    await store.freshDirectory(measurement);
    await store.dropIfEmpty(directory);
    await assert.rejects(writeFile(join(directory, 'log'), ''), { code: 'ENOENT' });
  });
});

describe('outcomes', () => {
  test('are those of the same parameters, in the order of repetitions', () => {
    const outcomes = outcomesOf([measured, stalled], 2);
    assert.deepEqual(outcomes.of(instrument, { mechanism: 'a' }), [
      stalled.outcome,
      measured.outcome,
    ]);
    assert.deepEqual(outcomes.of(instrument, { mechanism: 'b' }), []);
  });

  test('of an older form are failures', () => {
    const old = record(0, { kind: 'measured', value: { seconds: 5 } });
    const [outcome] = outcomesOf([old], 2).of(instrument, { mechanism: 'a' });
    assert.equal(outcome?.kind, 'failed');
    assert.match(outcome.message, /^kept in another form: /);
  });

  test('are measured again when they failed, and not when they stalled', () => {
    const measurement = {
      instrument,
      parameters: { mechanism: 'a' },
      repetition: 0,
      experiments: [],
    };
    const again = (kept: MeasurementRecord): boolean => !needNotBeMeasured(kept, measurement);
    assert.deepEqual([measured, stalled].map(again), [false, false]);
    assert.equal(again(record(0, { kind: 'failed', message: 'no' })), true);
    assert.equal(again(record(0, { kind: 'measured', value: 'old' })), true);
  });
});
