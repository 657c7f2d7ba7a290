/** Which throughputs are said to differ from the paper's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { differenceRemarks } from '../../../src/evaluate/experiments/table-1-remarks.ts';

test('what is a tenth away from the paper is named, with its columns, and a reason', () => {
  const remarks = differenceRemarks([
    { name: 'tunnel', title: 'VXLAN IPv4', mbps: 4514, paper: '114' },
    { name: 'tunnel', title: 'VXLAN, 10 × IPv4', mbps: 4509, paper: '112' },
    { name: 'wamptcp', title: 'direct IPv4', mbps: 4684, paper: '4606' },
    { name: 'wamptcp', title: 'VXLAN IPv4', mbps: 3000, paper: '4433' },
    { name: 'proxy', title: 'VXLAN IPv4', mbps: 4377, paper: undefined },
    { name: 'proxy-dante', title: 'VXLAN IPv4', mbps: NaN, paper: '3233' },
  ]);
  assert.equal(remarks.length, 2);
  assert.match(
    remarks[0] ?? '',
    /^MPTCP Tunnel has more than in the paper: 4514 for 114 \(VXLAN IPv4\), 4509 for 112/,
  );
  assert.match(remarks[1] ?? '', /^WaMPTCP has less than in the paper: 3000 for 4433 /);
});
