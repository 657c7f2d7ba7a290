/**
 * Why each change is made, for people: which key of the site file it follows from, with both values; or
 * that the machine has changed, and the site file has not. Pure.
 *
 * Always holds: changes come out in their order and as they are but for the reason; a reason names a
 * key only where the two site files differ in it, or the machine in what follows from it.
 */
import { isDeepStrictEqual } from 'node:util';

import type { SiteConfig } from '../config/site.ts';
import { familyOf } from '../net/address.ts';
import type { Facts } from '../plan/facts.ts';
import { planPaths } from '../plan/path.ts';
import type { PathPlan } from '../plan/path.ts';
import type { Desired } from '../plan/plan.ts';
import { resourceKey } from '../plan/resource.ts';
import type { ForwardingEntry, MptcpEndpoint, Resource, Vxlan } from '../plan/resource.ts';
import { underlayTable } from '../plan/ids.ts';
import type { Change } from './change.ts';
import { engineParts, lineParts, rulesetParts } from './config-parts.ts';

export interface ReasonSource {
  /** Undefined: it is taken down. */
  readonly site: SiteConfig | undefined;
  readonly facts: Facts;
  /** Of the site that is applied, on this machine as it is now; undefined: none is applied. */
  readonly before: Desired | undefined;
}

export function withReasons(changes: readonly Change[], source: ReasonSource): readonly Change[] {
  const context = new Context(source);
  const remade = new Map(
    changes.flatMap((change) =>
      change.action === 'remove' && change.resource.kind === 'vxlan'
        ? [[resourceKey(change.resource), change.resource] as const]
        : [],
    ),
  );
  const added = new Map(
    changes.flatMap((change) =>
      change.action === 'add' ? [[resourceKey(change.resource), change.resource] as const] : [],
    ),
  );
  return changes.map((change) => {
    const key = resourceKey(change.resource);
    switch (change.action) {
      case 'change':
        return change.release
          ? change
          : { ...change, reason: context.changed(change.before, change.resource) };
      case 'add': {
        const old = remade.get(key);
        if (old !== undefined) return { ...change, reason: context.changed(old, change.resource) };
        if (change.reason === REMADE) return change;
        return { ...change, reason: context.added(change.resource) };
      }
      case 'remove': {
        const next = added.get(key);
        if (next !== undefined)
          return { ...change, reason: context.changed(change.resource, next) };
        if (change.reason === REMADE) return change;
        return { ...change, reason: context.removed(change.resource) };
      }
    }
  });
}

/** As `diff` says it of what hangs on a device. */
export const REMADE = 'its device is made anew';

class Context {
  readonly #source: ReasonSource;
  readonly #before: ReadonlyMap<string, Resource> | undefined;
  readonly #paths: ReadonlyMap<string, PathPlan>;

  constructor(source: ReasonSource) {
    this.#source = source;
    this.#before =
      source.before && new Map(source.before.resources.map((one) => [resourceKey(one), one]));
    const paths = source.site === undefined ? [] : planPaths(source.site);
    this.#paths = new Map(paths.map((path) => [path.device, path]));
  }

