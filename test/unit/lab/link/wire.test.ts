import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { queueRules } from '../../../../src/lab/link/impairment.ts';
import { linkSpec } from '../../../../src/lab/link/link-spec.ts';
import { addNetem, changeNetem } from '../../../../src/lab/link/netem.ts';
import {
  buildLine,
  carrier,
  cut,
  removeLine,
  routeToGateway,
  setRate,
  type Line,
} from '../../../../src/lab/link/wire.ts';

const lines = (commands: readonly { argv: readonly string[] }[]): string[] =>
  commands.map(({ argv }) => argv.join(' '));

const line: Line = {
  namespace: 'lab-branch-dsl',
  gateway: { namespace: 'lab-branch', interface: 'wan1' },
  core: { namespace: 'lab-core', interface: 'branch-dsl' },
  subnets: [
    { prefix: '192.0.2.0/30', nextHop: '192.0.2.1', gateway: '192.0.2.2' },
    { prefix: '2001:db8:1::/64', nextHop: '2001:db8:1::1' },
  ],
  link: linkSpec({ rtt: 20, mtu: 1492, queue: 'fifo', up: { rate: 20e6 }, down: { rate: 100e6 } }),
};

describe('a link', () => {
  test('splits its round trip in two and takes what is the same both ways once', () => {
    const link = linkSpec({ rtt: 30, loss: 0.01, rate: 1e9, down: { loss: 0 } });
    assert.equal(link.mtu, 1500);
    assert.deepEqual(link.up, {
      ...{ delay: 15, jitter: 0, loss: 0.01, reorder: false, queue: 'priority', rate: 1e9 },
    });
    assert.deepEqual(link.down, { ...link.up, loss: 0 });
  });
});

describe('a line', () => {
  test('is built in this order', () => {
    assert.deepEqual(lines(buildLine(line, 'delay-line')).slice(2), [
      'ip -n lab-branch-dsl link set lo up',
      'ip -n lab-branch-dsl link add name gw mtu 1492 type veth peer name wan1 mtu 1492 netns lab-branch',
      'ip -n lab-branch-dsl link add name core mtu 1492 type veth peer name branch-dsl mtu 1492 netns lab-core',
      'ip -n lab-branch-dsl address add 192.0.2.1/30 dev gw',
      'ip -n lab-branch-dsl address add 2001:db8:1::1/64 dev gw nodad',
      'ip -n lab-branch address add 192.0.2.2/30 dev wan1',
      'ip -n lab-branch-dsl address add fe80::1/64 dev core nodad',
      'ip -n lab-core address add fe80::2/64 dev branch-dsl nodad',
      'ip -n lab-branch-dsl link set gw up',
      'ip -n lab-branch-dsl link set core up',
      'ip -n lab-core link set branch-dsl up',
      'ip -n lab-branch link set wan1 up',
      'ip -n lab-branch-dsl -4 route add default via inet6 fe80::2 dev core',
      'ip -n lab-branch-dsl -6 route add default via fe80::2 dev core',
      'ip -n lab-core route add 192.0.2.0/30 via inet6 fe80::1 dev branch-dsl',
      'ip -n lab-core route add 2001:db8:1::/64 via fe80::1 dev branch-dsl',
      'tc -n lab-branch-dsl qdisc add dev core root handle 10: tbf rate 20mbit burst 6550b latency 50ms',
      'tc -n lab-branch-dsl qdisc add dev gw root handle 10: tbf rate 100mbit burst 32750b latency 50ms',
      'ip netns exec lab-branch-dsl nft -f -',
    ]);
  });

  test('has netem at the root of both interfaces where there is netem', () => {
    const built = lines(buildLine(line, 'netem')).filter((text) => text.startsWith('tc'));
    assert.deepEqual(built, [
      'tc -n lab-branch-dsl qdisc add dev core root handle 1: netem limit 1000000 delay 10000us',
      'tc -n lab-branch-dsl qdisc add dev gw root handle 1: netem limit 1000000 delay 10000us',
      'tc -n lab-branch-dsl qdisc add dev core parent 1:1 handle 10: tbf rate 20mbit burst 6550b latency 50ms',
      'tc -n lab-branch-dsl qdisc add dev gw parent 1:1 handle 10: tbf rate 100mbit burst 32750b latency 50ms',
    ]);
  });

  test('goes cables first', () => {
    assert.deepEqual(lines(removeLine(line)), [
      'ip -n lab-branch-dsl link delete gw',
      'ip -n lab-branch-dsl link delete core',
      'ip netns delete lab-branch-dsl',
    ]);
  });

  test('leads further prefixes to its gateway', () => {
    assert.deepEqual(lines(routeToGateway(line, '203.0.113.0/28', '192.0.2.2')), [
      'ip -n lab-branch-dsl route replace 203.0.113.0/28 via 192.0.2.2 dev gw',
      'ip -n lab-core route replace 203.0.113.0/28 via inet6 fe80::1 dev branch-dsl',
    ]);
  });
});

describe('faults', () => {
  const drops = (directions: Parameters<typeof cut>[1]): string[] =>
    cut(line, directions)[0]?.input?.match(/.ifname "gw" counter drop/g) ?? [];

  test('cut either direction, both or none, each time replacing the whole table', () => {
    assert.deepEqual(drops({ up: true, down: false }), ['iifname "gw" counter drop']);
    assert.deepEqual(drops({ up: false, down: true }), ['oifname "gw" counter drop']);
    assert.equal(drops({ up: true, down: true }).length, 2);
    assert.deepEqual(drops({ up: false, down: false }), []);
    assert.match(
      cut(line, { up: true, down: true })[0]?.input ?? '',
      /^table inet wamptcp_lab \{\}\ndelete table/,
    );
  });

  test('take carrier away, and change a rate where its direction leaves', () => {
    assert.deepEqual(lines(carrier(line, 'down')), ['ip -n lab-branch-dsl link set gw down']);
    assert.deepEqual(lines(setRate(line, 'up', { rate: 5e6, queue: 'fifo' }, 'delay-line')), [
      'tc -n lab-branch-dsl qdisc change dev core root handle 10: tbf rate 5mbit burst 4096b latency 50ms',
    ]);
  });
});

describe('impairment', () => {
  test('queues both directions of both families, and passes packets when nobody listens', () => {
    const rules = queueRules('n');
    assert.deepEqual(lines(rules), [
      'ip netns exec n iptables-restore --table=mangle',
      'ip netns exec n ip6tables-restore --table=mangle',
    ]);
    assert.equal(
      rules[0]?.input,
      '*mangle\n-A FORWARD -i gw -j NFQUEUE --queue-num 1 --queue-bypass\n-A FORWARD -o gw -j NFQUEUE --queue-num 2 --queue-bypass\nCOMMIT\n',
    );
  });

  test('netem keeps order with jitter by a rate, unless told otherwise', () => {
    const how = { delay: 10, jitter: 1.5, loss: 0.1, reorder: false };
    assert.match(lines(addNetem('n', 'gw', how))[0]!, /delay 10000us 1500us rate 1000gbit$/);
    assert.match(lines(changeNetem('n', 'gw', { ...how, reorder: true }))[0]!, /change .* 1500us$/);
  });
});
