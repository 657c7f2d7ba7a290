/**
 * The data-plane port on the Linux kernel: iproute2, nftables, /proc/sys, BIRD and dnsmasq.
 *
 * Always holds: it acts on the network namespace it is started in, and knows as ours only what
 * carries our mark: link alias, route protocol, table name, or an entry in the ledger.
 */
import { dirname } from 'node:path';

import type { Observed } from '../../apply/actual.ts';
import type { Change } from '../../apply/change.ts';
import { inverse } from '../../apply/change.ts';
import type { Dataplane, ExecuteAllOptions, Executed, Scope } from '../../apply/dataplane.ts';
import { interrupted } from '../../apply/interruption.ts';
import type { Address } from '../../net/address.ts';
import type { Facts } from '../../plan/facts.ts';
import {
  ENGINE_PROTOCOL,
  isHalfMade,
  linkAlias,
  ownsTable,
  ROUTE_PROTOCOL,
} from '../../plan/ids.ts';
import { OPTIONAL_SWITCHES } from '../../plan/proxy-endpoints.ts';
import type { Resource, ResourceKind, Sysctl, Vxlan } from '../../plan/resource.ts';
import { hangsOn, resourceKey } from '../../plan/resource.ts';
import { tunnelSwitches } from '../../plan/sysctls.ts';
import { run } from '../../system/command.ts';
import { presentInterfaces } from '../../system/interface-counters.ts';
import type { RunDirectory } from '../../system/run-directory.ts';
import { batchesOf, endBroadcasts, forceBatch, runBatch } from './batch.ts';
import type { Batch } from './batch.ts';
import type { Command } from './command.ts';
import { commandsFor, commandText } from './command.ts';
import { engineConfig, engineTables, loadEngine, stopEngine } from './engine.ts';
import { explained } from './explain.ts';
import { interfaceFacts, ownAddresses } from './ip-facts.ts';
import {
  devicesInTheWay,
  linkResources,
  parseForwardingEntries,
  parseLinks,
  parseMainRoutes,
  parseNeighbours,
  parseRoutes,
  parseRules,
} from './ip-json.ts';
import type { Link } from './ip-json.ts';
import { mainDefaults, routesBy, show, showBoth } from './ip-show.ts';
import { implicitEndpoints, parseEndpoints, parseLimits } from './mptcp.ts';
import { parseNetconf } from './netconf.ts';
import { requirePrograms } from './needs.ts';
import { haproxyFacts, loadProxy, proxyConfigOf, stopProxy } from './proxy.ts';
import { ownedTables } from './proxy-life.ts';
import { nameServersBeside } from './name-servers.ts';
import {
  loadProvisioner,
  provisionerConfig,
  provisionerPid,
  stopProvisioner,
} from './provisioner.ts';
import { readRuleset, rememberRuleset } from './nftables.ts';
import { hasIpv6, keepingSecondaries, readSysctl, writeSysctl } from './sysctl.ts';

/** What hangs on devices, read in one go. */
const LINK_KINDS = [
  'vxlan',
  'forwarding-entry',
  'link-up',
  'address',
  'neighbour',
  'sysctl',
] as const;

export class KernelDataplane implements Dataplane {
  readonly #directory: RunDirectory;
  /** What facts were taken from: on a hub a long text, which a comparison reads once. */
  readonly #linksOf = new WeakMap<Facts, readonly Link[]>();

  constructor(directory: RunDirectory) {
    this.#directory = directory;
  }

  async present(interfaces: readonly string[]): Promise<ReadonlySet<string>> {
    return presentInterfaces(interfaces);
  }

