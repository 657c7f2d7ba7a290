/** What the golden files do not show: commands for changes that a first apply never makes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Change } from '../../../../src/apply/change.ts';
import { commandsFor, commandText } from '../../../../src/dataplane/kernel/command.ts';
import { address as outside } from '../../../../src/net/address.ts';
import { interfaceName } from '../../../../src/net/interface-name.ts';
import { plan } from '../../../../src/plan/plan.ts';
import type { AddressResource, Resource } from '../../../../src/plan/resource.ts';
import { branch, interfaceAddress, plainFacts } from '../../../support/site.ts';

function address(text: string): AddressResource {
  return { kind: 'address', interface: interfaceName('lan1'), ...interfaceAddress(text) };
}

function texts(before: Resource, resource: Resource): readonly string[] {
  const change: Change = { action: 'change', before, resource, release: false, reason: '' };
  return commandsFor(change).map(commandText);
}

describe('another prefix length', () => {
  test('of an IPv4 address comes before the old one goes: an interface keeps its routes', () => {
    assert.deepEqual(texts(address('10.10.1.1/24'), address('10.10.1.1/25')), [
      'ip address add 10.10.1.1/25 dev lan1',
      'ip address delete 10.10.1.1/24 dev lan1  # with promote_secondaries=1',
    ]);
  });

  test('of an IPv6 address comes after the old one: the kernel takes it once', () => {
    assert.deepEqual(texts(address('2001:db8::1/64'), address('2001:db8::1/80')), [
      'ip address delete 2001:db8::1/64 dev lan1',
      'ip address add 2001:db8::1/80 dev lan1 nodad',
    ]);
  });
});

describe('a tunnel', () => {
  test('gets another MTU in place, so its traffic goes on', () => {
    const site = branch(1);
    const tunnel = plan(site, plainFacts(site)).resources.find((one) => one.kind === 'vxlan');
    assert.ok(tunnel?.kind === 'vxlan');
    assert.deepEqual(texts({ ...tunnel, mtu: 1300 }, tunnel), ['ip link set wt100 mtu 1450']);
  });

  test('gets another address outside in place, and leave to be cut', () => {
    const site = branch(1);
    const tunnel = plan(site, plainFacts(site)).resources.find((one) => one.kind === 'vxlan');
    assert.ok(tunnel?.kind === 'vxlan');
    const moved = { ...tunnel, local: outside('192.0.2.99'), df: 'unset' } as const;
    assert.deepEqual(texts(tunnel, moved), [
      'ip link set wt100 type vxlan local 192.0.2.99 df unset',
    ]);
  });

  test('gets another far end in place', () => {
    const site = branch(1);
    const entry = plan(site, plainFacts(site)).resources.find(
      (one) => one.kind === 'forwarding-entry',
    );
    assert.ok(entry?.kind === 'forwarding-entry');
    assert.deepEqual(texts({ ...entry, lower: undefined }, entry), [
      `bridge fdb replace 02:57:02:00:00:64 dev wt100 dst ${entry.remote} via ${String(entry.lower)} self permanent`,
    ]);
  });
});
