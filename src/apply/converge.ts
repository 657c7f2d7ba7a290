/**
 * Makes the machine what a plan says, one change at a time, and undoes what it did when one fails.
 *
 * Always holds: the ledger knows of a change before it is made; after a failure everything done is
 * undone in reverse, but for what the caller passes over, and the report says what was reached.
 */
import { isDeepStrictEqual } from 'node:util';

import type { SiteConfig } from '../config/site.ts';
import { WamptcpError } from '../lib/errors.ts';
import { interfaceName } from '../net/interface-name.ts';
import { prefixOf } from '../net/prefix.ts';
import type { Facts } from '../plan/facts.ts';
import type { Overrides } from '../plan/overrides.ts';
import { plan } from '../plan/plan.ts';
import type { Desired } from '../plan/plan.ts';
import { resourceKey } from '../plan/resource.ts';
import type { ResourceKind } from '../plan/resource.ts';
import { inverse } from './change.ts';
import type { Change } from './change.ts';
import type { Dataplane, ExecuteAllOptions, Executed } from './dataplane.ts';
import { diff } from './diff.ts';
import type { Diff } from './diff.ts';
import { needsLedger, release, stillTaken, take } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { isInterruption } from './interruption.ts';
import { withReasons } from './reasons.ts';
import { overridesFrom } from './state.ts';
import type { State, StateStore } from './state.ts';

export interface Comparison extends Diff {
  readonly desired: Desired | undefined;
  readonly facts: Facts;
  /** Without what is gone already: a killed predecessor's, or an interface's that was unplugged. */
  readonly ledger: Ledger;
}

export interface Outcome {
  readonly done: readonly Change[];
  /** Could not be made and were passed over; see {@link ExecuteOptions.passOver}. */
  readonly passedOver: readonly Failed[];
  /** The change that failed, why, and what could not be undone after it. */
  readonly failure: Failure | undefined;
}

export interface Failed {
  readonly change: Change;
  readonly error: unknown;
}

export interface Failure extends Failed {
  readonly notUndone: readonly Failed[];
}

export interface ExecuteOptions {
  /** Told before each. */
  readonly progress?: ((change: Change, index: number) => void) | undefined;
  /** Of what cannot be made: the rest is made all the same. Default: a failure undoes everything. */
  readonly passOver?: ((change: Change) => boolean) | undefined;
  /** Asked before each, or each batch: true, and it is not begun, and what was done is undone. */
  readonly stopped?: (() => boolean) | undefined;
}

/**
 * Reads the machine and says what would change; changes nothing. Throws NO_IPV6 where no tunnel can be.
 * @param kinds only what is of these kinds; the ledger that is returned is then of no use. Default: all.
 */
export async function compare(
  dataplane: Dataplane,
  state: State,
  site: SiteConfig | undefined,
  overrides: Overrides,
  kinds?: ReadonlySet<ResourceKind>,
): Promise<Comparison> {
  const sites = [site, state.applied?.site, state.attempting].filter((item) => item !== undefined);
  const facts = await dataplane.facts(sites.flatMap(interfacesOf));
  if (site !== undefined && site.peers.length > 0 && facts.ipv6 === false) throw withoutIpv6();
  const planned =
    site === undefined ? undefined : plan(site, factsOfOthers(facts, state.ledger), overrides);
  const desired = planned && kinds ? restrict(planned, kinds) : planned;
  const wanted = desired?.resources ?? [];
  const actual = await dataplane.read({
    sites,
    ledger: state.ledger,
    wanted,
    facts,
    ...(kinds === undefined ? {} : { kinds }),
  });
  const ledger = stillTaken(state.ledger, actual, wanted);
  const { changes, conflicts } = diff(desired, actual, ledger);
  const applied = state.applied?.site;
  const compared = { changes, conflicts, desired, facts, ledger };
  // No command prints the changes of a decision, and it must not wait for their reasons.
  if (changes.length === 0 || kinds !== undefined) return compared;
  const before =
    applied === undefined
      ? undefined
      : plan(applied, factsOfOthers(facts, state.ledger), overridesFrom(state.decisions, applied));
  return { ...compared, changes: withReasons(changes, { site, facts, before }) };
}

/**
 * Carries out `changes` in order. The ledger in `store` is the one of the comparison that they come
 * from.
 */
