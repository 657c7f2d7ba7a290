/** When this machine stood still during a measurement: one probe per processor, real-time. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { run } from '../system/command.ts';
import { READY } from './stall-words.ts';
import { launch } from './traffic/launch.ts';
import type { Child } from './traffic/launch.ts';
import type { Milliseconds } from '../net/duration.ts';

const PROBE = join(import.meta.dirname, 'stall-probe.ts');
const stall = z.object({ at: z.number(), ms: z.number() });

/** `at`: wall time of its end. */
export type Stall = z.infer<typeof stall>;

/** Before the gateways' BFD and the delay line, which are real-time, too. */
const PRIORITY = '90';

export class StallProbes {
  readonly #probes: readonly Child[];

  private constructor(probes: readonly Child[]) {
    this.#probes = probes;
  }

  /** Resolves when they watch. */
  static async start(): Promise<StallProbes> {
    const probes = Array.from({ length: availableParallelism() }, (_, processor) =>
      launch({ command: ['taskset', '-c', String(processor), process.execPath, PROBE] }),
    );
    for (const { lines, pid } of probes) {
      await lines.find((line): line is string => line === READY);
      // Not before: a program that starts takes its processor for long enough to be an alarm itself.
      await run(['chrt', '--rr', '--all-tasks', '--pid', PRIORITY, String(pid)]);
    }
    return new StallProbes(probes);
  }

  /** So far. */
  get stalls(): readonly Stall[] {
    return this.#probes.flatMap(({ lines }) =>
      lines.items.filter((line) => line !== READY).map((line) => stall.parse(JSON.parse(line))),
    );
  }

  /** Whether it stood still shortly before: what a timer that ran out at `at` may come from. */
  stoodStill(at: Milliseconds, window: Milliseconds): boolean {
    return this.stalls.some((one) => at > one.at - one.ms && at < one.at + window);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#probes.map((probe) => probe.stop()));
  }
}
