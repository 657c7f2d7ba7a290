/**
 * Carries out what was drawn, round by round, and looks whether everything is healed.
 *
 * Always holds: what is wrong is a text in the report and ends nothing but a run that makes no sense any
 * more; times are milliseconds since the beginning of the run.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { WamptcpError } from '../../../../src/lib/errors.ts';
import { Mutex } from '../../../../src/lib/mutex.ts';
import type { Losses } from '../conversation.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { ClearCapture } from './clear.ts';
import type { Drawn, Round } from './draw.ts';
import type { Target } from './fault.ts';
import { ChaosNet } from './net.ts';
import { Traffic } from './traffic.ts';
import { snapshotOf, whatDiffers } from './whole.ts';

/** How often it is looked whether a fault is healed. */
const LOOK_MS = 100;
/** Generous: says that it heals at all. */
const PATIENCE_MS = 60_000;
/** Transfers go on for so long after the last fault. */
const AFTER_MS = 1500;

/** Of the packets in clear, in words. */
const SHOWN = 10;

export interface Struck {
  readonly round: number;
  readonly fault: Drawn;
  readonly struckAt: number;
  readonly endedAt: number;
  /** Since the harm has ended; undefined: not within all patience. */
  readonly healedMs: number | undefined;
}

export interface RoundReport {
  /** From the end of the last fault until everything is as a fresh apply gives it. */
  readonly wholeMs: number | undefined;
  /** Faults that could not be brought about or are not healed, and what differs at the end. */
  readonly unhealed: readonly string[];
  /** Transfers. */
  readonly broken: readonly string[];
  /** Packets. */
  readonly inClear: readonly string[];
}

/** All of it. */
export function wrongOf({ unhealed, broken, inClear }: RoundReport): readonly string[] {
  const shown = inClear.slice(0, SHOWN).map((packet) => `in clear: ${packet}`);
  const more = inClear.length > SHOWN ? [`in clear: ${inClear.length} packets`] : [];
  return [...unhealed, ...broken, ...shown, ...more];
}

export interface ChaosReport {
  readonly struck: readonly Struck[];
  readonly rounds: readonly RoundReport[];
  /** Packets of tunnels that passed by. */
  readonly tunnelPackets: number;
  readonly stream: Losses;
}

/** @param stop ends it early, with an error; nothing is left. */
export async function runChaos(
  rounds: readonly Round[],
  say: (text: string) => void,
  stop: AbortSignal = new AbortController().signal,
): Promise<ChaosReport> {
  const net = await ChaosNet.create();
  try {
    const clear = await ClearCapture.start(net);
    say('the captures listen');
    await net.start();
    say('the gateways run');
    const chaos = new Chaos(net, clear, await Traffic.start(net), say);
    return await Promise.race([chaos.run(rounds), interrupted(stop)]);
  } finally {
    await net.remove();
  }
}

async function interrupted(stop: AbortSignal): Promise<never> {
  if (!stop.aborted) await once(stop, 'abort');
  throw new WamptcpError('INTERRUPTED', 'interrupted', { advice: 'Its gateways are gone.' });
}

class Chaos {
  readonly #net: ChaosNet;
  readonly #clear: ClearCapture;
  readonly #traffic: Traffic;
  readonly #say: (text: string) => void;
  readonly #began = performance.now();
  readonly #lanes = new Map<string, Mutex>();
  readonly #looks = new Map<string, string>();
  readonly #before = new Map<string, readonly string[]>();
  #clearTold = 0;

  constructor(net: ChaosNet, clear: ClearCapture, traffic: Traffic, say: (text: string) => void) {
    this.#net = net;
    this.#clear = clear;
    this.#traffic = traffic;
    this.#say = say;
  }

  async run(rounds: readonly Round[]): Promise<ChaosReport> {
    await this.#remember(rounds);
    this.#say('the gateways have come to rest');
    const struck: Struck[] = [];
    const reports: RoundReport[] = [];
    for (const [index, round] of rounds.entries()) {
      const report = await this.#round(index, round, struck);
      reports.push(report);
      const whole = report.wholeMs === undefined ? 'never' : `${Math.round(report.wholeMs)} ms`;
      this.#say(
        `round ${index + 1} of ${rounds.length}: ${round.faults.length} faults, whole again after ${whole}`,
      );
      for (const text of wrongOf(report)) this.#say(`  wrong: ${text}`);
      if (report.wholeMs === undefined) break;
    }
    const stream = await this.#traffic.end();
    return { struck, rounds: reports, tunnelPackets: await this.#clear.end(), stream };
  }

  /** How everything is before the first fault. */
  async #remember(rounds: readonly Round[]): Promise<void> {
    for (const gateway of this.#net.gateways) {
      this.#before.set(gateway.side, await this.#settled(gateway));
    }
    for (const fault of rounds.flatMap(({ faults }) => faults)) {
      const key = lookKey(fault);
      if (!this.#looks.has(key)) this.#looks.set(key, await fault.kind.look(this.#target(fault)));
    }
  }

