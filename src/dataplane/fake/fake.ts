/**
 * A machine in memory that implements the data-plane port, for tests.
 *
 * Always holds: it refuses what the kernel refuses (an address on an absent interface, a second rule
 * of the same kind, a route over an interface that is down), and what hangs on a device goes with
 * it. The contract suite runs against it and against the kernel.
 */
import type { Observed } from '../../apply/actual.ts';
import type { Change } from '../../apply/change.ts';
import type { Dataplane, Scope } from '../../apply/dataplane.ts';
import { WamptcpError } from '../../lib/errors.ts';
import { familyOf } from '../../net/address.ts';
import type { Address, InterfaceAddress } from '../../net/address.ts';
import type { Facts } from '../../plan/facts.ts';
import { isHalfMade, linkAlias } from '../../plan/ids.ts';
import { hangsOn, resourceKey } from '../../plan/resource.ts';
import type { Resource, Sysctl, Vxlan } from '../../plan/resource.ts';
import { IPV6_FORWARDING, tunnelSwitches } from '../../plan/sysctls.ts';

export interface FakeInterface {
  readonly mtu?: number;
  readonly up?: boolean;
  readonly addresses?: readonly InterfaceAddress[];
  /** Next hops of default routes in the main table. */
  readonly nexthops?: readonly Address[];
}

const MAIN_TABLE = 254;

interface Device {
  readonly mtu: number;
  readonly nexthops: readonly Address[];
  readonly tunnel: Vxlan | undefined;
}

type Keyed<K extends Resource['kind']> = Extract<Resource, { kind: K }>;

export class FakeDataplane implements Dataplane {
  readonly #devices = new Map<string, Device>();
  /** Everything but devices and sysctls, by key. */
  readonly #resources = new Map<string, Resource>();
  readonly #sysctls = new Map<string, string>();
  /** What belongs to others and is no business of ours, such as their nftables tables. */
  readonly #foreign = new Set<string>();
  /** May throw: then the change fails before it has any effect. */
  beforeEach: (change: Change) => void = () => undefined;
  /** May throw: then the change has its effect, but whoever asked for it never hears of it. */
  afterEach: (change: Change) => void = () => undefined;

  addInterface(name: string, options: FakeInterface = {}): void {
    const { mtu = 1500, up = false, addresses = [], nexthops = [] } = options;
    this.#devices.set(name, { mtu, nexthops, tunnel: undefined });
    this.#initialise(name);
    if (up) this.addForeign({ kind: 'link-up', interface: name as never });
    for (const own of addresses) {
      this.addForeign({ kind: 'address', interface: name as never, ...own });
    }
  }

