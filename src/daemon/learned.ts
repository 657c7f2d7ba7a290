/**
 * What the last comparison of the site with the machine has told: what the machine has, what is waited
 * for, which parts of the site could not be made, and how much there is of ours.
 *
 * Always holds: what is waited for or cannot be made is told once, however often it is found; what was
 * missing and is back is told as that.
 */
import type { Failed } from '../apply/converge.ts';
import type { Change } from '../apply/change.ts';
import type { SiteConfig } from '../config/site.ts';
import { brieflyOf, messageOf } from '../lib/errors.ts';
import type { Event } from '../observe/event.ts';
import { NO_FACTS } from '../plan/facts.ts';
import type { Facts, Waiting } from '../plan/facts.ts';
import { partsOf, partText } from '../plan/part.ts';
import type { Part } from '../plan/part.ts';
import { resourceKey } from '../plan/resource.ts';
import type { Desired } from '../plan/plan.ts';
import type { ApplyReport } from './gateway.ts';
import { describeHealed, healingChanges, nameOf, wantedOf } from './healed.ts';
import type { Wanted } from './healed.ts';

type Told = Omit<Event, 'at'>;

export class Learned {
  #facts: Facts = NO_FACTS;
  #waiting: readonly Waiting[] = [];
  /** By part, as `Waiting.what` names it: why something of it could not be made. */
  #failing: ReadonlyMap<string, string> = new Map();
  #wanted: Wanted = new Map();
  #rules = 0;
  #tunnelMtus: ReadonlyMap<string, number> = new Map();

  get facts(): Facts {
    return this.#facts;
  }

  /** Also what could not be made, and is tried again. */
  get waiting(): readonly Waiting[] {
    return [...this.#waiting, ...[...this.#failing].map(([what, reason]) => ({ what, reason }))];
  }

  /** Policy rules. */
  get rules(): number {
    return this.#rules;
  }

  /** What the WAN of each tunnel takes inside, octets, by device. */
  get tunnelMtus(): ReadonlyMap<string, number> {
    return this.#tunnelMtus;
  }

  /** @returns what is worth telling of it. */
  take(report: ApplyReport, site: SiteConfig): readonly Told[] {
    const { comparison, failure, done } = report;
    this.#facts = comparison.facts;
    const { desired } = comparison;
    if (desired === undefined) return [];
    const awaited = desired.waiting.filter(
      (one) => !this.#waiting.some((known) => isSame(known, one)) && !isOfItsWan(one, desired),
    );
    this.#waiting = desired.waiting;
    this.#rules = desired.resources.filter(({ kind }) => kind === 'rule').length;
    this.#tunnelMtus = desired.tunnelMtus;
    const healing = healingChanges(done, this.#wanted);
    // Nothing stays of an apply that failed.
    if (failure === undefined) this.#wanted = made(desired.resources, report);
    return [
      ...awaited.map(({ what, reason }) => ({
        kind: 'waiting' as const,
        text: `${what}: ${reason}`,
      })),
      ...describeHealed(healing),
      // After a failure it is not known what else would have failed.
      ...(failure === undefined ? this.#takeFailing(report, site) : []),
      ...outcome(failure, done.length - healing.length),
    ];
  }

  #takeFailing({ passedOver, skipped }: ApplyReport, site: SiteConfig): readonly Told[] {
    const partOf = partsOf(site);
    const before = this.#failing;
    const name = ({ resource }: Change): string => partText(partOf(resource), site);
    const kept = skipped.flatMap((change) => {
      const reason = before.get(name(change));
      return reason === undefined ? [] : [[name(change), reason] as const];
    });
    const failed = passedOver.map((one) => {
      const part = partOf(one.change.resource);
      return [partText(part, site), reasonOf(part, one)] as const;
    });
    // The first reason of a part is what the others follow from.
    this.#failing = new Map([...failed, ...kept].toReversed());
    const told = [...this.#failing].filter(([what, reason]) => before.get(what) !== reason);
    const over = [...before.keys()].filter((what) => !this.#failing.has(what));
    return [
      ...told.map(([what, reason]) => ({
        kind: 'apply-failed' as const,
        text: `${what}: ${reason}; it is tried again, the rest is done`,
      })),
      ...over.map((what) => ({
        kind: 'applied' as const,
        text: `${what}: what could not be made is there now`,
      })),
    ];
  }
}

function isSame(one: Waiting, other: Waiting): boolean {
  return one.what === other.what && one.reason === other.reason;
}

/** What a WAN waits for need not be told of each of its paths as well. */
function isOfItsWan({ what, reason }: Waiting, { waiting }: Desired): boolean {
  const isWan = (text: string): boolean => text.startsWith('WAN ');
  return !isWan(what) && waiting.some((one) => isWan(one.what) && one.reason === reason);
}

function made(
  resources: Parameters<typeof wantedOf>[0],
  { passedOver, skipped }: ApplyReport,
): Wanted {
  const missing = new Set(
    [...passedOver.map(({ change }) => change), ...skipped].map(({ resource }) =>
      resourceKey(resource),
    ),
  );
  return wantedOf(resources.filter((resource) => !missing.has(resourceKey(resource))));
}

function reasonOf(part: Part, { change, error }: Failed): string {
  const words = brieflyOf(error);
  return part.kind === 'program'
    ? `cannot be started: ${words}`
    : `${nameOf(change.resource)} cannot be ${change.action === 'remove' ? 'removed' : 'made'}: ${words}`;
}

function outcome(failure: ApplyReport['failure'], changes: number): readonly Told[] {
  if (failure !== undefined) {
    return [{ kind: 'apply-failed', text: messageOf(failure.error) }];
  }
  return changes === 0
    ? []
    : [{ kind: 'applied', text: changes === 1 ? '1 change made' : `${changes} changes made` }];
}
