/**
 * What a machine in memory has, and what it makes of changes.
 *
 * Always holds: it refuses what the kernel refuses (an address on an absent interface, a second rule
 * of the same kind, a route over an interface that is down, words that nobody knows), and what hangs
 * on a device goes with it.
 */
import type { Change } from '../../apply/change.ts';
import { WamptcpError } from '../../lib/errors.ts';
import { familyOf } from '../../net/address.ts';
import type { Address, InterfaceAddress } from '../../net/address.ts';
import { interfaceName } from '../../net/interface-name.ts';
import { resourceKey } from '../../plan/resource.ts';
import type {
  ForwardingEntry,
  Provisioner,
  ProxyEngine,
  Resource,
  Sysctl,
  Vxlan,
} from '../../plan/resource.ts';
import { IPV6_FORWARDING } from '../../plan/sysctls.ts';

export interface FakeInterface {
  readonly mtu?: number;
  readonly up?: boolean;
  readonly addresses?: readonly InterfaceAddress[];
  /** Next hops of default routes in the main table. */
  readonly nexthops?: readonly Address[];
}

interface Device {
  readonly mtu: number;
  readonly nexthops: readonly Address[];
  readonly tunnel: Vxlan | undefined;
}

type Keyed<K extends Resource['kind']> = Extract<Resource, { kind: K }>;

export class FakeMachine {
  protected readonly devices = new Map<string, Device>();
  /** Everything but devices and sysctls, by key. */
  protected readonly resources = new Map<string, Resource>();
  protected readonly sysctls = new Map<string, string>();
  /** What belongs to others and is no business of ours, such as their nftables tables. */
  protected readonly foreign = new Set<string>();

  constructor() {
    for (const [key, value] of MACHINE_SWITCHES) this.sysctls.set(key, value);
    this.addInterface('lo', { mtu: 65_536, up: true });
    // The kernel's own.
    this.addForeign({ kind: 'mptcp-limits', subflows: 2, announcements: 0 });
  }

  addInterface(name: string, options: FakeInterface = {}): void {
    const { mtu = 1500, up = false, addresses = [], nexthops = [] } = options;
    this.devices.set(name, { mtu, nexthops, tunnel: undefined });
    this.#initialise(name);
    if (up) this.addForeign({ kind: 'link-up', interface: name as never });
    for (const own of addresses) {
      this.addForeign({ kind: 'address', interface: name as never, ...own });
    }
  }

  /** Its routes and addresses go, too, and tunnels of the old kind; entries lead to nowhere then. */
  removeInterface(name: string): void {
    this.devices.delete(name);
    this.#dropWhere((resource) => 'interface' in resource && resource.interface === name);
    for (const key of [...this.sysctls.keys()]) {
      if (key.split('/')[3] === name) this.sysctls.delete(key);
    }
    for (const [key, resource] of this.resources) {
      if (resource.kind !== 'forwarding-entry' || resource.lower !== name) continue;
      this.resources.set(key, { ...resource, lower: interfaceName('if99') });
    }
    for (const [device, { tunnel }] of [...this.devices]) {
      if (tunnel?.lower === name) this.removeInterface(device);
    }
  }

  /** As somebody may do with any interface, ours too. */
  setDown(name: string): void {
    this.resources.delete(resourceKey({ kind: 'link-up', interface: name as never }));
    this.#setDown(name);
  }

  /** A process that we started ends, as by a crash. */
  endProgram(kind: 'provisioner' | 'proxy'): void {
    this.resources.delete(kind);
  }

  /** As somebody may do who takes away what he does not know. */
  lose(kind: Exclude<Resource['kind'], 'sysctl' | 'vxlan'>): void {
    this.#dropWhere((resource) => resource.kind === kind);
  }

  /** Something of somebody else's; a tunnel is his by its alias, all others by his mark. */
  addForeign(resource: Resource): void {
    this.#add(resource);
    if (resource.kind !== 'vxlan') this.foreign.add(resourceKey(resource));
  }