export async function execute(
  dataplane: Dataplane,
  store: StateStore,
  changes: readonly Change[],
  { progress, passOver, stopped }: ExecuteOptions = {},
): Promise<Outcome> {
  const done: Change[] = [];
  const passedOver: Failed[] = [];
  for (let next = 0; next < changes.length;) {
    const first = next;
    const batch = changes.slice(first);
    const made = await executeRecorded(dataplane, store, batch, {
      progress: (change, index) => progress?.(change, first + index),
      stopped,
    });
    done.push(...batch.slice(0, made.done));
    // Stopped after the last change, all of them are undone.
    const change = batch[made.done] ?? (isInterruption(made.error) ? batch.at(-1) : undefined);
    if (change === undefined) break;
    const failed = { change, error: made.error };
    if (isInterruption(made.error) || passOver?.(change) !== true) {
      const notUndone = await undo(dataplane, store, done);
      return { done, passedOver, failure: { ...failed, notUndone } };
    }
    passedOver.push(failed);
    next += made.done + 1;
  }
  return { done, passedOver, failure: undefined };
}

/** In reverse; what cannot be undone does not keep the rest from being. */
async function undo(
  dataplane: Dataplane,
  store: StateStore,
  done: readonly Change[],
): Promise<Failure['notUndone']> {
  const inverses = done.toReversed().map(inverse);
  const { passedOver } = await execute(dataplane, store, inverses, { passOver: () => true });
  return passedOver.map(({ change, error }) => ({ change: inverse(change), error }));
}

/**
 * As many of `changes` as can be made, until one fails. Taking is written down before, giving back
 * after: in between, a crash leaves us the owner.
 */
async function executeRecorded(
  dataplane: Dataplane,
  store: StateStore,
  changes: readonly Change[],
  options: ExecuteAllOptions,
): Promise<Executed> {
  const first = changes.findIndex(({ resource }) => needsLedger(resource));
  if (first < 0) return await dataplane.executeAll(changes, options);
  const before = await store.load();
  const taken = changes.filter(
    (change) =>
      needsLedger(change.resource) &&
      recorded(before.ledger, change).has(resourceKey(change.resource)),
  );
  const during = taken.reduce(recorded, before.ledger);
  try {
    if (taken.length > 0) await store.save({ ...before, ledger: during });
  } catch (error) {
    // On a full disk, what needs no record is made all the same.
    const made = await dataplane.executeAll(changes.slice(0, first), options);
    return 'error' in made ? made : { done: first, error };
  }
  const executed = await dataplane.executeAll(changes, options);
  const made = changes.slice(0, executed.done).filter(({ resource }) => needsLedger(resource));
  const after = made.reduce(recorded, before.ledger);
  if (!isDeepStrictEqual(after, during)) {
    // With too many entries nothing is lost: the next comparison gives back once more.
    await store.save({ ...before, ledger: after }).catch(() => undefined);
  }
  return executed;
}

function recorded(ledger: Ledger, change: Change): Ledger {
  switch (change.action) {
    case 'add':
      return take(ledger, change.resource, undefined);
    case 'remove':
      return release(ledger, change.resource);
    case 'change':
      return change.release
        ? release(ledger, change.resource)
        : take(ledger, change.resource, change.before);
  }
}

function withoutIpv6(): WamptcpError {
  return new WamptcpError(
    'NO_IPV6',
    'this kernel was booted without IPv6, and what is inside a tunnel needs it, IPv4 as well',
    {
      advice:
        'Take `ipv6.disable=1` off the kernel’s command line and boot again. To keep IPv6 off the ' +
        'other interfaces, `sysctl net.ipv6.conf.default.disable_ipv6=1` is enough. Nothing was changed.',
    },
  );
}

function restrict(desired: Desired, kinds: ReadonlySet<ResourceKind>): Desired {
  return { ...desired, resources: desired.resources.filter(({ kind }) => kinds.has(kind)) };
}

/** An address that we set is no fact of the machine: it may go with this very apply. */
function factsOfOthers(facts: Facts, ledger: Ledger): Facts {
  // Nor is the network of one.
  const networks = new Map(
    [...ledger.values()].flatMap(({ resource }) =>
      resource.kind === 'address' ? [[prefixOf(resource), resource.interface] as const] : [],
    ),
  );
  const held = new Set(
    [...ledger.values()].flatMap(({ resource }) =>
      resource.kind === 'address' ? [`${resource.address} ${resource.interface}`] : [],
    ),
  );
  return {
    ...facts,
    own: new Map([...facts.own].filter(([address, name]) => !held.has(`${address} ${name}`))),
    mainRoutes: facts.mainRoutes.filter(
      ({ destination, interfaces }) => networks.get(destination) !== interfaces[0],
    ),
    interfaces: new Map(
      [...facts.interfaces].map(([name, known]) => [
        name,
        {
          ...known,
          addresses: known.addresses.filter(
            (own) =>
              !ledger.has(resourceKey({ kind: 'address', interface: interfaceName(name), ...own })),
          ),
        },
      ]),
    ),
  };
}

function interfacesOf(site: SiteConfig): readonly string[] {
  return [...site.lan.interfaces, ...site.wans.map((wan) => wan.interface)];
}
