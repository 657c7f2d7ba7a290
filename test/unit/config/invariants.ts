/**
 * What a `SiteConfig` promises, checked once more by other means than the code that keeps it:
 * Node's own parsers and address lists, and plain loops.
 */
import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';

import type { SiteConfig } from '../../../src/config/site.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

export function assertInvariants(site: SiteConfig): void {
  assert.match(site.site, NAME);
  assertNames(site);
  assertInterfaces(site);
  assertUnderlay(site);
  assertSubnets(site);
  assertPaths(site);
  assertNumbers(site);
  assertClasses(site);
  assertProbes(site);
}

function assertProbes({ probes, wans, peers }: SiteConfig): void {
  const { targets, interval, roundTrip, window, loss, quorum } = probes;
  assert.ok(interval >= 100 && interval <= 10_000 && roundTrip >= 10 && roundTrip <= 10_000);
  assert.ok(window >= 2 && loss >= 0);
  if (!wans.some((wan) => wan.direct)) return;
  assert.ok(loss < 1, 'a target that is always lost is dead');
  assertDistinct(
    targets.map(({ address, tcp }) => `${address} ${tcp ?? ''}`),
    'targets',
  );
  if (quorum !== undefined) assert.ok(quorum <= Math.max(1, targets.length));
  const prefixes = peers.flatMap((peer) => peer.prefixes);
  assert.ok(!prefixes.some((prefix) => prefix.endsWith('/0')), 'something is left for direct WANs');
}

function assertNames({ wans, peers, site, recovery, classes }: SiteConfig): void {
  const names = wans.map((wan) => wan.name);
  for (const name of names) assert.match(name, NAME);
  assertDistinct(names, 'WAN names');
  assert.ok(wans.length >= 1 && wans.length <= 8);
  assert.ok(peers.length >= 1 || wans.some((wan) => wan.direct));
  assertDistinct([site, ...peers.map((peer) => peer.name)], 'names of sites');
  for (const { name, detours } of wans) {
    assertDistinct(detours ?? [], 'detours');
    for (const detour of detours ?? []) assert.ok(names.includes(detour) && detour !== name);
  }
  assert.deepEqual([...recovery.preference].sort(), [...names].sort(), 'preference');
  assertDistinct(
    classes.map((one) => one.name),
    'names of classes',
  );
  const paths = peers.flatMap((peer) => peer.paths.map((path) => path.name));
  for (const { prefer, avoid, spread } of classes) {
    assertDistinct([...prefer, ...avoid], 'WANs of a class');
    for (const name of [...prefer, ...avoid]) assert.ok([...names, ...paths].includes(name));
    assert.ok(!spread || prefer.length + avoid.length === 0);
  }
}

function assertInterfaces({ lan, wans }: SiteConfig): void {
  assert.ok(lan.interfaces.length >= 1);
  assertDistinct([...lan.interfaces, ...wans.map((wan) => wan.interface)], 'interfaces');
  const used = [
    ...lan.addresses.map((each) => each.interface),
    ...wans.flatMap((wan) => wan.subnets.map((subnet) => subnet.interface)),
  ];
  for (const name of used) assert.ok(lan.interfaces.includes(name));
}

function assertUnderlay({ wans }: SiteConfig): void {
  const addresses = wans.flatMap((wan) => wan.addresses.map((each) => each.address));
  assertDistinct(addresses, 'addresses of WANs');
  for (const { nexthops, addresses: own } of wans) {
    assertDistinct(
      nexthops.map((nexthop) => isIP(nexthop)),
      'families of next hops',
    );
    for (const nexthop of nexthops) {
      assert.notEqual(isIP(nexthop), 0);
      assert.ok(!own.some((each) => each.address === nexthop));
      if (own.length === 0 || /^fe[89ab]/.test(nexthop)) continue;
      const sameFamily = own.filter((each) => isIP(each.address) === isIP(nexthop));
      const bits = isIP(nexthop) === 4 ? 32 : 128;
      // A host address has no link, so its router is where it is.
      if (sameFamily.length > 0 && sameFamily.every((each) => each.length === bits)) continue;
      const home = own.find(
        (each) =>
          isIP(each.address) === isIP(nexthop) && within(`${each.address}/${each.length}`, nexthop),
      );
      assert.ok(home !== undefined, `next hop ${nexthop} is off-link`);
    }
  }
}

