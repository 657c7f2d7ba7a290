/**
 * Networks that must not meet: our LAN, our WANs' links, the peers' prefixes and subnets.
 *
 * A prefix behind a peer may contain our own networks, as `0.0.0.0/0` does, and other peers': the
 * more specific one wins. Each network is told at most once, at the later of the two places.
 */
import { addressBits, addressToInteger, familyOf } from '../../net/address.ts';
import {
  addressCount,
  firstAddress,
  prefixContains,
  prefixFamily,
  prefixOf,
} from '../../net/prefix.ts';
import type { Prefix } from '../../net/prefix.ts';
import { notAHost } from '../addresses.ts';
import type { Draft, DraftPeer, DraftWan } from '../draft.ts';
import { quoted } from '../kind.ts';
import type { Reporter } from '../source.ts';
import { judge } from './overlap-verdicts.ts';
import type { Network, Verdict } from './overlap-verdicts.ts';

export function checkSubnets(draft: Draft, report: Reporter): void {
  for (const wan of draft.wans.items) checkGateways(wan, report);
  const told = new Set<number>();
  // A warning must not take the place of an error.
  const rank = ({ verdict }: Meeting): number => (verdict.severity === 'error' ? 0 : 1);
  const found = meetings(networksOf(draft)).toSorted((one, other) => rank(one) - rank(other));
  for (const { outer, inner, verdict } of found) {
    const [earlier, later] = outer.span.start <= inner.span.start ? [outer, inner] : [inner, outer];
    if (told.has(later.span.start)) continue;
    told.add(later.span.start);
    const place = report.see(earlier.span);
    const message =
      verdict.message ??
      (outer.prefix === inner.prefix
        ? `${later.prefix} is ${earlier.what} already ${place}`
        : `${later.prefix} overlaps ${earlier.prefix}, ${earlier.what} ${place}`);
    if (verdict.severity === 'error') report.error(later.span, message, verdict.cure);
    else report.warn(later.span, message, verdict.cure);
  }
}

function checkGateways(wan: DraftWan, report: Reporter): void {
  for (const { prefix, gateway } of wan.subnets.items) {
    if (gateway === undefined) continue;
    const problem = prefixContains(prefix.value, gateway.value)
      ? notAHost(gateway.value, prefix.value)
      : {
          message: `gateway ${gateway.value} is not in its subnet ${prefix.value}`,
          cure: 'use an address of the subnet, or leave `gateway` out: it is the first host address',
        };
    if (problem !== undefined) report.error(gateway.span, problem.message, problem.cure);
  }
}

function networksOf(draft: Draft): Network[] {
  const networks: Network[] = [];
  for (const { address } of draft.lan.addresses.items) {
    const what = 'the network of a LAN address';
    networks.push({
      prefix: prefixOf(address.value),
      span: address.span,
      role: 'lan',
      what,
      owner: undefined,
    });
  }
  for (const wan of draft.wans.items) {
    const name = wan.name === undefined ? 'a WAN' : `WAN ${quoted(wan.name.value)}`;
    const links = new Set<Prefix>();
    for (const { value, span } of wan.addresses.items) {
      const prefix = prefixOf(value);
      if (links.has(prefix)) continue; // a second address in one network
      links.add(prefix);
      networks.push({
        prefix,
        span,
        role: 'link',
        what: `the link of ${name}`,
        owner: wan,
        host: value.address,
      });
    }
    for (const { prefix } of wan.subnets.items) {
      networks.push({
        prefix: prefix.value,
        span: prefix.span,
        role: 'lan',
        what: `the subnet of ${name}`,
        owner: wan,
      });
    }
  }
  for (const peer of draft.peers.items) networks.push(...networksOfPeer(peer));
  return networks;
}

function networksOfPeer(peer: DraftPeer): Network[] {
  const name = peer.name === undefined ? 'a peer' : `peer ${quoted(peer.name.value)}`;
  const networks: Network[] = peer.prefixes.items.map(({ value, span }) => {
    return {
      prefix: value,
      span,
      role: 'peer-prefix',
      what: `a prefix behind ${name}`,
      owner: peer,
    };
  });
  const remotes = new Set<string>();
  for (const path of peer.paths.items) {
    for (const { value, span } of path.subnets.items) {
      networks.push({
        prefix: value,
        span,
        role: 'peer-subnet',
        what: `a subnet of ${name}`,
        owner: peer,
      });
    }
    if (path.remote === undefined || remotes.has(path.remote.value)) continue;
    remotes.add(path.remote.value);
    const { value, span } = path.remote;
    const prefix = `${value}/${addressBits(familyOf(value))}` as Prefix;
    networks.push({ prefix, span, role: 'remote', what: `the address of ${name}`, owner: peer });
  }
  return networks;
}

interface Meeting {
  readonly outer: Network;
  readonly inner: Network;
  readonly verdict: Verdict;
}

/** One sweep over all networks in the order of their addresses; nested ones lie on a stack. */
function meetings(networks: readonly Network[]): Meeting[] {
  const ranges = networks.map((network) => {
    const first = addressToInteger(firstAddress(network.prefix));
    const last = first + addressCount(network.prefix) - 1n;
    return { network, first, last, four: prefixFamily(network.prefix) === 'ipv4' };
  });
  ranges.sort(
    (a, b) =>
      Number(b.four) - Number(a.four) ||
      compare(a.first, b.first) ||
      compare(b.last, a.last) ||
      a.network.span.start - b.network.span.start,
  );
  const found: Meeting[] = [];
  let open: typeof ranges = [];
  for (const range of ranges) {
    open = open.filter((each) => each.four === range.four && each.last >= range.last);
    const inner = range.network;
    const verdicts = open
      .map(({ network: outer }) => ({ outer, inner, verdict: judge(outer, inner) }))
      .filter((each): each is Meeting => each.verdict !== undefined)
      .reverse();
    const worst = verdicts.find(({ verdict }) => verdict.severity === 'error') ?? verdicts[0];
    if (worst !== undefined) found.push(worst);
    // What equals an open network and clashes with it would only repeat the clash.
    if (worst?.verdict.severity !== 'error' || worst.outer.prefix !== inner.prefix)
      open.push(range);
  }
  return found;
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