  async facts(interfaces: readonly string[]): Promise<Facts> {
    const [links, defaults, current, mainRoutes] = await Promise.all([
      show(['address', 'show']).then(parseLinks),
      mainDefaults(),
      showBoth(
        ['route', 'show', 'default', 'table', 'all', 'proto', String(ROUTE_PROTOCOL)],
        parseRoutes,
      ),
      showBoth(['route', 'show', 'table', 'main'], parseMainRoutes),
    ]);
    const tunnels = linkResources(links).filter(isOurs);
    const tunnelSources = new Map<string, Address>(tunnels.map(({ name, local }) => [name, local]));
    const facts: Facts = {
      own: ownAddresses(links, (name) => tunnelSources.has(name)),
      tunnelSources,
      switches: new Set(
        OPTIONAL_SWITCHES.filter((key) => readSysctl(key) !== undefined).map((key) =>
          key.join('/'),
        ),
      ),
      haproxy: await haproxyFacts(),
      ownedTables: await ownedTables(),
      ...(hasIpv6() ? {} : { ipv6: false as const }),
      mainRoutes,
      nameServers: await nameServersBeside(await provisionerPid(this.#directory)),
      interfaces: new Map(
        links
          .filter((link) => interfaces.includes(link.ifname))
          .map((link) => [link.ifname, interfaceFacts(link, defaults, current)]),
      ),
    };
    this.#linksOf.set(facts, links);
    return facts;
  }

  async read(scope: Scope): Promise<readonly Observed[]> {
    const config = await engineConfig(this.#directory);
    const wanted = new Map(scope.wanted.map((resource) => [resourceKey(resource), resource]));
    const readers: readonly [readonly ResourceKind[], () => Promise<readonly Observed[]>][] = [
      [LINK_KINDS, () => this.#links(scope, wanted)],
      [['rule'], () => showBoth(['rule', 'show'], parseRules)],
      [['route'], () => this.#routes()],
      [['route'], () => this.#orphanRoutes(scope, config, wanted)],
      [['nftables'], () => this.#ruleset(wanted)],
      [['mptcp-endpoints', 'mptcp-limits'], () => this.#mptcp(scope, wanted)],
    ];
    const { kinds } = scope;
    const asked = readers.filter(([read]) => !kinds || read.some((kind) => kinds.has(kind)));
    const parts = await Promise.all(asked.map(([, read]) => read()));
    const handedOut = await provisionerConfig(this.#directory);
    const proxied = await proxyConfigOf(this.#directory);
    const programs = [
      ...(config === undefined ? [] : [owned({ kind: 'engine', config })]),
      ...(handedOut === undefined ? [] : [owned({ kind: 'provisioner', config: handedOut })]),
      ...(proxied === undefined ? [] : [owned({ kind: 'proxy', config: proxied })]),
    ];
    return [...parts.flat(), ...programs].filter(
      ({ resource }) => kinds?.has(resource.kind) ?? true,
    );
  }

  ready(changes: readonly Change[]): void {
    requirePrograms(changes);
  }

  async execute(change: Change): Promise<void> {
    for (const [index, command] of commandsFor(change).entries()) {
      try {
        await this.#perform(command);
      } catch (error) {
        // Before it is taken back: who is in the way is seen as it is.
        const reason = await this.#explained(change, error);
        if (change.action === 'add' && index > 0) await this.#takeBack(change.resource);
        throw reason;
      }
    }
  }

  async executeAll(
    changes: readonly Change[],
    { progress, stopped }: ExecuteAllOptions = {},
  ): Promise<Executed> {
    let done = 0;
    for (const part of batchesOf(changes)) {
      if (stopped?.() === true) return { done, error: interrupted() };
      const executed =
        'steps' in part
          ? await this.#together(part, (change, index) => progress?.(change, done + index))
          : await this.#alone(part, () => progress?.(part, done));
      done += executed.done;
      if ('error' in executed) return { ...executed, done };
    }
    // That nobody reads the progress is told after the last change may have been made.
    await new Promise(setImmediate);
    return stopped?.() === true ? { done, error: interrupted() } : { done };
  }

  async #alone(change: Change, progress?: () => void): Promise<Executed> {
    progress?.();
    try {
      await this.execute(change);
      return { done: 1 };
    } catch (error) {
      return { done: 0, error };
    }
  }

  async #together(
    batch: Batch,
    progress?: (change: Change, index: number) => void,
  ): Promise<Executed> {
    const { program, steps } = batch;
    const [only] = steps;
    if (steps.length === 1 && only !== undefined) {
      return await this.#alone(only.change, () => progress?.(only.change, 0));
    }
    const result = await runBatch(batch, (index) => {
      const step = steps[index];
      if (step !== undefined) progress?.(step.change, index);
    });
    if (result.kind === 'done') return { done: steps.length };
    if (result.kind === 'failed') {
      const { change } = steps[result.step] ?? {};
      const error =
        change === undefined ? result.error : await this.#explained(change, result.error);
      if (change?.action === 'add' && result.command > 0) await this.#takeBack(change.resource);
      return { done: result.step, error };
    }
    // Half of them lead sooner to the one that fails than each alone.
    await takeBackAll(steps.map(({ change }) => change));
    const half = Math.ceil(steps.length / 2);
    const first = await this.#together({ program, steps: steps.slice(0, half) });
    if ('error' in first) return first;
    const second = await this.#together({ program, steps: steps.slice(half) });
    return { ...second, done: first.done + second.done };
  }

  #explained(change: Change, error: unknown): Promise<unknown> {
    return explained(change, error, this.#directory, [dirname(this.#directory.leases)]);
  }

  /** What is half made is not left behind; why it could not be made matters more than this. */
  async #takeBack(resource: Resource): Promise<void> {
    for (const command of commandsFor({ action: 'remove', resource, reason: 'half made' })) {
      await this.#perform(command).catch(() => undefined);
    }
  }

  commands(change: Change): readonly string[] {
    return commandsFor(change).map(commandText);
  }

  async #perform(command: Command): Promise<void> {
    if ('run' in command) {
      const options = command.stdin === undefined ? {} : { stdin: command.stdin };
      const { promoting, hosting, claiming } = command;
      if (hosting !== undefined) await endBroadcasts([hosting]);
      if (claiming !== undefined) await removeImplicitEndpoints(claiming);
      if (promoting === undefined) await run(command.run, options);
      else await keepingSecondaries([promoting], () => run(command.run, options));
      if (command.ruleset !== undefined) {
        await rememberRuleset(this.#directory.ruleset, command.ruleset);
      }
    } else if ('write' in command) {
      writeSysctl(command.write);
    } else if ('engine' in command) {
      if (command.engine === 'load') await loadEngine(this.#directory, command.config);
      else await stopEngine(this.#directory);
    } else if ('proxy' in command) {
      if (command.proxy === 'load') await loadProxy(this.#directory, command.config);
      else await stopProxy(this.#directory);
    } else if (command.provisioner === 'load') {
      await loadProvisioner(this.#directory, command.config);
    } else {
      await stopProvisioner(this.#directory);
    }
  }

  async #links(scope: Scope, wanted: ReadonlyMap<string, Resource>): Promise<readonly Observed[]> {
    const known = scope.facts === undefined ? undefined : this.#linksOf.get(scope.facts);
    const [links, neighbours, entries, switches] = await Promise.all([
      known ?? show(['address', 'show']).then(parseLinks),
      show(['neigh', 'show', 'nud', 'permanent']).then(parseNeighbours),
      run(['bridge', '-j', 'fdb', 'show']).then(parseForwardingEntries),
      showBoth(['netconf', 'show'], parseNetconf),
    ]);
    const found = linkResources(links);
    const ours = new Set<string>(found.filter(isOurs).map((tunnel) => tunnel.name));
    const up = new Set<string>(
      found.flatMap((one) => (one.kind === 'link-up' ? [one.interface] : [])),
    );
    const foreign = devicesInTheWay(links, scope.wanted).map((resource) => ({
      resource,
      owned: false,
    }));
    const rest = [...found, ...neighbours, ...entries].flatMap((resource): readonly Observed[] => {
      const key = resourceKey(resource);
      if (resource.kind === 'vxlan' && ours.has(resource.name)) {
        // Set down by somebody, it has lost its routes: as good as half made.
        return [owned(up.has(resource.name) ? resource : { ...resource, alias: '' })];
      }
      if (hangsOn(resource, ours)) return [owned(resource)];
      // The state of our own devices is part of them.
      if (resource.kind === 'link-up' && ours.has(resource.interface)) return [];
      if (scope.ledger.has(key)) return [owned(resource)];
      return wanted.has(key) ? [{ resource, owned: false }] : [];
    });
    return [...foreign, ...rest, ...sysctls(scope, wanted, ours, switches)];
  }

  async #routes(): Promise<readonly Observed[]> {
    return (await routesBy(String(ROUTE_PROTOCOL))).map(owned);
  }

  async #ruleset(wanted: ReadonlyMap<string, Resource>): Promise<readonly Observed[]> {
    const resource = wanted.get('nftables');
    const text = await readRuleset(
      this.#directory.ruleset,
      resource?.kind === 'nftables' ? resource.ruleset : undefined,
    );
    return text === undefined ? [] : [owned({ kind: 'nftables', ruleset: text })];
  }

  async #mptcp(scope: Scope, wanted: ReadonlyMap<string, Resource>): Promise<readonly Observed[]> {
    const [limits, endpoints] = await Promise.all([
      show(['mptcp', 'limits', 'show']).then(parseLimits),
      show(['mptcp', 'endpoint', 'show']).then(parseEndpoints),
    ]);
    const taken = scope.ledger.has('mptcp-limits');
    return [
      ...(endpoints === undefined ? [] : [owned(endpoints)]),
      ...(limits !== undefined && (taken || wanted.has('mptcp-limits'))
        ? [{ resource: limits, owned: taken }]
        : []),
    ];
  }

  /**
   * Routes of the engine in tables of ours that its configuration names no longer, and the next one
   * does not either: an engine that is started adopts what its predecessor has left.
   */
  async #orphanRoutes(
    scope: Scope,
    config: string | undefined,
    wanted: ReadonlyMap<string, Resource>,
  ): Promise<readonly Observed[]> {
    const next = wanted.get('engine');
    const known = [
      ...engineTables(config ?? ''),
      ...engineTables(next?.kind === 'engine' ? next.config : ''),
    ];
    return (await routesBy(ENGINE_PROTOCOL))
      .filter(
        (route) =>
          !known.some((one) => one.table === route.table && one.family === route.family) &&
          scope.sites.some((site) => ownsTable(site, route.table)),
      )
      .map(owned);
  }
}

function isOurs(resource: Resource): resource is Vxlan {
  return (
    resource.kind === 'vxlan' && (resource.alias.startsWith(linkAlias('')) || isHalfMade(resource))
  );
}

/** Those that are wanted, those that were taken, and those on our own devices. */
function sysctls(
  scope: Scope,
  wanted: ReadonlyMap<string, Resource>,
  ours: ReadonlySet<string>,
  switches: readonly Sysctl[],
): readonly Observed[] {
  const told = new Map(
    switches
      .filter((resource) => hangsOn(resource, ours))
      .map((resource) => [resource.key.join('/'), resource]),
  );
  const taken = [...scope.ledger.values()].map((entry) => entry.resource);
  const keys = [
    ...[...wanted.values(), ...taken].flatMap((one) => (one.kind === 'sysctl' ? [one.key] : [])),
    ...[...ours].flatMap(tunnelSwitches),
  ];
  return [...new Map(keys.map((key) => [key.join('/'), key]))].flatMap(([path, key]) => {
    const resource = told.get(path) ?? readSysctl(key);
    if (resource === undefined) return [];
    const isOwned = scope.ledger.has(resourceKey(resource)) || hangsOn(resource, ours);
    return [{ resource, owned: isOwned }];
  });
}

function owned(resource: Resource): Observed {
  return { resource, owned: true };
}

/** As far as they were made, and nobody knows how far that is. */
async function takeBackAll(changes: readonly Change[]): Promise<void> {
  for (const part of batchesOf(changes.toReversed().map(inverse))) {
    if ('steps' in part) await forceBatch(part);
  }
}

async function removeImplicitEndpoints(own: Address): Promise<void> {
  const ids = implicitEndpoints(await show(['mptcp', 'endpoint', 'show']), own);
  for (const id of ids) await run(['ip', 'mptcp', 'endpoint', 'delete', 'id', String(id)]);
}
