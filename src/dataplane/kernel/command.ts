/**
 * Changes → exact commands, pure. What is tested against golden files is what is run.
 *
 * Always holds: every word comes from a parsed value, never from raw text of a file.
 */
import { isDeepStrictEqual } from 'node:util';

import type { Change } from '../../apply/change.ts';
import { ROUTE_PROTOCOL, NFT_TABLE, TUNNEL_IPV4 } from '../../plan/ids.ts';
import { ruleAction, ruleSelector } from '../../plan/resource.ts';
import type {
  AddressResource,
  ForwardingEntry,
  MptcpEndpoint,
  MptcpEndpoints,
  Resource,
  Route,
  Rule,
  Sysctl,
  Vxlan,
} from '../../plan/resource.ts';
import { familyOf } from '../../net/address.ts';
import type { Address, Family } from '../../net/address.ts';
import { rulesetLoad, rulesetUpdate } from './ruleset.ts';

export type Command =
  | {
      readonly run: readonly string[];
      readonly stdin?: string;
      /** With the first IPv4 address of a network the kernel would delete all others in it. */
      readonly promoting?: string;
      /**
       * An address that is broadcast in a network the interface still has is taken for broadcast,
       * and its own network gets no route.
       */
      readonly hosting?: { readonly address: string; readonly interface: string };
      /** Of an MPTCP endpoint; one that the kernel has made for it by itself is in the way. */
      readonly claiming?: Address;
      /** What our nftables table is then, in our words; empty: there is none. */
      readonly ruleset?: string;
    }
  | { readonly write: Sysctl }
  | { readonly engine: 'load'; readonly config: string }
  | { readonly engine: 'stop' }
  | { readonly provisioner: 'load'; readonly config: string }
  | { readonly provisioner: 'stop' }
  | { readonly proxy: 'load'; readonly config: string }
  | { readonly proxy: 'stop' };

export function commandsFor(change: Change): readonly Command[] {
  switch (change.action) {
    case 'add':
      return add(change.resource);
    case 'remove':
      return remove(change.resource);
    case 'change':
      return modify(change.before, change.resource);
  }
}

/** As a person would type it. */
export function commandText(command: Command): string {
  if ('run' in command) {
    const input = command.stdin === undefined ? '' : ` <<'EOF'\n${command.stdin}EOF`;
    const switched = command.promoting === undefined ? '' : '  # with promote_secondaries=1';
    return `${command.run.join(' ')}${input}${switched}`;
  }
  if ('write' in command) {
    return `sysctl -w ${command.write.key.join('/')}=${command.write.value}`;
  }
  const program = 'engine' in command ? 'bird' : 'proxy' in command ? 'haproxy' : 'dnsmasq';
  return 'config' in command ? `${program} load <<'EOF'\n${command.config}EOF` : `${program} stop`;
}

function add(resource: Resource): readonly Command[] {
  switch (resource.kind) {
    case 'sysctl':
      return [{ write: resource }];
    case 'link-up':
      return [ip('link', 'set', resource.interface, 'up')];
    case 'vxlan':
      return addVxlan(resource);
    case 'forwarding-entry':
      return [addForwardingEntry(resource)];
    case 'address':
      return [address('add', resource)];
    case 'neighbour':
      return [
        ip(
          'neigh',
          'replace',
          resource.address,
          'lladdr',
          resource.mac,
          'dev',
          resource.interface,
          'nud',
          'permanent',
        ),
      ];
    case 'route':
      return [route('replace', resource)];
    case 'rule':
      return [rule('add', resource)];
    case 'nftables':
      return [nft(rulesetLoad(resource.ruleset), resource.ruleset)];
    case 'engine':
      return [{ engine: 'load', config: resource.config }];
    case 'provisioner':
      return [{ provisioner: 'load', config: resource.config }];
    case 'proxy':
      return [{ proxy: 'load', config: resource.config }];
    case 'mptcp-endpoints':
      return resource.endpoints.map(addEndpoint);
    case 'mptcp-limits':
      return [
        ip(
          ...['mptcp', 'limits', 'set', 'subflow', String(resource.subflows)],
          ...['add_addr_accepted', String(resource.announcements)],
        ),
      ];
  }
}

