/**
 * What the last comparison of the site with the machine has told: what the machine has, what is waited
 * for, and how much there is of ours.
 *
 * Always holds: what is waited for is told once, however often it is found.
 */
import type { Event } from '../observe/event.ts';
import { NO_FACTS } from '../plan/facts.ts';
import type { Facts, Waiting } from '../plan/facts.ts';
import type { ApplyReport } from './gateway.ts';

export class Learned {
  #facts: Facts = NO_FACTS;
  #waiting: readonly Waiting[] = [];
  #rules = 0;
  #tunnelMtus: ReadonlyMap<string, number> = new Map();

  get facts(): Facts {
    return this.#facts;
  }

  get waiting(): readonly Waiting[] {
    return this.#waiting;
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
  take({ comparison, failure, done }: ApplyReport): readonly Omit<Event, 'at'>[] {
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
    return [
      ...awaited.map(({ what, reason }) => ({
        kind: 'waiting' as const,
        text: `${what}: ${reason}`,
      })),
      ...outcome(failure, done.length),
    ];
  }
}

function outcome(failure: ApplyReport['failure'], changes: number): readonly Omit<Event, 'at'>[] {
  if (failure !== undefined) {
    const { error } = failure;
    return [{ kind: 'apply-failed', text: error instanceof Error ? error.message : String(error) }];
  }
  return changes === 0 ? [] : [{ kind: 'applied', text: `${changes} changes made` }];
}
