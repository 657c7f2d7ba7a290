/** When this machine stood still during a measurement: one probe per processor, real-time. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { z } from 'zod';

import type { Milliseconds } from '../src/net/duration.ts';

const PROBE = join(import.meta.dirname, 'stall-probe.ts');
const stall = z.object({ at: z.number(), ms: z.number() });

/** `at`: wall time of its end. */
export type Stall = z.infer<typeof stall>;

export class StallProbes {
  readonly stalls: Stall[] = [];
  readonly #stop: (() => void)[];

  constructor() {
    this.#stop = Array.from({ length: availableParallelism() }, (_, processor) => {
      const argv = ['setpriv', '--pdeathsig', 'KILL', 'taskset', '-c', String(processor)];
      const probe = ['chrt', '--rr', '90', process.execPath, PROBE];
      const child = spawn(argv[0] ?? '', [...argv.slice(1), ...probe], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      createInterface(child.stdout).on('line', (line) => {
        this.stalls.push(stall.parse(JSON.parse(line)));
      });
      return () => child.kill();
    });
  }

  /** Whether it stood still shortly before: what a timer that ran out at `at` may come from. */
  stoodStill(at: Milliseconds, window: Milliseconds): boolean {
    return this.stalls.some((one) => at > one.at - one.ms && at < one.at + window);
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }
}