  /** The snapshot once two in a row are equal: programs do some things a moment after they started. */
  async #settled(gateway: GatewayUnderTest): Promise<readonly string[]> {
    let last: readonly string[] = [];
    let differing: readonly string[] = [];
    for (const deadline = this.#now() + PATIENCE_MS; this.#now() < deadline;) {
      differing = await whatDiffers(gateway, last);
      if (differing.length === 0) return last;
      last = await snapshotOf(gateway);
      await sleep(LOOK_MS);
    }
    throw new Error(`${gateway.side} does not come to rest: ${differing.join('\n')}`);
  }

  async #round(index: number, round: Round, struck: Struck[]): Promise<RoundReport> {
    const ends = round.faults.map(({ at, lasts }) => at + lasts);
    const seconds = Math.ceil((Math.max(...ends) + AFTER_MS) / 1000);
    const transfers = await this.#traffic.transfers(seconds, round.spared);
    const began = this.#now();
    const unhealed: string[] = [];
    let lastEnd = began;
    await Promise.all(
      round.faults.map(async (fault) => {
        await sleep(Math.max(0, began + fault.at - this.#now()));
        try {
          const one = await this.#strike(index, fault, () => {
            lastEnd = Math.max(lastEnd, this.#now());
          });
          struck.push(one);
          if (one.healedMs === undefined) {
            unhealed.push(`${faultText(fault)} is not healed`);
          }
        } catch (error) {
          unhealed.push(`${faultText(fault)}: ${String(error)}`);
        }
      }),
    );
    const [wholeMs, differing] = await this.#whole(lastEnd);
    return {
      wholeMs,
      unhealed: [...unhealed, ...differing],
      broken: await transfers.wrong,
      inClear: this.#inClear(),
    };
  }

  async #strike(round: number, fault: Drawn, ended: () => void): Promise<Struck> {
    const target = this.#target(fault);
    const healed = (since: number): Promise<number | undefined> =>
      this.#healed(fault, target, since);
    const { keepsLane = false } = fault.kind;
    const [struckAt, endedAt, early] = await this.#laneOf(fault).exclusively(async () => {
      const from = this.#now();
      this.#say(`${Math.round(from)} ms: ${faultText(fault)}`);
      const undo = await fault.kind.strike(target);
      await sleep(fault.lasts);
      if (undo !== undefined) await undo();
      ended();
      const to = this.#now();
      return [from, to, keepsLane ? await healed(to) : undefined] as const;
    });
    const healedMs = keepsLane ? early : await healed(endedAt);
    return { round, fault, struckAt, endedAt, healedMs };
  }

  async #healed(fault: Drawn, target: Target, since: number): Promise<number | undefined> {
    const wanted = this.#looks.get(lookKey(fault));
    while (this.#now() - since < PATIENCE_MS) {
      const seen = await fault.kind.look(target).catch(() => undefined);
      if (seen === wanted) return this.#now() - since;
      await sleep(LOOK_MS);
    }
    return undefined;
  }

  async #whole(since: number): Promise<readonly [number | undefined, readonly string[]]> {
    let differing: readonly string[] = [];
    do {
      const at = this.#now();
      const each = await Promise.all(
        this.#net.gateways.map((gateway) =>
          whatDiffers(gateway, this.#before.get(gateway.side) ?? []).catch((error: unknown) => [
            String(error),
          ]),
        ),
      );
      differing = each.flat();
      // It was whole when it was looked at, which takes a while.
      if (differing.length === 0) return [Math.max(0, at - since), []];
      await sleep(LOOK_MS);
    } while (this.#now() - since < PATIENCE_MS);
    return [undefined, [...differing, ...(await this.#lastWords())]];
  }

  /** Since it was asked last. */
  #inClear(): readonly string[] {
    const packets = this.#clear.packets();
    const fresh = packets.slice(this.#clearTold);
    this.#clearTold = packets.length;
    return fresh;
  }

  async #lastWords(): Promise<readonly string[]> {
    const each = await Promise.all(
      this.#net.gateways.map(async (gateway) => [
        ...(await gateway.events()).slice(-15).map(({ at, kind, text }) => {
          return `${gateway.side} told ${new Date(at).toISOString()} ${kind}: ${text}`;
        }),
        ...gateway.log
          .trim()
          .split('\n')
          .slice(-5)
          .map((line) => `${gateway.side} logged ${line}`),
      ]),
    );
    return each.flat();
  }

  #laneOf({ kind, side, wan }: Drawn): Mutex {
    const words = [side, ...(kind.harms === 'wan' ? [wan] : []), kind.lane ?? kind.name];
    const name = words.join(' ');
    const lane = this.#lanes.get(name) ?? new Mutex();
    this.#lanes.set(name, lane);
    return lane;
  }

  #target({ side, wan, lasts, draw }: Drawn): Target {
    return { net: this.#net, gateway: this.#net[side], side, wan, lasts, draw };
  }

  #now(): number {
    return performance.now() - this.#began;
  }
}

function lookKey({ kind, side, wan }: Drawn): string {
  return `${kind.name} ${side} ${kind.harms === 'wan' ? wan : ''}`;
}

export function faultText({ kind, side, wan, lasts }: Drawn): string {
  const where = kind.harms === 'wan' ? `${side} WAN ${wan}` : side;
  return `${kind.name}, ${where}${lasts === 0 ? '' : ` for ${lasts} ms`}`;
}