  /** Everything there is, one line each, sorted: equal text is an equal machine. */
  snapshot(): string {
    return [
      ...[...this.devices].map(
        ([name, { mtu, tunnel }]) => `device ${name} mtu ${mtu} ${JSON.stringify(tunnel ?? {})}`,
      ),
      ...[...this.resources.values()].map((resource) => JSON.stringify(resource)),
      ...[...this.sysctls].map(([key, value]) => `${key}=${value}`),
    ]
      .toSorted()
      .join('\n');
  }

  protected perform(change: Change): void {
    switch (change.action) {
      case 'add':
        this.#add(change.resource);
        return;
      case 'remove':
        this.#remove(change.resource);
        return;
      case 'change':
        this.#modify(change.resource);
        return;
    }
  }

  #add(resource: Resource): void {
    switch (resource.kind) {
      case 'sysctl':
        this.#write(resource);
        return;
      case 'vxlan':
        this.#addVxlan(resource);
        return;
      case 'address':
      case 'rule':
      case 'mptcp-endpoints':
        if (this.resources.has(resourceKey(resource))) throw refused('File exists', resource);
        break;
      case 'route':
        if (!this.isUp(resource.interface)) throw refused('Network is down', resource);
        break;
      case 'provisioner':
      case 'proxy':
        understand(resource);
        break;
      default:
        break;
    }
    if (resource.kind === 'forwarding-entry') this.#leadsSomewhere(resource);
    if ('interface' in resource && !this.devices.has(resource.interface)) {
      throw refused('Cannot find device', resource);
    }
    this.resources.set(resourceKey(resource), resource);
  }

  #remove(resource: Resource): void {
    if (resource.kind === 'sysctl' || resource.kind === 'mptcp-limits') return;
    if (resource.kind === 'vxlan') {
      if (!this.devices.has(resource.name)) throw refused('Cannot find device', resource);
      this.removeInterface(resource.name);
      return;
    }
    if (!this.resources.delete(resourceKey(resource))) throw refused('No such thing', resource);
    if (resource.kind === 'link-up') this.#setDown(resource.interface);
    if (resource.kind === 'address') this.#lostAddress(resource.interface);
  }

  #modify(resource: Resource): void {
    if (resource.kind === 'vxlan') {
      const before = this.devices.get(resource.name)?.tunnel;
      if (before === undefined) throw refused('Cannot find device', resource);
      const { mac, mtu, alias, local, df } = resource;
      const tunnel = { ...before, mac, mtu, alias, local, df };
      this.devices.set(resource.name, { mtu, nexthops: [], tunnel });
      return;
    }
    if (resource.kind === 'provisioner' || resource.kind === 'proxy') understand(resource);
    if (resource.kind === 'forwarding-entry') this.#leadsSomewhere(resource);
    if (resource.kind === 'sysctl') this.#write(resource);
    else this.resources.set(resourceKey(resource), resource);
  }

  #addVxlan(tunnel: Vxlan): void {
    const others = [...this.devices.values()].flatMap((device) => device.tunnel ?? []);
    const twice = others.some((one) => one.vni === tunnel.vni && one.port === tunnel.port);
    if (this.devices.has(tunnel.name) || twice) throw refused('File exists', tunnel);
    const { lower } = tunnel;
    if (lower !== undefined && !this.devices.has(lower)) {
      throw refused('Cannot find device', tunnel);
    }
    this.devices.set(tunnel.name, { mtu: tunnel.mtu, nexthops: [], tunnel });
    this.#initialise(tunnel.name);
    const up: Resource = { kind: 'link-up', interface: tunnel.name };
    this.resources.set(resourceKey(up), up);
  }

  #leadsSomewhere(entry: ForwardingEntry): void {
    if (entry.lower !== undefined && this.devices.has(entry.lower)) return;
    throw refused('Cannot find device', entry);
  }

  /** The switches that a new interface has, from `default`. */
  #initialise(name: string): void {
    for (const [family, key, value = '0'] of [
      ['ipv4', 'forwarding'],
      ['ipv4', 'rp_filter'],
      ['ipv4', 'arp_ignore'],
      ['ipv6', 'forwarding'],
      ['ipv6', 'disable_ipv6'],
      ['ipv6', 'accept_ra', '1'],
    ] as const) {
      this.sysctls.set(`net/${family}/conf/${name}/${key}`, value);
    }
  }

  #write({ key, value }: Sysctl): void {
    const path = key.join('/');
    if (!this.sysctls.has(path)) throw refused('no such switch', { kind: 'sysctl', key, value });
    this.sysctls.set(path, value);
  }

  protected isUp(name: string): boolean {
    return this.resources.has(resourceKey({ kind: 'link-up', interface: name as never }));
  }

  /** The kernel takes routes and IPv6 addresses away from an interface that is set down. */
  #setDown(name: string): void {
    this.#dropWhere(
      (resource) =>
        (resource.kind === 'route' && resource.interface === name) ||
        (resource.kind === 'address' &&
          resource.interface === name &&
          familyOf(resource.address) === 'ipv6'),
    );
  }

  /** An interface without an IPv4 address has no IPv4 routes. */
  #lostAddress(name: string): void {
    const left = this.all('address').filter((one) => one.interface === name);
    if (left.some((one) => familyOf(one.address) === 'ipv4')) return;
    this.#dropWhere(
      (one) => one.kind === 'route' && one.interface === name && one.family === 'ipv4',
    );
  }

  protected all<K extends Resource['kind']>(kind: K): readonly Keyed<K>[] {
    return [...this.resources.values()].filter((one): one is Keyed<K> => one.kind === kind);
  }

  #dropWhere(condition: (resource: Resource) => boolean): void {
    for (const [key, resource] of [...this.resources]) {
      if (!condition(resource)) continue;
      this.resources.delete(key);
      this.foreign.delete(key);
    }
  }
}