function assertSubnets(site: SiteConfig): void {
  const own = [
    ...site.lan.addresses.map(({ address }) => `${address.address}/${address.length}`),
    ...site.wans.flatMap((wan) => wan.subnets.map((subnet) => subnet.prefix as string)),
  ];
  const links = site.wans.flatMap((wan) =>
    wan.addresses.map((each) => `${each.address}/${each.length}`),
  );
  own.forEach((one, index) => {
    const others = [...own.slice(index + 1), ...links];
    for (const other of others) assert.ok(!overlap(one, other), `${one} overlaps ${other}`);
    for (const peer of site.peers) {
      const theirs = peer.paths.flatMap((path) => path.subnets);
      for (const subnet of theirs) assert.ok(!overlap(one, subnet), `${one} overlaps ${subnet}`);
      for (const prefix of peer.prefixes) {
        // It may contain ours, being less specific; not lie inside, nor be equal.
        assert.ok(!contains(one, prefix), `${prefix} is inside ${one}`);
      }
      for (const path of peer.paths) assert.ok(!within(one, path.remote));
    }
  });
  for (const { prefix, gateway } of site.wans.flatMap((wan) => wan.subnets)) {
    assert.ok(within(prefix, gateway), `${gateway} is not in ${prefix}`);
    assert.notEqual(gateway, prefix.split('/')[0]);
    assert.ok(Number(prefix.split('/')[1]) <= (isIP(gateway) === 4 ? 30 : 126));
  }
  const prefixes = site.peers.flatMap((peer) => peer.prefixes);
  const subnets = site.peers.flatMap((peer) => peer.paths.flatMap((path) => path.subnets));
  assertDistinct([...prefixes, ...subnets], 'prefixes of peers');
}

function assertPaths({ peers, wans }: SiteConfig): void {
  const paths = peers.flatMap((peer) => peer.paths);
  for (const peer of peers) assert.ok(peer.paths.length >= 1);
  assertDistinct(
    paths.map((path) => path.name),
    'names of paths',
  );
  assertDistinct(
    paths.map((path) => path.vni),
    'VNIs',
  );
  assertDistinct(
    paths.map((path) => `${path.wan} ${path.remote}`),
    'ends of paths',
  );
  for (const { name, wan, remote, vni, capacity } of paths) {
    const ours = wans.find((each) => each.name === wan);
    assert.ok(ours !== undefined, `path over unknown WAN ${wan}`);
    assert.ok(name.startsWith(`${wan}-`));
    assert.ok(Number.isInteger(vni) && vni >= 1 && vni < 2 ** 24);
    assert.ok(capacity > 0 && capacity <= ours.capacity);
    assert.notEqual(isIP(remote), 0);
    const families = ours.addresses.map((each) => isIP(each.address));
    assert.ok(families.length === 0 || families.includes(isIP(remote)));
    assert.ok(!wans.some((each) => each.addresses.some(({ address }) => address === remote)));
  }
}

function assertNumbers({ detection, tunnel, recovery, host, ids, wans }: SiteConfig): void {
  const between = (value: number, least: number, most: number): void => {
    assert.ok(value >= least && value <= most, `${value} is not in ${least} … ${most}`);
  };
  for (const wan of wans) between(wan.capacity, 1, Number.MAX_SAFE_INTEGER);
  between(tunnel.port, 1, 65535);
  between(detection.interval, 10, 1000);
  between(detection.multiplier, 2, 50);
  between(recovery.holdDown, 0, 3_600_000);
  between(recovery.damping.flaps, 2, 100);
  between(recovery.damping.window, 1000, 3_600_000);
  between(recovery.damping.quiet, 1000, 3_600_000);
  between(host.rtoMin, 1, 1000);
  between(host.staleLossCount, 1, 255);
  between(host.receiveBuffer, 65536, 2 ** 30);
  between(host.sendBuffer, 65536, 2 ** 30);
  between(host.notsentLowat, 16384, 2 ** 30);
  between(host.blackholeTimeout, 0, 86_400_000);
  between(ids.table, 256, 2 ** 32 - 300);
  between(ids.rulePriority, 1, 32666);
}

function assertClasses({ classes }: SiteConfig): void {
  assert.ok(classes.length <= 16);
  for (const { matches } of classes) {
    assert.ok(matches.length > 0);
    for (const { dscps, protocol, ports, prefixes } of matches) {
      assert.ok(protocol !== undefined || dscps.length + prefixes.length > 0, 'matches everything');
      assert.ok(ports.length === 0 || protocol === 'udp' || protocol === 'sctp');
      for (const dscp of dscps) assert.ok(Number.isInteger(dscp) && dscp >= 0 && dscp < 64);
      for (const { first, last } of ports) assert.ok(first >= 1 && first <= last && last < 65536);
    }
  }
}

function assertDistinct(values: readonly (string | number)[], what: string): void {
  assert.equal(new Set(values).size, values.length, `${what} repeat: ${values.join(', ')}`);
}

function within(network: string, address: string): boolean {
  const [base = '', length = ''] = network.split('/');
  if (isIP(base) !== isIP(address)) return false;
  if (length === '0') return true;
  const list = new BlockList();
  const family = isIP(base) === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(base, Number(length), family);
  return list.check(address, family);
}

function contains(outer: string, inner: string): boolean {
  const [base = '', length = ''] = inner.split('/');
  return Number(length) >= Number(outer.split('/')[1]) && within(outer, base);
}

function overlap(one: string, other: string): boolean {
  return contains(one, other) || contains(other, one);
}
