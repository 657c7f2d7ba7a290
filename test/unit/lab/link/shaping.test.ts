import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addShaper, burstBytes, changeRate, queueTime } from '../../../../src/lab/link/shaping.ts';

const lines = (commands: readonly { argv: readonly string[] }[]): string[] =>
  commands.map(({ argv }) => argv.join(' '));

describe('burst and queue', () => {
  test('are the measured ones at 100 Mb/s and 1 Gb/s', () => {
    assert.ok(Math.abs(burstBytes(100e6) - 32 * 1024) < 100);
    assert.ok(Math.abs(burstBytes(1e9) - 256 * 1024) < 100);
    assert.equal(queueTime(100e6), 50);
    assert.equal(queueTime(1e9), 20);
  });

  test('stay sensible from 1 Mb/s to 10 Gb/s', () => {
    const rates = [1e6, 2e6, 5e6, 10e6, 50e6, 100e6, 250e6, 500e6, 1e9, 2.5e9, 10e9];
    let last = 0;
    for (const rate of rates) {
      const burst = burstBytes(rate);
      assert.ok(burst >= last && burst >= 2 * 1518 && burst <= 1024 * 1024, `${rate}: ${burst}`);
      last = burst;
      const packets = (rate * queueTime(rate)) / 8000 / 1514;
      assert.ok(packets >= 20, `${rate}: a queue of ${packets} packets`);
    }
    assert.ok(burstBytes(250e6) > 65_536 + 1000, 'whole bundles pass from 250 Mb/s');
    assert.ok(burstBytes(20e6) < 10_000, 'bundles are split at 20 Mb/s');
  });
});

describe('tc', () => {
  test('a fifo is TBF alone', () => {
    assert.deepEqual(lines(addShaper('n', 'gw', { rate: 100e6, queue: 'fifo' })), [
      'tc -n n qdisc add dev gw root handle 10: tbf rate 100mbit burst 32750b latency 50ms',
    ]);
  });

  test('a priority queue sends CS6 and CS7 first, of both families', () => {
    assert.deepEqual(lines(addShaper('n', 'gw', { rate: 1e9, queue: 'priority' })), [
      'tc -n n qdisc add dev gw root handle 10: tbf rate 1gbit burst 262144b latency 20ms',
      'tc -n n qdisc add dev gw parent 10:1 handle 20: htb default 2',
      'tc -n n class add dev gw parent 20: classid 20:1 htb rate 40gbit prio 0 burst 1mb cburst 1mb quantum 60000',
      'tc -n n class add dev gw parent 20: classid 20:2 htb rate 40gbit prio 1 burst 1mb cburst 1mb quantum 60000',
      'tc -n n qdisc add dev gw parent 20:1 handle 21: bfifo limit 65536',
      'tc -n n qdisc add dev gw parent 20:2 handle 22: bfifo limit 2500000',
      'tc -n n filter add dev gw parent 20: protocol ip prio 1 u32 match ip dsfield 0xc0 0xc0 flowid 20:1',
      'tc -n n filter add dev gw parent 20: protocol ipv6 prio 2 u32 match ip6 priority 0xc0 0xc0 flowid 20:1',
    ]);
  });

  test('no rate is no shaper', () => {
    assert.deepEqual(addShaper('n', 'gw', { queue: 'priority' }), []);
  });

  test('hangs below netem, and changes there', () => {
    const shape = { rate: 10e6, queue: 'priority', latency: 100 } as const;
    assert.match(lines(addShaper('n', 'gw', shape, 'netem'))[0]!, / parent 1:1 handle 10: tbf /);
    assert.deepEqual(lines(changeRate('n', 'gw', shape, 'netem')), [
      'tc -n n qdisc change dev gw parent 1:1 handle 10: tbf rate 10mbit burst 4096b latency 100ms',
      'tc -n n qdisc change dev gw parent 20:2 handle 22: bfifo limit 125000',
    ]);
  });
});
