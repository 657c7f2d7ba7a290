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

export type Parameter = string | number | boolean;
export type Parameters = Readonly<Record<string, Parameter>>;

/** One way of measuring. */
export interface Instrument<P extends Parameters = Parameters, R = unknown> {
  /** Part of the key of every measurement, so of the names of files: lower-case letters and `-`. */
  readonly name: string;
  /** What one measurement gives. */
  readonly result: z.ZodType<R>;
  /** Seconds that one measurement takes, set-up included; a guess until the first was made. */
  estimate(parameters: P): number;
  /** @throws whatever went wrong: it is kept as an outcome, with its words. */
  measure(parameters: P, context: MeasureContext): Promise<R>;
}

export interface MeasureContext {
  /** For whatever else is worth keeping of this measurement: captures, logs. */
  readonly directory: string;
  readonly stop: AbortSignal;
  say(text: string): void;
}

/** An instrument with what it is asked, and how often. */
export interface Task {
  readonly instrument: Instrument;
  readonly parameters: Parameters;
  readonly repetitions: number;
}

export type Scale = 'quick' | 'full';

/** How one measurement ended. */
export type Outcome<R> =
  | { readonly kind: 'measured'; readonly value: R }
  /** It stood still, and was ended after its time. */
  | { readonly kind: 'stalled'; readonly afterSeconds: number }
  | { readonly kind: 'failed'; readonly message: string };

/** What there is so far. */
export interface Outcomes {
  of<P extends Parameters, R>(instrument: Instrument<P, R>, parameters: P): readonly Outcome<R>[];
}

export interface Experiment {
  /** For the command line: `table-2`, `figure-6`, `own-a`. */
  readonly name: string;
  /** `Table II: …`. */
  readonly title: string;
  /** One line for `evaluate list`. */
  readonly about: string;
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

/** A median with its spread, the paper's figure for the same, or a word such as "stalled". */
export type ResultCell =
  | string
  | {
      readonly values: readonly number[];
      /** How many did not come to a value, by their kind. */
      readonly stalled?: number;
      readonly failed?: number;
      readonly digits: number;
      readonly paper?: string;
    };

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
