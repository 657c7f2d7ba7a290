/** When and by what the measurements of a report were made. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { MeasurementRecord } from '../../../src/evaluate/record.ts';
import {
  provenanceLines,
  provenanceOf,
  sectionMachines,
} from '../../../src/evaluate/report/provenance.ts';

const record = (at: string, commit?: string, machine?: string): MeasurementRecord => ({
  ...{ instrument: 'fake', parameters: {}, repetition: 0, seconds: 1 },
  ...{ outcome: { kind: 'measured', value: 1 }, load: { before: 0, after: 0 } },
  ...{ at: `2026-01-0${at}:00.000Z`, ...(commit === undefined ? {} : { commit }) },
  ...(machine === undefined ? {} : { machine }),
});

describe('what is told of where figures come from', () => {
  for (const [what, records, lines] of [
    ['of nothing: nothing', [], []],
    [
      'of one commit: its name, and when',
      [record('2T03:04', 'abc'), record('1T23:59', 'abc')],
      ['measured from 2026-01-01 23:59 UTC to 2026-01-02 03:04 UTC', 'wamptcp at commit abc'],
    ],
    [
      'of several: how many each, in their order',
      [record('3T00:00', 'def+'), record('1T00:00', 'abc'), record('2T00:00', 'abc')],
      [
        'measured from 2026-01-01 00:00 UTC to 2026-01-03 00:00 UTC',
        'wamptcp at commits abc (2 measurements), def+ (1 measurement); +: with changes that were not committed',
      ],
    ],
    [
      'of records without one: that of the store',
      [record('1T00:00')],
      ['measured from 2026-01-01 00:00 UTC to 2026-01-01 00:00 UTC', 'wamptcp at commit old'],
    ],
    [
      'of some records without one: that it was not kept',
      [record('1T00:00'), record('2T00:00', 'abc')],
      [
        'measured from 2026-01-01 00:00 UTC to 2026-01-02 00:00 UTC',
        'wamptcp at commits one that was not kept (1 measurement), abc (1 measurement)',
      ],
    ],
    [
      'of several machines: how many on each',
      [record('1T00:00', 'abc', 'Linux 6.1; 2 × X'), record('2T00:00', 'abc', 'Linux 6.2; 2 × X')],
      [
        'measured from 2026-01-01 00:00 UTC to 2026-01-02 00:00 UTC',
        'wamptcp at commit abc',
        'on 2 machines: Linux 6.1; 2 × X (1 measurement); Linux 6.2; 2 × X (1 measurement); each section says which',
      ],
    ],
  ] as const) {
    test(what, () => assert.deepEqual(provenanceLines(provenanceOf(records), 'old'), lines));
  }
});

describe('where a section was measured', () => {
  const of = (...machines: readonly (string | undefined)[]) =>
    provenanceOf(machines.map((machine, day) => record(`${day + 1}T00:00`, 'abc', machine)));

  for (const [what, section, report, text] of [
    ['nowhere yet: nothing to say', of(), of('here', 'there'), ''],
    ['all of the report on one machine: nothing to say', of('here'), of('here', 'here'), ''],
    [
      'one of several: which',
      of('there'),
      of('here', 'there'),
      'Measured on there (1 measurement).',
    ],
    [
      'on several: how many on each',
      of('here', 'there', 'here'),
      of('here', 'there', 'here'),
      'Measured on here (2 measurements); there (1 measurement).',
    ],
    [
      'some before that was kept: said too',
      of(undefined, 'there'),
      of(undefined, 'there'),
      'Measured on one that was not kept (1 measurement); there (1 measurement).',
    ],
  ] as const) {
    test(what, () => assert.equal(sectionMachines(section, report), text));
  }
});
