/** What `ss`, `nstat` and getsockopt say, as taken from Linux 6.18 with iproute2 6.1. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseKernelCounters } from '../../../../src/lab/traffic/kernel-counters.ts';
import { mptcpActivity } from '../../../../src/lab/traffic/mptcp-counters.ts';
import { decodeMptcpInfo } from '../../../../src/lab/traffic/mptcp-state.ts';
import { busiestSubflow, parseSubflows } from '../../../../src/lab/traffic/subflows.ts';

const SS = [
  'ESTAB 0      0      10.77.2.1%tr-a2:38969 10.77.1.2:5201 bbr wscale:10,10 bytes_sent:500 bytes_retrans:200 bytes_acked:300 lastack:160 tcp-ulp-mptcp flags:Jjec token:73d610ba(id:0)/3d26b2c3(id:1) seq:dd62c2f29db56c2c sfseq:0 ssnoff:1e2f42e7 maplen:0',
  'ESTAB 0      0            10.77.1.1:50118 10.77.1.2:5201 bbr wscale:10,10 bytes_sent:40 bytes_received:2 tcp-ulp-mptcp flags:MmBec token:0000(id:0)/3d26b2c3(id:0) seq:dd62c2f29db56c2c sfseq:1   ',
  'ESTAB 0      0      [::ffff:10.77.1.1]:80 [::ffff:10.77.1.2]:5202 bbr tcp-ulp-mptcp flags:Mmec token:0000(id:0)/aa(id:0)',
  'ESTAB 0      0      [fd77:2::1]%tr-a2:80 [fd77:1::2]:5203 bbr tcp-ulp-mptcp flags:Mmec token:0000(id:0)/ab(id:0)',
  'ESTAB 0      0      10.77.1.1:22 10.77.1.2:5204 bbr wscale:10,10 bytes_sent:7',
  '',
].join('\n');

describe('ss', () => {
  test('subflows with their connection, plain TCP left out', () => {
    const subflows = parseSubflows(SS);
    assert.deepEqual(subflows[0], {
      token: '3d26b2c3',
      localAddress: '10.77.2.1',
      localPort: 38_969,
      remoteAddress: '10.77.1.2',
      remotePort: 5201,
      state: 'ESTAB',
      bytesSent: 500,
      bytesReceived: 0,
      backup: false,
    });
    assert.equal(subflows[1]!.token, '3d26b2c3');
    assert.equal(subflows[1]!.backup, true);
    assert.deepEqual(
      subflows.slice(2).map(({ localAddress, remoteAddress }) => [localAddress, remoteAddress]),
      [
        ['10.77.1.1', '10.77.1.2'],
        ['fd77:2::1', 'fd77:1::2'],
      ],
    );
    assert.deepEqual(parseSubflows(''), []);
  });

  test('the busiest is the one that grew most, not the one that is largest', () => {
    const before = parseSubflows(SS);
    const after = parseSubflows(SS.replace('bytes_received:2', 'bytes_received:9999'));
    assert.equal(busiestSubflow(before, after)?.localAddress, '10.77.1.1');
    assert.equal(busiestSubflow([], before)?.localAddress, '10.77.2.1');
    assert.equal(busiestSubflow(before, before), undefined);
  });
});

describe('nstat', () => {
  const counters = (extra: object): string =>
    JSON.stringify({
      kernel: { MPTcpExtMPCapableSYNACKRX: 7, MPTcpExtMPJoinSynAckRx: 6, ...extra },
    });

  test('connections, joins and fallbacks since the reading before', () => {
    const before = parseKernelCounters(counters({}));
    const after = parseKernelCounters(
      counters({
        MPTcpExtMPCapableSYNACKRX: 8,
        MPTcpExtMPJoinSynAckRx: 10,
        MPTcpExtMPCapableFallbackSYNACK: 1,
      }),
    );
    assert.deepEqual(mptcpActivity(before, after), { connections: 1, joins: 4, fallbacks: 1 });
    assert.deepEqual(mptcpActivity(after, after), { connections: 0, joins: 0, fallbacks: 0 });
  });
});

describe('MPTCP_INFO', () => {
  const info = (flags: number, extra: number, total: number): Buffer => {
    const bytes = Buffer.alloc(128);
    bytes.writeUInt8(extra, 0);
    bytes.writeUInt32LE(flags, 8);
    bytes.writeUInt8(total, 80);
    return bytes;
  };

  test('counts all subflows, or the further ones and the first on an older kernel', () => {
    const state = { mptcp: true, fallback: false, subflows: 3 };
    assert.deepEqual(decodeMptcpInfo(info(2, 2, 3), 96), state);
    assert.deepEqual(decodeMptcpInfo(info(2, 2, 0), 72), state);
  });

  test('a connection that fell back is no MPTCP', () => {
    const state = { mptcp: false, fallback: true, subflows: 1 };
    assert.deepEqual(decodeMptcpInfo(info(1, 0, 1), 96), state);
  });
});
