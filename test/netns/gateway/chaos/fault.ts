/**
 * What a fault is: something that others do to a gateway or to one of its WANs, and how it is seen that
 * it is put right.
 *
 * Always holds: a kind is data; adding one to a list adds it to the tests and the benchmark.
 */
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import type { Side } from '../site-files.ts';
import type { ChaosNet, Wan } from './net.ts';

export interface Target {
  readonly net: ChaosNet;
  readonly gateway: GatewayUnderTest;
  readonly side: Side;
  readonly wan: Wan;
  /** Milliseconds from the strike to the end of the harm, where the harm lasts. */
  readonly lasts: number;
  /** Drawn for this fault: 0 to less than 1. */
  readonly draw: number;
}

/** Ends the harm. */
export type Undo = () => Promise<void>;

export interface FaultKind {
  readonly name: string;
  /**
   * What stops to work: one WAN, so it never strikes the one that is spared, or something that all of
   * the gateway's WANs need for a moment.
   */
  readonly harms: 'wan' | 'gateway';
  /** How long it lasts, milliseconds, least and greatest; absent: it is done at once, and stays until it is healed. */
  readonly lasts?: readonly [number, number];
  /** Of two faults with the same lane on the same gateway (and WAN, where it harms one) the second waits. */
  readonly lane?: string;
  /** Whether the second waits until the first is healed, and not only until its harm has ended. */
  readonly keepsLane?: boolean;
  /** Where it can strike; default: everywhere. */
  readonly strikes?: (side: Side, wan: Wan) => boolean;
  readonly strike: (target: Target) => Promise<Undo | undefined>;
  /** Text that is the same as before the fault when it is healed. */
  readonly look: (target: Target) => Promise<string>;
}

/** Runs a program in the gateway's namespace. */
export async function on(target: Target, ...argv: string[]): Promise<string> {
  return await target.gateway.namespace.run(...argv);
}

/** The same; what is not there need not be taken away. */
export async function tryOn(target: Target, ...argv: string[]): Promise<string> {
  return await on(target, ...argv).catch(() => '');
}

/** The lines of a text in an order of their own. */
export function sorted(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .toSorted()
    .join('\n');
}
