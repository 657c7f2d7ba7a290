/**
 * Draws what happens, in rounds: each with a WAN that is spared, and faults at random moments, one after
 * the other and several at once.
 *
 * Always holds: no effects; the same seed gives the same faults. Each kind comes once before one comes
 * twice. What harms a WAN never strikes the one that is spared, so there is always a path.
 */
import type { Random } from '../../../../src/lib/random.ts';
import type { Side } from '../site-files.ts';
import type { FaultKind } from './fault.ts';
import { SIDES, WANS } from './net.ts';
import type { Wan } from './net.ts';

export interface Drawn {
  readonly kind: FaultKind;
  /** Milliseconds from the beginning of the round. */
  readonly at: number;
  readonly lasts: number;
  readonly side: Side;
  readonly wan: Wan;
  readonly draw: number;
}

export interface Round {
  readonly spared: Wan;
  readonly faults: readonly Drawn[];
}

/** Between two faults, on average, milliseconds. */
const GAP_MS = 700;
/** One in so many comes together with the one before. */
const TOGETHER = 3;

export function drawRounds(
  random: Random,
  kinds: readonly FaultKind[],
  faults: number,
  perRound: number,
): readonly Round[] {
  const bag = new Bag(random, kinds);
  return Array.from({ length: Math.ceil(faults / perRound) }, (_, index) => {
    const spared = pick(random, WANS);
    let at = 0;
    const count = Math.min(perRound, faults - index * perRound);
    return {
      spared,
      faults: Array.from({ length: count }, () => {
        if (random(TOGETHER) > 0) at += random(2 * GAP_MS);
        return drawn(random, bag, spared, at);
      }),
    };
  });
}

function drawn(random: Random, bag: Bag, spared: Wan, at: number): Drawn {
  const kind = bag.next(({ harms, strikes }) =>
    places(spared, harms).some(({ side, wan }) => strikes?.(side, wan) ?? true),
  );
  const where = places(spared, kind.harms).filter(
    ({ side, wan }) => kind.strikes?.(side, wan) ?? true,
  );
  const [least, greatest] = kind.lasts ?? [0, 0];
  return {
    kind,
    at,
    lasts: least + random(greatest - least + 1),
    ...pick(random, where),
    draw: random(1_000_000) / 1_000_000,
  };
}

function places(
  spared: Wan,
  harms: FaultKind['harms'],
): readonly { readonly side: Side; readonly wan: Wan }[] {
  return SIDES.flatMap((side) =>
    WANS.filter((wan) => harms === 'gateway' || wan !== spared).map((wan) => ({ side, wan })),
  );
}

function pick<T>(random: Random, choices: readonly T[]): T {
  const chosen = choices[random(choices.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

/** Gives every kind once, in an order by chance, before it is filled again. */
class Bag {
  readonly #random: Random;
  readonly #all: readonly FaultKind[];
  #left: FaultKind[] = [];

  constructor(random: Random, all: readonly FaultKind[]) {
    this.#random = random;
    this.#all = all;
  }

  next(fits: (kind: FaultKind) => boolean): FaultKind {
    const index = this.#left.findIndex(fits);
    if (index >= 0) return this.#left.splice(index, 1)[0]!;
    this.#left.push(...this.#shuffled());
    return this.next(fits);
  }

  #shuffled(): readonly FaultKind[] {
    const kinds = [...this.#all];
    for (let last = kinds.length - 1; last > 0; last--) {
      const other = this.#random(last + 1);
      [kinds[last], kinds[other]] = [kinds[other]!, kinds[last]!];
    }
    return kinds;
  }
}