/** Those that belong to no interface, as a new machine has them. */
const MACHINE_SWITCHES: readonly (readonly [string, string])[] = [
  [IPV6_FORWARDING.join('/'), '0'],
  ['net/ipv4/tcp_rmem', '4096\t131072\t6291456'],
  ['net/ipv4/tcp_wmem', '4096\t16384\t4194304'],
  ['net/ipv4/tcp_notsent_lowat', '4294967295'],
  ['net/ipv4/tcp_rto_min_us', '200000'],
  ['net/ipv4/tcp_frto', '2'],
  ['net/ipv4/tcp_syncookies', '1'],
  ['net/ipv4/tcp_max_syn_backlog', '1024'],
  ['net/ipv4/tcp_tw_reuse', '2'],
  ['net/mptcp/stale_loss_cnt', '4'],
  ['net/mptcp/blackhole_timeout', '3600'],
];

/** The words that a plan uses; everything else would be a mistake in it. */
const WORDS: Readonly<Record<(Provisioner | ProxyEngine)['kind'], RegExp>> = {
  provisioner:
    /^(interface|bind-dynamic|port|domain|domain-needed|bogus-priv|no-resolv|server|no-ping|quiet-dhcp|quiet-dhcp6|quiet-ra|enable-ra|tag-if|dhcp-authoritative|dhcp-lease-max|dhcp-match|dhcp-ignore|dhcp-option|dhcp-option-force|dhcp-range|dhcp-host)(=|$)/,
  proxy:
    /^(#.*|\.(if|else|endif).*|global|defaults|frontend (lan|twin|relay)|backend \S+|\s+(stats|tune\.bufsize|mode|maxconn|option|timeout|retries|bind|tcp-request|use_backend|default_backend|source|server) .*)$/,
};

function understand(resource: Provisioner | ProxyEngine): void {
  const lines = resource.config.split('\n').filter((line) => line !== '');
  const unknown = lines.find((line) => !WORDS[resource.kind].test(line));
  if (unknown !== undefined) throw refused(`bad line ${unknown}`, resource);
}

function refused(words: string, resource: Resource): WamptcpError {
  return new WamptcpError('FAKE_REFUSED', `${resourceKey(resource)}: ${words}`, {
    advice: 'Look at the test.',
  });
}