function remove(resource: Resource): readonly Command[] {
  switch (resource.kind) {
    case 'sysctl':
      // It had no value before: it belongs to a device of ours and goes with it.
      return [];
    case 'link-up':
      return [ip('link', 'set', resource.interface, 'down')];
    case 'vxlan':
      return [ip('link', 'delete', resource.name)];
    case 'forwarding-entry':
      // Without where it leads: the interface that it names may be gone.
      return [bridge('fdb', 'delete', resource.mac, 'dev', resource.interface, 'self')];
    case 'address':
      return [address('delete', resource)];
    case 'neighbour':
      return [ip('neigh', 'delete', resource.address, 'dev', resource.interface)];
    case 'route':
      return [route('delete', resource)];
    case 'rule':
      return [rule('delete', resource)];
    case 'nftables':
      return [{ run: ['nft', 'delete', 'table', 'inet', NFT_TABLE], ruleset: '' }];
    case 'engine':
      return [{ engine: 'stop' }];
    case 'provisioner':
      return [{ provisioner: 'stop' }];
    case 'proxy':
      return [{ proxy: 'stop' }];
    case 'mptcp-endpoints':
      return resource.endpoints.map(deleteEndpoint);
    case 'mptcp-limits':
      // The kernel always has some: they are changed, not made.
      return [];
  }
}

function modify(before: Resource, after: Resource): readonly Command[] {
  if (after.kind === 'address') return relength(before, after);
  if (after.kind === 'mptcp-endpoints') return exchangeEndpoints(before, after);
  if (after.kind === 'vxlan' && before.kind === 'vxlan') return modifyVxlan(before, after);
  if (after.kind === 'nftables' && before.kind === 'nftables') {
    return [nft(rulesetUpdate(before.ruleset, after.ruleset), after.ruleset)];
  }
  return add(after);
}

/** Only what differs: a MAC address that is set anew, be it the same, takes all neighbours with it. */
function modifyVxlan(before: Vxlan, after: Vxlan): readonly Command[] {
  const outside = [
    ...(before.local === after.local ? [] : ['local', after.local]),
    ...(before.df === after.df ? [] : ['df', after.df]),
  ];
  const device = [
    ...(before.mtu === after.mtu ? [] : ['mtu', String(after.mtu)]),
    ...(before.alias === after.alias ? [] : ['alias', after.alias]),
  ];
  return [
    ...(outside.length === 0 ? [] : [ip('link', 'set', after.name, 'type', 'vxlan', ...outside)]),
    ...(device.length === 0 ? [] : [ip('link', 'set', after.name, ...device)]),
  ];
}

/** Without its last IPv4 address an interface loses its routes; IPv6 has each address only once. */
function relength(before: Resource, after: AddressResource): readonly Command[] {
  return familyOf(after.address) === 'ipv4'
    ? [...add(after), ...remove(before)]
    : [...remove(before), ...add(after)];
}

/** Those that stay are not touched: with an endpoint go the subflows from it. */
function exchangeEndpoints(before: Resource, after: MptcpEndpoints): readonly Command[] {
  const had = before.kind === 'mptcp-endpoints' ? before.endpoints : [];
  const isIn = (list: readonly MptcpEndpoint[]) => (one: MptcpEndpoint) =>
    list.some((other) => isDeepStrictEqual(one, other));
  return [
    ...had.filter((one) => !isIn(after.endpoints)(one)).map(deleteEndpoint),
    ...after.endpoints.filter((one) => !isIn(had)(one)).map(addEndpoint),
  ];
}

function addEndpoint({ address: own, id, flags }: MptcpEndpoint): Command {
  return {
    run: ['ip', 'mptcp', 'endpoint', 'add', own, 'id', String(id), ...flags],
    claiming: own,
  };
}

function deleteEndpoint({ id }: MptcpEndpoint): Command {
  return ip('mptcp', 'endpoint', 'delete', 'id', String(id));
}

