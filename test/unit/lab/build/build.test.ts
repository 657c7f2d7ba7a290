import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { buildAccess, replug, unplug } from '../../../../src/lab/build/access.ts';
import { buildFaultyCore, cutTransaction } from '../../../../src/lab/build/core.ts';
import {
  buildGateway,
  buildHost,
  buildSwitch,
  configureHost,
  hostSettings,
} from '../../../../src/lab/build/nodes.ts';
import { buildServer, connectServer } from '../../../../src/lab/build/servers.ts';
import { namespacesOf } from '../../../../src/lab/plan.ts';
import { goodPlan, TOPOLOGY } from '../topology/sample.ts';

const plan = goodPlan(
  TOPOLOGY.replace('wans:', "internet: { web: { addresses: [9.9.9.9, '2620:fe::9'] } }\nwans:"),
);
const [client, server] = plan.hosts;

type Commands = readonly { readonly argv: readonly string[] }[];

const lines = (commands: Commands): string[] => commands.map(({ argv }) => argv.join(' '));

describe('commands of a lab', () => {
  test('make every namespace of the plan, with the mark of the lab in it', () => {
    const made = [
      ...plan.gateways.flatMap((gateway) => buildGateway('demo', gateway)),
      ...plan.hosts.flatMap((host) => buildHost('demo', host)),
      ...plan.switches.flatMap((lan) => buildSwitch('demo', lan)),
      ...plan.servers.flatMap((each) => buildServer('demo', each)),
      ...plan.lines.flatMap((line) => [
        ...buildFaultyCore('demo', line.core),
        ...line.attachments.flatMap((each) => buildAccess('demo', each, 0, 'delay-line')),
      ]),
    ].filter(({ argv }) => argv[0] === 'unshare');
    assert.deepEqual(made.map(({ argv }) => argv[5]).sort(), namespacesOf(plan).toSorted());
    assert.ok(made.every(({ argv }) => argv[6] === 'wamptcp lab demo'));
  });

  test('lead to a server in the Internet over every line, and back', () => {
    const [web] = plan.servers;
    const [fibre] = plan.lines;
    const made = lines(connectServer(web!, 0, fibre!, 0));
    assert.ok(
      made.includes('ip -n demo-wan.fibre route replace 9.9.9.9 via inet6 fe80::1 dev server1'),
    );
    assert.ok(
      made.includes('ip -n demo-wan.fibre route replace 2620:fe::9 via fe80::1 dev server1'),
    );
    for (const near of ['192.0.2.2', '203.0.113.0/24']) {
      assert.ok(
        made.includes(`ip -n demo-web route replace ${near} via inet6 fe80::2 dev line1`),
        made.join('\n'),
      );
    }
  });

  test('never make a namespace without a mark', () => {
    const all = lines(plan.lines.flatMap((line) => buildFaultyCore('demo', line.core)));
    assert.ok(!all.some((command) => command.includes('netns add')));
  });

  test('give a host its addresses, one route per family, and an endpoint per address', () => {
    assert.deepEqual(lines(configureHost(client!, ['net.mptcp.stale_loss_cnt=1'])), [
      'ip -n demo-client address add 10.10.1.2/24 dev eth0',
      'ip -n demo-client address add 10.10.2.2/24 dev eth0',
      'ip -n demo-client address add fd00:2::2/64 dev eth0 nodad',
      'ip -n demo-client address add 10.10.3.2/30 dev eth0',
      'ip -n demo-client -4 route add default via 10.10.1.1 dev eth0 rto_min 30ms',
      'ip -n demo-client -6 route add default via fd00:2::1 dev eth0 rto_min 30ms',
      'ip netns exec demo-client sysctl -qw net.mptcp.stale_loss_cnt=1',
      'ip -n demo-client mptcp limits set subflow 8 add_addr_accepted 8',
      'ip -n demo-client mptcp endpoint add 10.10.1.2 dev eth0 subflow',
      'ip -n demo-client mptcp endpoint add 10.10.2.2 dev eth0 subflow',
      'ip -n demo-client mptcp endpoint add 10.10.3.2 dev eth0 subflow',
      'ip -n demo-client mptcp endpoint add fd00:2::2 dev eth0 subflow',
    ]);
  });

  test('leave a host without a profile as the kernel has it', () => {
    const plain = goodPlan(TOPOLOGY.replace('site: hub }', 'site: hub, profile: off }')).hosts[1]!;
    assert.deepEqual(lines(configureHost(plain, [])), [
      'ip -n demo-server address add 10.20.0.2/24 dev eth0',
      'ip -n demo-server -4 route add default via 10.20.0.1 dev eth0',
    ]);
    assert.ok(lines(configureHost(server!, [])).some((command) => command.includes('rto_min')));
  });

  test('set what the site file says of hosts', () => {
    assert.deepEqual(hostSettings(client!.profile!), {
      'net.mptcp.enabled': '1',
      'net.mptcp.stale_loss_cnt': '8',
      'net.mptcp.blackhole_timeout': '60',
      'net.ipv4.tcp_rto_min_us': '30000',
      'net.ipv4.tcp_frto': '0',
      'net.ipv4.tcp_rmem': '4096 67108864 67108864',
      'net.ipv4.tcp_wmem': '8388608 16384 8388608',
      'net.ipv4.tcp_notsent_lowat': '131072',
    });
  });

  test('make everything again that was on an unplugged cable', () => {
    const [fibre, lte] = plan.lines;
    const near = fibre!.attachments[0]!;
    assert.deepEqual(lines(unplug(near)), ['ip -n demo-wan.fibre.branch.fibre link delete gw']);
    const plugged = lines(replug(lte!.attachments[0]!, 1, 'delay-line'));
    const built = lines(buildAccess('demo', lte!.attachments[0]!, 1, 'delay-line'));
    for (const command of plugged) assert.ok(built.includes(command), command);
    assert.ok(plugged.some((command) => command.includes('proxy_arp=1')));
  });

  test('cut in one transaction that says the whole state', () => {
    const table = 'inet wamptcp_lab_faults';
    assert.equal(
      cutTransaction({ from: ['access1', 'access2'], to: [] }, 7),
      [
        `flush set ${table} from`,
        `add element ${table} from { "access1", "access2" }`,
        `flush set ${table} to`,
        `flush set ${table} sequence`,
        `add element ${table} sequence { 7 }`,
      ].join('; '),
    );
  });
});
