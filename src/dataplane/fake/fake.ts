/**
 * A machine in memory that implements the data-plane port, for tests.
 *
 * Always holds: the contract suite runs against it and against the kernel.
 */
import { interrupted } from '../../apply/interruption.ts';
import type { Observed } from '../../apply/actual.ts';
import type { Change } from '../../apply/change.ts';
import type { Dataplane, ExecuteAllOptions, Executed, Scope } from '../../apply/dataplane.ts';
import type { Facts, MainRoute } from '../../plan/facts.ts';
import { familyOf } from '../../net/address.ts';
import { isHalfMade, isTunnelName, linkAlias } from '../../plan/ids.ts';
import { OPTIONAL_SWITCHES } from '../../plan/proxy-endpoints.ts';
import { hangsOn, resourceKey } from '../../plan/resource.ts';
import type { Resource, Sysctl, Vxlan } from '../../plan/resource.ts';
import { tunnelSwitches } from '../../plan/sysctls.ts';
import { FakeMachine } from './fake-machine.ts';

const MAIN_TABLE = 254;

export class FakeDataplane extends FakeMachine implements Dataplane {
  /** What the main table has besides default routes. */
  mainRoutes: readonly MainRoute[] = [];
  /** May throw: then the change fails before it has any effect. */
  beforeEach: (change: Change) => void = () => undefined;
  /** May throw: then the change has its effect, but whoever asked for it never hears of it. */
  afterEach: (change: Change) => void = () => undefined;

  async present(interfaces: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(interfaces.filter((name) => this.devices.has(name)));
  }

  async facts(interfaces: readonly string[]): Promise<Facts> {
    return {
      switches: new Set(OPTIONAL_SWITCHES.map((key) => key.join('/'))),
      haproxy: 'wrapped',
      ownedTables: true,
      mainRoutes: this.mainRoutes,
      nameServers: [],
      interfaces: new Map(
        interfaces.flatMap((name) => {
          const device = this.devices.get(name);
          if (device === undefined) return [];
          const addresses = this.all('address')
            .filter((one) => one.interface === name && !one.address.startsWith('fe80:'))
            .map(({ address, length }) => ({ address, length }));
          const routes = this.all('route')
            .filter((one) => one.interface === name && one.table === MAIN_TABLE)
            .flatMap((one) => (one.destination === 'default' ? (one.via ?? []) : []));
          const ways = [...device.nexthops, ...routes].map((via) => ({
            family: familyOf(via),
            via,
          }));
          return [[name, { mtu: device.mtu, addresses, ways }] as const];
        }),
      ),
      own: new Map(
        this.all('address')
          .filter((one) => !isTunnelName(one.interface) && !one.address.startsWith('fe80:'))
          .map((one) => [one.address, one.interface]),
      ),
      tunnelSources: new Map(
        [...this.devices.values()].flatMap(({ tunnel }) =>
          tunnel !== undefined && isOurs(tunnel) ? [[tunnel.name, tunnel.local]] : [],
        ),
      ),
    };
  }

  async read(scope: Scope): Promise<readonly Observed[]> {
    const wanted = new Set(scope.wanted.map(resourceKey));
    const tunnels = [...this.devices.values()].flatMap((device) => device.tunnel ?? []);
    const ours = new Set<string>(tunnels.filter(isOurs).map((tunnel) => tunnel.name));
    return [
      ...tunnels.map((tunnel) => ({
        resource: this.isUp(tunnel.name) ? tunnel : { ...tunnel, alias: '' },
        owned: isOurs(tunnel),
      })),
      ...this.#inTheWay(scope),
      ...[...this.resources.values()].map((resource) => ({
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

  /** Nothing here is made by programs. */
  ready(): void {
    // Always.
  }

  async execute(change: Change): Promise<void> {
    this.beforeEach(change);
    this.perform(change);
    this.afterEach(change);
  }

  async executeAll(
    changes: readonly Change[],
    { progress, stopped }: ExecuteAllOptions = {},
  ): Promise<Executed> {
    for (const [done, change] of changes.entries()) {
      if (stopped?.() === true) return { done, error: interrupted() };
      progress?.(change, done);
      try {
        await this.execute(change);
      } catch (error) {
        return { done, error };
      }
    }
    return { done: changes.length };
  }

  commands(change: Change): readonly string[] {
    return [`${change.action} ${resourceKey(change.resource)}`];
  }

  #owns(resource: Resource, ours: ReadonlySet<string>, scope: Scope): boolean {
    const key = resourceKey(resource);
    switch (resource.kind) {
      case 'rule':
      case 'route':
      case 'nftables':
      case 'engine':
      case 'provisioner':
      case 'proxy':
      case 'mptcp-endpoints':
        return !this.foreign.has(key);
      case 'address':
      case 'neighbour':
      case 'forwarding-entry':
        return ours.has(resource.interface) || scope.ledger.has(key);
      case 'link-up':
      case 'sysctl':
      case 'vxlan':
      case 'mptcp-limits':
        return scope.ledger.has(key);
    }
  }

  /** Devices of another kind that have the name of a tunnel that is wanted. */
  #inTheWay(scope: Scope): readonly Observed[] {
    return scope.wanted.flatMap((resource) => {
      if (resource.kind !== 'vxlan') return [];
      const device = this.devices.get(resource.name);
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
      const value = this.sysctls.get(path);
      if (value === undefined) return [];
      const resource: Sysctl = { kind: 'sysctl', key, value };
      const owned = scope.ledger.has(resourceKey(resource)) || hangsOn(resource, ours);
      return [{ resource, owned }];
    });
  }
}

function isOurs(tunnel: Vxlan): boolean {
  return tunnel.alias.startsWith(linkAlias('')) || isHalfMade(tunnel);
}
