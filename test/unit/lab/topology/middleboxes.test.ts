/** Middleboxes of a topology: what stands on which side, and the commands that make them. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';

import { buildAccess } from '../../../../src/lab/build/access.ts';
import {
  buildLanMiddlebox,
  configureLanMiddlebox,
} from '../../../../src/lab/build/lan-middlebox.ts';
import type { Command } from '../../../../src/lab/link/command.ts';
import { namespacesOf } from '../../../../src/lab/plan.ts';
import type { LabPlan } from '../../../../src/lab/plan.ts';
import { loadTopology } from '../../../../src/lab/topology/load-topology.ts';
import { planned, TOPOLOGY } from './sample.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../../../examples/lab/middleboxes.yaml');

async function example(): Promise<LabPlan> {
  const loaded = await loadTopology(EXAMPLE);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.format());
  return loaded.value.plan;
}

const plan = await example();
const text = (commands: readonly Command[]): string =>
  commands.map(({ argv, input = '' }) => [argv.join(' '), input].join('\n')).join('\n');
const accessOf = (line: string): string =>
  text(
    buildAccess(
      'middleboxes',
      plan.lines.find(({ name }) => name === line)!.attachments[0]!,
      0,
      'delay-line',
    ),
  );
const boxOf = (name: string) => plan.middleboxes.find((box) => box.name === name)!;
const hostOf = (name: string) => plan.hosts.find((host) => host.name === name)!;

describe('in front of a gateway', () => {
  test('a firewall keeps the addresses of its hosts, and answers for both sides', () => {
    assert.deepEqual(boxOf('fence').translates, []);
    const [first] = hostOf('fenced').addresses;
    assert.match(first!.address, /^10\.10\.1\./);
    assert.equal(hostOf('fenced').routers.ipv4, '10.10.1.1');
    const commands = text(configureLanMiddlebox(boxOf('fence')));
    assert.match(commands, /proxy_arp=1/);
    assert.match(commands, new RegExp(`route add ${first!.address} dev inside`));
    assert.doesNotMatch(commands, /snat/);
  });

  test('a NAT has an address outside for each network inside, or one for all', () => {
    const outside = (name: string): string[] => boxOf(name).translates.map(({ to }) => to);
    assert.deepEqual(
      outside('office').map((address) => address.replace(/\.\d+$/, '')),
      ['10.10.1', '10.10.2', '10.10.3'],
    );
    assert.equal(new Set(outside('shop')).size, 1);
    assert.deepEqual(
      hostOf('apart').addresses.map(({ address }) => address),
      ['192.168.1.2', '192.168.2.2', '192.168.3.2'],
    );
    assert.equal(hostOf('apart').routers.ipv4, '192.168.1.1');
  });

  test('lets in nothing that was not asked for, not even in the middle of a connection', () => {
    for (const box of plan.middleboxes) {
      const commands = text(configureLanMiddlebox(box));
      assert.match(
        commands,
        /policy drop;\n +ct state established,related accept\n +iifname "inside"/,
      );
      assert.match(commands, /nf_conntrack_tcp_loose=0/);
    }
  });

  test('has a namespace with the mark of the lab, and its hosts a LAN of their own', () => {
    for (const box of plan.middleboxes) {
      assert.ok(namespacesOf(plan).includes(box.namespace));
      assert.match(text(buildLanMiddlebox('middleboxes', box)), /wamptcp lab middleboxes/);
    }
    const lan = plan.switches.find(({ namespace }) => namespace.endsWith('lan.fence.inside'))!;
    assert.deepEqual(
      lan.ports.map(({ interface: name }) => name),
      ['inside', 'eth0'],
    );
  });
});

describe('on a line', () => {
  test('a NAT is all that the core knows of the gateway', () => {
    const commands = accessOf('cable');
    assert.match(commands, /wan\.cable route replace 198\.51\.100\.7 via inet6/);
    assert.doesNotMatch(commands, /wan\.cable route replace 100\.64/);
    assert.match(commands, /oifname "core" meta nfproto ipv4 snat ip to 198\.51\.100\.7/);
    assert.match(commands, /route add blackhole 198\.51\.100\.7/);
  });

  test('a firewall lets the gateway alone open connections', () => {
    assert.match(accessOf('dsl'), /iifname "gw" ct state new accept/);
    assert.doesNotMatch(accessOf('dsl'), /snat/);
    assert.doesNotMatch(accessOf('lte'), /ct state/);
  });

  test('a small MTU is behind the access, not at the gateway', () => {
    assert.match(accessOf('dsl'), /link set core mtu 1400/);
    assert.match(accessOf('dsl'), /link add name gw mtu 1500/);
    assert.doesNotMatch(accessOf('dsl'), /packet-too-big/);
    assert.match(accessOf('lte'), /icmpv6 type packet-too-big counter drop/);
  });
});

describe('it is told where it is wrong', () => {
  const hosts = (client: string, boxes = ''): string =>
    TOPOLOGY.replace('client: { site: branch }', `client: ${client}`).replace(
      'wans:',
      `${boxes}wans:`,
    );
  const BOX = 'middleboxes: { fence: { site: branch, kind: firewall } }\n';

  for (const [what, topology, expected] of [
    [
      'a middlebox that is not there',
      hosts('{ site: branch, behind: fence }'),
      '4:35: site `branch` has no middlebox `fence`',
    ],
    [
      'one at another site',
      hosts('{ site: branch, behind: fence }', BOX.replace('branch', 'hub')),
      '4:35: site `branch` has no middlebox `fence`',
    ],
    [
      'addresses behind it',
      hosts('{ site: branch, behind: fence, address: 10.10.1.9/24 }', BOX),
      '4:35: a host behind a middlebox gets its addresses from the lab',
    ],
    [
      'a client behind it',
      hosts('{ site: branch, behind: fence, client: udhcpc }', BOX),
      '4:50: a middlebox passes no DHCP',
    ],
    [
      'an unknown kind',
      hosts('{ site: branch }', BOX.replace('firewall', 'proxy')),
      '6:45: `proxy` is not known here',
    ],
    [
      'a site without subnets',
      hosts('{ site: branch }', BOX.replace('branch', 'hub')),
      '6:31: site `hub` has no room for middlebox `fence`',
    ],
    [
      'the name of a host',
      hosts('{ site: branch }', BOX.replace('fence', 'client')),
      '6:16: there are two nodes `client`',
    ],
    [
      'a NAT of IPv6',
      TOPOLOGY.replace("/64' } }", "/64', nat: '2001:db8::7' } }"),
      '11:68: a NAT is for IPv4',
    ],
    [
      'a NAT that the far end does not know',
      TOPOLOGY.replace('rtt: 2ms', 'attachments: { branch.fibre: { nat: 192.0.2.77 } }'),
      '7:37: path `fibre-branch` of site `hub` leads to 192.0.2.2, but nobody on line `fibre` has that address',
    ],
  ] as const) {
    test(what, () => {
      const { problems } = planned(topology);
      assert.ok(problems.includes(expected), problems.join('\n'));
    });
  }
});
