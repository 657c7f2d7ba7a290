/**
 * What the last comparison of the site with the machine has told: what the machine has, what is waited
 * for, what serves hosts and could not be started, and how much there is of ours.
 *
 * Always holds: what is waited for or lacks is told once, however often it is found.
 */
import { brieflyOf } from '../lib/errors.ts';
import type { Event } from '../observe/event.ts';
import { NO_FACTS } from '../plan/facts.ts';
import type { Facts, Waiting } from '../plan/facts.ts';
import type { ResourceKind } from '../plan/resource.ts';
import type { ApplyReport } from './gateway.ts';

const PROGRAMS: Partial<Record<ResourceKind, string>> = {
  provisioner: 'dnsmasq',
  proxy: 'HAProxy',
};

export class Learned {
  #facts: Facts = NO_FACTS;
  #waiting: readonly Waiting[] = [];
  #lacking: ReadonlySet<ResourceKind> = new Set();
  #rules = 0;
  #tunnelMtus: ReadonlyMap<string, number> = new Map();

  get facts(): Facts {
    return this.#facts;
  }

  get waiting(): readonly Waiting[] {
    return this.#waiting;
  }

  /** A program that serves hosts could not be started. */
  get lacksHelpers(): boolean {
    return this.#lacking.size > 0;
  }

  /** Policy rules. */
  get rules(): number {
    return this.#rules;
  }

  /** What the device of each tunnel takes, octets. */
  get tunnelMtus(): ReadonlyMap<string, number> {
    return this.#tunnelMtus;
  }

  /** @returns what is worth telling of it. */
  take({ comparison, failure, done, passedOver }: ApplyReport): readonly Omit<Event, 'at'>[] {
    this.#facts = comparison.facts;
    const { desired } = comparison;
    if (desired === undefined) return [];
    const awaited = desired.waiting.filter(
      ({ what }) => !this.#waiting.some((known) => known.what === what),
    );
    this.#waiting = desired.waiting;
    this.#rules = desired.resources.filter(({ kind }) => kind === 'rule').length;
    this.#tunnelMtus = new Map(
      desired.resources.flatMap((one) => (one.kind === 'vxlan' ? [[one.name, one.mtu]] : [])),
    );
    const untold = passedOver.filter(({ change }) => !this.#lacking.has(change.resource.kind));
    // After a failure it is not known what else would have failed.
    if (failure === undefined) {
      this.#lacking = new Set(passedOver.map(({ change }) => change.resource.kind));
    }
    return [
      ...awaited.map(({ what, reason }) => ({
        kind: 'waiting' as const,
        text: `${what}: ${reason}`,
      })),
      ...untold.map(({ change, error }) => ({
        kind: 'apply-failed' as const,
        text: `${PROGRAMS[change.resource.kind] ?? ''} cannot be started and is tried again, the rest is done: ${brieflyOf(error)}`,
      })),
      ...outcome(failure, done.length),
    ];
  }
}

function outcome(failure: ApplyReport['failure'], changes: number): readonly Omit<Event, 'at'>[] {
  if (failure !== undefined) {
    return [{ kind: 'apply-failed', text: brieflyOf(failure.error) }];
  }
  return changes === 0 ? [] : [{ kind: 'applied', text: `${changes} changes made` }];
}
