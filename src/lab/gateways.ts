/**
 * The gateways of a lab at work: their daemons started and ended, their paths waited for.
 *
 * Always holds: whether a path is up is what the gateway itself says; nothing else is looked at.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { WamptcpError } from '../lib/errors.ts';
import type { Milliseconds } from '../net/duration.ts';
import { gatewayStatus, isRunning, notRunning, startDaemon } from './gateway-daemon.ts';
import type { GatewayProgram } from './gateway-daemon.ts';
import type { GatewayNode, LabPlan } from './plan.ts';
import { signal } from './processes.ts';
import type { DaemonRecord } from './record.ts';

export interface WaitOptions {
  /** How long paths may take to come up; for `labUp`, 0 does not wait. Default: 15 s. */
  readonly patience?: Milliseconds;
  readonly stop?: AbortSignal;
  /** What is being done, for people. */
  readonly progress?: (text: string) => void;
}

const PATIENCE_MS = 15_000;
const LOOK_MS = 100;

export class Gateways {
  readonly #plan: LabPlan;
  #daemons: readonly DaemonRecord[];

  constructor(plan: LabPlan, daemons: readonly DaemonRecord[]) {
    this.#plan = plan;
    this.#daemons = daemons;
  }

  get daemons(): readonly DaemonRecord[] {
    return this.#daemons;
  }

  /** Takes the place of a daemon that has ended. */
  async start(name: string, program: GatewayProgram): Promise<DaemonRecord> {
    const daemon = await startDaemon(this.#plan.name, this.#node(name), program);
    this.#daemons = [...this.#daemons.filter((each) => each.gateway !== name), daemon];
    return daemon;
  }

  /** Ends a gateway's daemon; forwarding goes on without it. */
  async stop(name: string, how: NodeJS.Signals): Promise<void> {
    const daemon = this.#daemons.find((each) => each.gateway === this.#node(name).name);
    if (daemon === undefined) return;
    if (await isRunning(daemon)) signal(daemon.pid, how);
    while (await isRunning(daemon)) await sleep(LOOK_MS / 5);
  }

  /** Paths that are not up, as `gateway: path (state)`. */
  async pathsNotUp(): Promise<readonly string[]> {
    const states = await Promise.all(
      this.#plan.gateways.map(async (gateway) => {
        const status = await gatewayStatus(gateway).catch(() => undefined);
        // A site whose WANs are all direct has no paths.
        if (gateway.paths.length === 0 && status === undefined) {
          return [`${gateway.name}: no daemon yet`];
        }
        return gateway.paths.flatMap((path) => {
          const state = status?.paths.find(({ name }) => name === path)?.state ?? 'no daemon yet';
          return state === 'up' ? [] : [`${gateway.name}: ${path} (${state})`];
        });
      }),
    );
    return states.flat();
  }

  /** Until every path of every gateway is up; throws when one is not in time, or a daemon ends. */
  async waitForPaths({ patience = PATIENCE_MS, stop, progress }: WaitOptions): Promise<void> {
    const start = performance.now();
    const total = this.#plan.gateways.reduce(
      (sum, { paths }) => sum + Math.max(1, paths.length),
      0,
    );
    for (;;) {
      stop?.throwIfAborted();
      const missing = await this.pathsNotUp();
      if (missing.length === 0) return;
      progress?.(`waiting for paths: ${total - missing.length} of ${total} are up`);
      for (const daemon of this.#daemons) {
        if (!(await isRunning(daemon)))
          throw await notRunning(this.#plan.name, this.#node(daemon.gateway));
      }
      if (performance.now() - start > patience) {
        throw new WamptcpError(
          'LAB_PATHS_DOWN',
          `not up after ${patience / 1000} s: ${missing.join(', ')}`,
          {
            advice:
              'Compare the paths in the site files; both ends need the same `vni` and timers.',
          },
        );
      }
      await sleep(LOOK_MS);
    }
  }

  #node(name: string): GatewayNode {
    const gateway = this.#plan.gateways.find((each) => each.name === name);
    if (gateway !== undefined) return gateway;
    throw new WamptcpError('LAB_NO_GATEWAY', `lab ${this.#plan.name} has no gateway ${name}`, {
      advice: `It has ${this.#plan.gateways.map((each) => each.name).join(', ')}.`,
    });
  }
}