  added(resource: Resource): string {
    if (this.#before === undefined) return 'new';
    const key = this.#before.has(resourceKey(resource));
    if (key) return RUNNING.has(resource.kind) ? 'was not running' : 'was gone from this machine';
    const origin = this.#origin(resource);
    return origin === undefined ? 'new' : `new: ${origin}`;
  }

  removed(resource: Resource): string {
    if (this.#source.site === undefined) return 'the site is taken down';
    return this.#before?.has(resourceKey(resource)) === true
      ? 'no longer in the site file'
      : 'left over: nothing in the site file asks for it';
  }

  changed(found: Resource, wanted: Resource): string {
    const planned = this.#before?.get(resourceKey(wanted));
    // The site file asked for the same before: it is the machine that has changed.
    const drifted = planned !== undefined && isDeepStrictEqual(planned, wanted);
    const parts = this.#parts(found, wanted, planned);
    const text = parts.length === 0 ? 'is not as it should be' : parts.join(', ');
    return drifted ? `was changed on this machine: ${text}` : text;
  }

  #parts(found: Resource, wanted: Resource, planned: Resource | undefined): readonly string[] {
    if (found.kind === 'vxlan' && wanted.kind === 'vxlan') return this.#tunnel(found, wanted);
    if (found.kind === 'forwarding-entry' && wanted.kind === 'forwarding-entry') {
      return this.#wayOut(found, wanted);
    }
    if (found.kind === 'nftables' && wanted.kind === 'nftables') {
      // What is loaded is printed by the kernel in its own way; two plans are written alike.
      const drifted = isDeepStrictEqual(planned, wanted);
      if (planned?.kind === 'nftables' && !drifted) {
        return rulesetParts(planned.ruleset, wanted.ruleset);
      }
      return loadedParts(found.ruleset, wanted.ruleset);
    }
    if (found.kind === 'engine' && wanted.kind === 'engine') {
      return engineParts(found.config, wanted.config, (device) => this.#pathName(device));
    }
    if ('config' in found && 'config' in wanted) return lineParts(found.config, wanted.config);
    if (found.kind === 'route' && wanted.kind === 'route') {
      const key = this.#wanOfTable(wanted.table);
      return fieldParts(found, wanted, (field) =>
        field === 'via' && key !== undefined ? ` (${key})` : '',
      );
    }
    return fieldParts(found, wanted);
  }

  #tunnel(found: Vxlan, wanted: Vxlan): readonly string[] {
    if (found.alias === '') return ['it was half made, or set down by somebody'];
    const path = this.#path(wanted.name);
    const keys = path === undefined ? undefined : pathKey(path);
    const source: Partial<Record<keyof Vxlan, string>> = {
      mtu: path === undefined ? '' : this.#mtuOf(path.wan.interface, wanted),
      port: ' (tunnel.port)',
      ...(path === undefined || keys === undefined
        ? {}
        : {
            sourcePort: ` (${keys}.nat)`,
            vni: ` (${keys}.vni)`,
            local:
              path.wan.addresses.length > 0
                ? ` (wans[${path.wan.name}].address)`
                : `: the address that ${path.wan.interface} has now`,
          }),
    };
    return fieldParts(found, wanted, (field) => source[field as keyof Vxlan] ?? '');
  }

  #wayOut(found: ForwardingEntry, wanted: ForwardingEntry): readonly string[] {
    const path = this.#path(wanted.interface);
    if (path === undefined) return fieldParts(found, wanted);
    const source: Partial<Record<keyof ForwardingEntry, string>> = {
      remote: ` (${pathKey(path)}.remote)`,
      lower: ` (wans[${path.wan.name}].interface)`,
    };
    return fieldParts(found, wanted, (field) => source[field as keyof ForwardingEntry] ?? '');
  }

