/** Which throughputs are said to differ from the paper's, and why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  chanceOfAll,
  differenceRemarks,
  linesUsed,
} from '../../../src/evaluate/experiments/table-1-remarks.ts';
import type { Throughput } from '../../../src/evaluate/experiments/table-1-remarks.ts';

const ONE = {
  ...{ busy: 0.6, timesOfOne: 1 },
  ...{ runs: 2, stalled: 0, linesUsed: [] },
} as const;

function remarksOf(all: readonly Throughput[]): readonly string[] {
  return differenceRemarks(all, { processors: 2, lines: 5, rate: 1000 });
}

test('what is a tenth away from the paper is named, with its columns, and a reason', () => {
  const remarks = remarksOf([
    { ...ONE, name: 'tunnel', title: 'VXLAN IPv4', mbps: 4514, paper: '114' },
    { ...ONE, name: 'tunnel', title: 'VXLAN, 10 × IPv4', mbps: 4509, paper: '112', runs: 1 },
    { ...ONE, name: 'wamptcp', title: 'direct IPv4', mbps: 4684, paper: '4606' },
    { ...ONE, name: 'wamptcp', title: 'VXLAN IPv4', mbps: 3000, paper: '4433' },
    { ...ONE, name: 'proxy', title: 'VXLAN IPv4', mbps: 4377, paper: undefined },
    { ...ONE, name: 'proxy-dante', title: 'VXLAN IPv4', mbps: NaN, paper: '3233' },
  ]);
  assert.equal(remarks.length, 2);
  assert.match(
    remarks[0] ?? '',
    /^MPTCP Tunnel has more than in the paper: 4514 for 114 \(VXLAN IPv4\), 4509 for 112 \(VXLAN, 10 × IPv4, one run\)/,
  );
  assert.match(remarks[0] ?? '', /is not confirmed here/);
  assert.match(remarks[1] ?? '', /^WaMPTCP has less than in the paper: 3000 for 4433 /);
  assert.match(remarks[1] ?? '', /not traced\. On the average 0\.60 of 2 processors were busy\.$/);
});

test('processors are the limit only where they were nearly all busy', () => {
  const [busy = ''] = remarksOf([
    {
      ...{ ...ONE, name: 'wamptcp', title: 'VXLAN IPv4', mbps: 3000, paper: '4433' },
      busy: 1.95,
    },
  ]);
  assert.match(busy, /processors are the limit: 1\.95 of 2/);
});

test('columns with reasons of their own are told apart', () => {
  const [remark = ''] = remarksOf([
    { ...ONE, name: 'proxy-dante', title: 'VXLAN IPv4', mbps: 2000, paper: '3233' },
    {
      ...{ ...ONE, name: 'proxy-dante', title: 'VXLAN, 10 × IPv4', mbps: 432, paper: '3610' },
      ...{ busy: 1.04, timesOfOne: 12 },
    },
  ]);
  assert.match(remark, / VXLAN IPv4: Why was not traced\. .* VXLAN, 10 × IPv4: .* 12\.0 times /);
});

test('a hash that leaves lines empty is the reason, and not the processors', () => {
  const remarks = remarksOf([
    {
      ...{ ...ONE, name: 'ecmp-mptcp', title: 'VXLAN, 10 × IPv4', mbps: 3619, paper: '4480' },
      linesUsed: [4, 5],
    },
  ]);
  assert.match(remarks[0] ?? '', /as much as 4 and 5 of 5 lines .* hash left lines empty/);
  assert.match(remarks[1] ?? '', /hashed Plain MPTCP 4 and 5 \(VXLAN, 10 × IPv4\)/);
});

test('what stalled where the paper has a figure is named', () => {
  const [remark = ''] = remarksOf([
    {
      ...{ ...ONE, name: 'proxy-dante', title: 'direct IPv4', mbps: NaN, paper: '4285' },
      ...{ runs: 0, stalled: 1 },
    },
  ]);
  assert.match(remark, /^MPTCP Proxy \(Dante\) stalled where the paper has 4285 \(direct IPv4\)/);
});

test('lines are counted by what one connection has, within 2 %', () => {
  assert.equal(linesUsed(3619, 905), 4);
  assert.equal(linesUsed(4617, 923), 5);
  assert.equal(linesUsed(4100, 923), undefined);
  assert.equal(linesUsed(0, 923), undefined);
});

test('ten by chance leave none of two, of five empty', () => {
  assert.ok(Math.abs(chanceOfAll(2, 10) - (1 - 2 / 1024)) < 1e-9);
  assert.ok(Math.abs(chanceOfAll(5, 10) - 5_103_000 / 9_765_625) < 1e-9);
});
