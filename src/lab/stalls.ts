/** When this machine stood still during a measurement: one probe per processor, real-time. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { launch } from './traffic/launch.ts';
import type { Milliseconds } from '../net/duration.ts';

const PROBE = join(import.meta.dirname, 'stall-probe.ts');
const stall = z.object({ at: z.number(), ms: z.number() });

/** `at`: wall time of its end. */
export type Stall = z.infer<typeof stall>;

export class StallProbes {
  readonly #probes = Array.from({ length: availableParallelism() }, (_, processor) =>
    // Before the gateways' BFD and the delay line, which are real-time, too.
    launch({
      command: [
        ...(['taskset', '-c', String(processor)] as const),
        ...['chrt', '--rr', '90', process.execPath, PROBE],
      ],
    }),
  );

  /** So far. */
  get stalls(): readonly Stall[] {
    return this.#probes.flatMap(({ lines }) =>
      lines.items.map((line) => stall.parse(JSON.parse(line))),
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