  #mtuOf(lower: string, { local }: Vxlan): string {
    const mtu = this.#source.facts.interfaces.get(lower)?.mtu;
    return mtu === undefined ? '' : `: ${lower} has MTU ${mtu} (${familyOf(local)} outside)`;
  }

  /** The key that a new thing stands for. */
  #origin(resource: Resource): string | undefined {
    switch (resource.kind) {
      case 'vxlan': {
        const path = this.#path(resource.name);
        return path && pathKey(path);
      }
      case 'neighbour':
      case 'forwarding-entry':
        return this.#pathOrigin(resource.interface);
      case 'address': {
        const path = this.#pathOrigin(resource.interface);
        return path ?? this.#ownAddress(resource.address, resource.interface);
      }
      case 'sysctl':
        return this.#pathOrigin(resource.key[3] ?? '');
      case 'route':
        return this.#wanOfTable(resource.table);
      case 'provisioner':
        return 'provision';
      case 'proxy':
      case 'mptcp-endpoints':
      case 'mptcp-limits':
        return 'proxy';
      case 'rule':
        return this.#subnetOf(resource.from);
      default:
        return undefined;
    }
  }

  #ownAddress(address: string, device: string): string | undefined {
    const { site } = this.#source;
    const subnetOf = site?.wans.find((one) =>
      one.subnets.some((subnet) => subnet.gateway === address),
    );
    if (subnetOf !== undefined) return `wans[${subnetOf.name}].subnets`;
    const wan = site?.wans.find((one) => one.interface === device);
    if (wan !== undefined) return `wans[${wan.name}].address`;
    return site?.lan.addresses.some((one) => one.address.address === address) === true
      ? 'lan.addresses'
      : undefined;
  }

  #subnetOf(from: string | undefined): string | undefined {
    const wan = this.#source.site?.wans.find((one) =>
      one.subnets.some(({ prefix }) => prefix === from),
    );
    return wan === undefined ? undefined : `wans[${wan.name}].subnets`;
  }

  #wanOfTable(table: number): string | undefined {
    const { site } = this.#source;
    const wan = site?.wans.find((_, index) => underlayTable(site, index) === table);
    if (wan === undefined) return undefined;
    return wan.nexthops.length > 0
      ? `wans[${wan.name}].nexthop`
      : `the network and default route that ${wan.interface} has now`;
  }

  #pathOrigin(device: string): string | undefined {
    const path = this.#path(device);
    return path && pathKey(path);
  }

  #path(device: string): PathPlan | undefined {
    return this.#paths.get(device);
  }

  #pathName(device: string): string {
    return this.#path(device)?.name ?? device;
  }
}

const RUNNING: ReadonlySet<Resource['kind']> = new Set(['engine', 'provisioner', 'proxy']);

function pathKey({ peer, config }: PathPlan): string {
  return `peers[${peer}].paths[${config.wan}]`;
}

/** What engineers call the fields, where the name in the source is another one. */
const FIELDS: Readonly<Record<string, string>> = {
  mtu: 'tunnel MTU',
  port: 'UDP port',
  sourcePort: 'source port',
  lower: 'interface below',
  df: 'leave to be cut outside',
  local: 'own address',
  alias: 'owner',
  mac: 'MAC',
  vni: 'VNI',
  via: 'next hop',
  length: 'prefix length',
  value: 'value',
};

function fieldParts(
  found: Resource,
  wanted: Resource,
  origin: (field: string) => string = () => '',
): readonly string[] {
  const one: Readonly<Record<string, unknown>> = { ...found };
  const other: Readonly<Record<string, unknown>> = { ...wanted };
  return Object.keys(other)
    .filter((field) => !isDeepStrictEqual(one[field], other[field]))
    .map(
      (field) =>
        `${FIELDS[field] ?? field} ${valueText(one[field])} → ${valueText(other[field])}${origin(field)}`,
    );
}

function valueText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value === '' ? 'none' : value;
    case 'number':
      return String(value);
    case 'undefined':
      return 'none';
    default:
      break;
  }
  if (Array.isArray(value)) return value.map(valueText).join(' ') || 'none';
  const endpoint = value as Partial<MptcpEndpoint> | null;
  return endpoint?.address ?? JSON.stringify(value);
}

/** Chains and sets that are missing, strange, or have another number of rules. */
function loadedParts(loaded: string, wanted: string): readonly string[] {
  const [one, other] = [sizes(loaded), sizes(wanted)];
  const parts = [...new Set([...other.keys(), ...one.keys()])].flatMap((name) => {
    const [had, has] = [one.get(name), other.get(name)];
    if (had === has) return [];
    if (had === undefined) return [`${name} (new)`];
    if (has === undefined) return [`${name} (gone)`];
    return [`${name} (${had} rules → ${has})`];
  });
  return parts.length === 0 ? ['the rules in its chains'] : parts;
}

function sizes(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(/^\t(chain [^\s{]+) \{\n([\s\S]*?)^\t\}/gm)].map(
      ([, name = '', body = '']) => [
        name,
        // How a chain begins is one line or two.
        body.split('\n').filter((line) => line.trim() !== '' && !/^\t*(type|policy) /.test(line))
          .length,
      ],
    ),
  );
}