  /** Its routes, addresses and the tunnels over it go, too. */
  removeInterface(name: string): void {
    this.#devices.delete(name);
    this.#dropWhere((resource) => 'interface' in resource && resource.interface === name);
    for (const key of [...this.#sysctls.keys()]) {
      if (key.split('/')[3] === name) this.#sysctls.delete(key);
    }
    for (const [device, { tunnel }] of [...this.#devices]) {
      if (tunnel?.lower === name) this.removeInterface(device);
    }
  }

  /** As somebody may do with any interface, ours too. */
  setDown(name: string): void {
    this.#resources.delete(resourceKey({ kind: 'link-up', interface: name as never }));
    this.#setDown(name);
  }

  /** Something of somebody else's; a tunnel is his by its alias, all others by his mark. */
  addForeign(resource: Resource): void {
    this.#add(resource);
    if (resource.kind !== 'vxlan') this.#foreign.add(resourceKey(resource));
  }

  /** Everything there is, one line each, sorted: equal text is an equal machine. */
  snapshot(): string {
    return [
      ...[...this.#devices].map(
        ([name, { mtu, tunnel }]) => `device ${name} mtu ${mtu} ${JSON.stringify(tunnel ?? {})}`,
      ),
      ...[...this.#resources.values()].map((resource) => JSON.stringify(resource)),
      ...[...this.#sysctls].map(([key, value]) => `${key}=${value}`),
    ]
      .toSorted()
      .join('\n');
  }

  async facts(interfaces: readonly string[]): Promise<Facts> {
    return {
      interfaces: new Map(
        interfaces.flatMap((name) => {
          const device = this.#devices.get(name);
          if (device === undefined) return [];
          const addresses = this.#all('address')
            .filter((one) => one.interface === name && !one.address.startsWith('fe80:'))
            .map(({ address, length }) => ({ address, length }));
          const routes = this.#all('route')
            .filter((one) => one.interface === name && one.table === MAIN_TABLE)
            .flatMap((one) => (one.destination === 'default' ? (one.via ?? []) : []));
          const nexthops = [...device.nexthops, ...routes];
          return [[name, { mtu: device.mtu, addresses, nexthops }] as const];
        }),
      ),
    };
  }

  async read(scope: Scope): Promise<readonly Observed[]> {
    const wanted = new Set(scope.wanted.map(resourceKey));
    const tunnels = [...this.#devices.values()].flatMap((device) => device.tunnel ?? []);
    const ours = new Set<string>(tunnels.filter(isOurs).map((tunnel) => tunnel.name));
    return [
      ...tunnels.map((tunnel) => ({
        resource: this.#isUp(tunnel.name) ? tunnel : { ...tunnel, alias: '' },
        owned: isOurs(tunnel),
      })),
      ...this.#inTheWay(scope),
      ...[...this.#resources.values()].map((resource) => ({
        resource,
        owned: this.#owns(resource, ours, scope),
      })),
      ...this.#readSysctls(scope, ours),
    ].filter(({ resource, owned }) => {
      if (resource.kind === 'link-up' && ours.has(resource.interface)) return false;
      if (scope.kinds?.has(resource.kind) === false) return false;
      return owned || wanted.has(resourceKey(resource));
    });
  }

  async execute(change: Change): Promise<void> {
    this.beforeEach(change);
    this.#perform(change);
    this.afterEach(change);
  }

  commands(change: Change): readonly string[] {
    return [`${change.action} ${resourceKey(change.resource)}`];
  }

  #perform(change: Change): void {
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

  #owns(resource: Resource, ours: ReadonlySet<string>, scope: Scope): boolean {
    const key = resourceKey(resource);
    switch (resource.kind) {
      case 'rule':
      case 'route':
      case 'nftables':
      case 'engine':
        return !this.#foreign.has(key);
      case 'address':
      case 'neighbour':
        return ours.has(resource.interface) || scope.ledger.has(key);
      case 'link-up':
      case 'sysctl':
      case 'vxlan':
        return scope.ledger.has(key);
    }
  }

  /** Devices of another kind that have the name of a tunnel that is wanted. */
  #inTheWay(scope: Scope): readonly Observed[] {
    return scope.wanted.flatMap((resource) => {
      if (resource.kind !== 'vxlan') return [];
      const device = this.#devices.get(resource.name);
      if (device === undefined || device.tunnel !== undefined) return [];
      return [{ resource: { ...resource, vni: 0, mtu: device.mtu, alias: '' }, owned: false }];
    });
  }

  #readSysctls(scope: Scope, ours: ReadonlySet<string>): readonly Observed[] {
    const taken = [...scope.ledger.values()].map((entry) => entry.resource);
    const keys = [
      ...[...scope.wanted, ...taken].flatMap((one) => (one.kind === 'sysctl' ? [one.key] : [])),
      ...[...ours].flatMap(tunnelSwitches),
    ];
    const unique = new Map(keys.map((key) => [key.join('/'), key]));
    return [...unique].flatMap(([path, key]) => {
      const value = this.#sysctls.get(path);
      if (value === undefined) return [];
      const resource: Sysctl = { kind: 'sysctl', key, value };
      const owned = scope.ledger.has(resourceKey(resource)) || hangsOn(resource, ours);
      return [{ resource, owned }];
    });
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
        if (this.#resources.has(resourceKey(resource))) throw refused('File exists', resource);
        break;
      case 'route':
        if (!this.#isUp(resource.interface)) throw refused('Network is down', resource);
        break;
      default:
        break;
    }
    if ('interface' in resource && !this.#devices.has(resource.interface)) {
      throw refused('Cannot find device', resource);
    }
    this.#resources.set(resourceKey(resource), resource);
  }

  #remove(resource: Resource): void {
    if (resource.kind === 'sysctl') return;
    if (resource.kind === 'vxlan') {
      if (!this.#devices.has(resource.name)) throw refused('Cannot find device', resource);
      this.removeInterface(resource.name);
      return;
    }
    if (!this.#resources.delete(resourceKey(resource))) throw refused('No such thing', resource);
    if (resource.kind === 'link-up') this.#setDown(resource.interface);
    if (resource.kind === 'address') this.#lostAddress(resource.interface);
  }

  #modify(resource: Resource): void {
    if (resource.kind === 'vxlan') {
      const before = this.#devices.get(resource.name)?.tunnel;
      if (before === undefined) throw refused('Cannot find device', resource);
      const { mac, mtu, alias } = resource;
      const tunnel = { ...before, mac, mtu, alias };
      this.#devices.set(resource.name, { mtu, nexthops: [], tunnel });
      return;
    }
    if (resource.kind === 'sysctl') this.#write(resource);
    else this.#resources.set(resourceKey(resource), resource);
  }

  #addVxlan(tunnel: Vxlan): void {
    const others = [...this.#devices.values()].flatMap((device) => device.tunnel ?? []);
    const twice = others.some((one) => one.vni === tunnel.vni && one.port === tunnel.port);
    if (this.#devices.has(tunnel.name) || twice) throw refused('File exists', tunnel);
    if (!this.#devices.has(tunnel.lower)) throw refused('Cannot find device', tunnel);
    this.#devices.set(tunnel.name, { mtu: tunnel.mtu, nexthops: [], tunnel });
    this.#initialise(tunnel.name);
    const up: Resource = { kind: 'link-up', interface: tunnel.name };
    this.#resources.set(resourceKey(up), up);
  }

  /** The switches that a new interface has, from `default`. */
  #initialise(name: string): void {
    for (const [family, key] of [
      ['ipv4', 'forwarding'],
      ['ipv4', 'rp_filter'],
      ['ipv6', 'forwarding'],
    ]) {
      this.#sysctls.set(`net/${family}/conf/${name}/${key}`, '0');
    }
    const machine = IPV6_FORWARDING.join('/');
    if (!this.#sysctls.has(machine)) this.#sysctls.set(machine, '0');
  }

  #write({ key, value }: Sysctl): void {
    const path = key.join('/');
    if (!this.#sysctls.has(path)) throw refused('no such switch', { kind: 'sysctl', key, value });
    this.#sysctls.set(path, value);
  }

  #isUp(name: string): boolean {
    return this.#resources.has(resourceKey({ kind: 'link-up', interface: name as never }));
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
    const left = this.#all('address').filter((one) => one.interface === name);
    if (left.some((one) => familyOf(one.address) === 'ipv4')) return;
    this.#dropWhere(
      (one) => one.kind === 'route' && one.interface === name && one.family === 'ipv4',
    );
  }

  #all<K extends Resource['kind']>(kind: K): readonly Keyed<K>[] {
    return [...this.#resources.values()].filter((one): one is Keyed<K> => one.kind === kind);
  }

  #dropWhere(condition: (resource: Resource) => boolean): void {
    for (const [key, resource] of [...this.#resources]) {
      if (!condition(resource)) continue;
      this.#resources.delete(key);
      this.#foreign.delete(key);
    }
  }
}

function isOurs(tunnel: Vxlan): boolean {
  return tunnel.alias.startsWith(linkAlias('')) || isHalfMade(tunnel);
}

function refused(words: string, resource: Resource): WamptcpError {
  return new WamptcpError('FAKE_REFUSED', `${resourceKey(resource)}: ${words}`, {
    advice: 'Look at the test.',
  });
}