function addVxlan(link: Vxlan): readonly Command[] {
  return [
    ip(
      // The MAC from the start: before the alias is set, it tells that the device is ours.
      ...['link', 'add', link.name, 'address', link.mac, 'mtu', String(link.mtu)],
      ...['type', 'vxlan', 'id', String(link.vni)],
      // Neither `dev` nor `remote`: where it leads is its forwarding entry's.
      ...['local', link.local, ...(link.lower === undefined ? [] : ['dev', link.lower])],
      // `tos inherit`: BFD's CS6 shows on the outside. One fixed peer: nothing to learn.
      ...['dstport', String(link.port), 'ttl', '64', 'tos', 'inherit', 'nolearning'],
      // The end of the range is not in it.
      ...(link.sourcePort === undefined
        ? []
        : ['srcport', String(link.sourcePort), String(link.sourcePort + 1)]),
      ...['df', link.df],
    ),
    // Before it comes up, or the kernel gives it a second link-local address.
    ip('link', 'set', link.name, 'addrgenmode', 'none'),
    ip('link', 'set', link.name, 'alias', link.alias, 'up'),
  ];
}

/** Changed in one step where it is there already; the far end's MAC is the only one that is sent to. */
function addForwardingEntry({ interface: name, mac, remote, lower }: ForwardingEntry): Command {
  const way = lower === undefined ? [] : ['via', lower];
  return bridge('fdb', 'replace', mac, 'dev', name, 'dst', remote, ...way, 'self', 'permanent');
}

function address(verb: 'add' | 'delete', resource: AddressResource): Command {
  const ipv6 = familyOf(resource.address) === 'ipv6';
  const run = [
    ...['ip', 'address', verb, `${resource.address}/${resource.length}`, 'dev', resource.interface],
    ...(verb === 'add' && ipv6 ? ['nodad'] : []),
    ...(verb === 'add' && resource.address === TUNNEL_IPV4 ? ['scope', 'link'] : []),
  ];
  if (ipv6) return { run };
  return verb === 'delete'
    ? { run, promoting: resource.interface }
    : { run, hosting: { address: resource.address, interface: resource.interface } };
}

function route(verb: 'replace' | 'delete', resource: Route): Command {
  // A hub on a rented machine has a /32 and a router outside of it.
  const via = resource.via === undefined ? [] : ['via', ...viaWords(resource), 'onlink'];
  const way = resource.type === 'throw' ? [] : ['dev', resource.interface, ...via];
  return {
    run: [
      'ip',
      familyFlag(resource.family),
      ...['route', verb, ...(resource.type === 'unicast' ? [] : [resource.type])],
      resource.destination,
      // Where it leads is no part of its name: an orphan may be of type unreachable.
      ...(verb === 'replace' ? way : []),
      ...['table', String(resource.table)],
      // The engine may have one of its own there by now.
      ...(verb === 'replace' || resource.type === 'throw' ? ['proto', String(ROUTE_PROTOCOL)] : []),
    ],
  };
}

/** A next hop of the other family (RFC 8950) has to be called so. */
function viaWords({ family, via }: Route): readonly string[] {
  if (via === undefined) return [];
  return familyOf(via) === family ? [via] : ['inet6', via];
}

function rule(verb: 'add' | 'delete', resource: Rule): Command {
  return {
    run: [
      'ip',
      familyFlag(resource.family),
      ...['rule', verb, 'priority', String(resource.priority)],
      ...ruleSelector(resource).split(' '),
      ...['lookup', ...ruleAction(resource).split(' '), 'protocol', String(ROUTE_PROTOCOL)],
    ],
  };
}

function nft(stdin: string, ruleset: string): Command {
  return { run: ['nft', '-f', '-'], stdin, ruleset };
}

function bridge(...args: readonly string[]): Command {
  return { run: ['bridge', ...args] };
}

function ip(...args: readonly string[]): Command {
  return { run: ['ip', ...args] };
}

export function familyFlag(family: Family): '-4' | '-6' {
  return family === 'ipv4' ? '-4' : '-6';
}
