/**
 * What an experiment is: what has to be measured, how often, and how the figures are shown beside
 * the paper's.
 *
 * Always holds: measuring and showing are apart. What was measured is kept as JSON under the key of
 * what was measured, so that experiments share measurements, a broken run goes on where it was, and
 * a report can be drawn again without measuring.
 */
import type { z } from 'zod';

import type { ChartOption, ChartSize } from '../chart/svg.ts';

/** Numbers are finite. What a measurement depends on stands here, its length and its sizes too. */
export type Parameter = string | number | boolean;
export type Parameters = Readonly<Record<string, Parameter>>;

/** One way of measuring. */
export interface Instrument<P extends Parameters = Parameters, R = unknown> {
  /** Part of the key of every measurement, so of the names of files: lower-case letters and `-`. */
  readonly name: string;
  /** What one measurement gives. */
  readonly result: z.ZodType<R>;
  /**
   * Seconds that one measurement takes, set-up included; a guess until the first was made. After
   * thrice that time, and at least a minute more, it counts as stalled.
   */
  estimate(parameters: P): number;
  /**
   * How many may be measured at once, since each leaves nearly all of the processors to the
   * others. Without it each has the machine for itself.
   */
  sideBySide?(parameters: P): number;
  /**
   * Ends soon after `context.stop` is aborted, by what it throws; a `Stalled` where it sees itself
   * that nothing moves.
   * @throws whatever went wrong: it is kept as an outcome, with its words.
   */
  measure(parameters: P, context: MeasureContext): Promise<R>;
}

export interface MeasureContext {
  /**
   * How labs of this measurement are called, or how their names begin (`eval-2`): whatever of that
   * name is still there afterwards is taken down. No other measurement has it meanwhile.
   */
  readonly lab: string;
  /** From 0; for what should differ between repetitions, such as the seed of what is random. */
  readonly repetition: number;
  /** For whatever else is worth keeping of this measurement: captures, logs. */
  readonly directory: string;
  readonly stop: AbortSignal;
  /** Of all measurements under way one at a time: for what needs the processors for itself. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** For what is computed when all is measured: that it takes long on a slow machine is no stall. */
  readonly afterwards: <T>(work: () => Promise<T>) => Promise<T>;
  say(text: string): void;
}

/** An instrument with what it is asked, and how often. Made by `task`. */
export interface Task {
  readonly instrument: Instrument;
  readonly parameters: Parameters;
  readonly repetitions: number;
}

/** Only where the parameters fit the instrument. */
export function task<P extends Parameters, R>(
  instrument: Instrument<P, R>,
  parameters: P,
  repetitions: number,
): Task {
  return { instrument, parameters, repetitions };
}

/** Quick: minutes for all. Full: the paper's sizes, or as near as one machine carries. */
export type Scale = 'quick' | 'full';

/** Thrown by an instrument whose transfer stands still, so that its time need not run out. */
export class Stalled extends Error {
  override readonly name = 'Stalled';
}

/** Thrown by an instrument for what this machine lacks; its words say what. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** How one measurement ended. */
export type Outcome<R> =
  | { readonly kind: 'measured'; readonly value: R }
  /** It stood still, and was ended after its time. */
  | { readonly kind: 'stalled'; readonly afterSeconds: number }
  | { readonly kind: 'failed'; readonly message: string }
  /** This machine cannot do it; no failure, and not tried again. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** What there is so far. */
export interface Outcomes {
  /** Of the machine that measured. */
  readonly processors: number;
  of<P extends Parameters, R>(instrument: Instrument<P, R>, parameters: P): readonly Outcome<R>[];
}

export interface Experiment {
  /** For the command line: `table-2`, `figure-6`, `own-a`. */
  readonly name: string;
  /** What else it shows of the paper, for who asks for that: `figure-11`. */
  readonly aliases?: readonly string[];
  /** `Table II: …`. */
  readonly title: string;
  /** One line for `evaluate list`. */
  readonly about: string;
  /** What the paper says, in a sentence or two. Undefined: nothing, it is an experiment of ours. */
  readonly paper?: string;
  tasks(scale: Scale): readonly Task[];
  /** Pure; cells without an outcome are shown as such. */
  present(outcomes: Outcomes, scale: Scale): Presentation;
}

export interface Presentation {
  /** What was done, at which scale: sizes, repetitions, and what was left out against the paper. */
  readonly method: string;
  readonly tables: readonly ResultTable[];
  readonly charts: readonly ResultChart[];
  /** Where we differ from the paper, and why; where a target was missed, and why. */
  readonly remarks: readonly string[];
  readonly targets: readonly Target[];
}

export interface ResultTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ResultCell[])[];
}

/** A word as it is, or what was measured. */
export type ResultCell = string | MeasuredCell;

/** Shown as a median with its spread beside the paper's figure; made by `cell`. */
export interface MeasuredCell {
  readonly values: readonly number[];
  /** How many did not come to a value, by their kind. */
  readonly stalled: number;
  readonly failed: number;
  /** Not possible on this machine. */
  readonly unavailable?: number;
  /** Measured, but what was waited for did not happen while it was watched, for so many seconds. */
  readonly notReached?: number;
  readonly withinSeconds?: number;
  /** There is none of ours to measure, only the paper's. */
  readonly absent?: boolean;
  /** After the point. */
  readonly digits: number;
  /** The paper's figure for the same, as printed. */
  readonly paper?: string;
}

export interface ResultChart {
  /** Part of its file's name. */
  readonly name: string;
  readonly caption: string;
  readonly option: ChartOption;
  readonly size?: ChartSize;
}

/** What the project promises. */
export interface Target {
  readonly text: string;
  /** Undefined: not measured at this scale. */
  readonly met: boolean | undefined;
  readonly measured: string;
}
