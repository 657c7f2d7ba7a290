/**
 * A lab as programs use it: tests, demos, benchmarks, and the command line.
 *
 *     const lab = await labUp('examples/lab/two-wans.yaml');
 *     await lab.exec('client', ['ping', '-c', '1', '10.20.0.2']);
 *     const { at } = await lab.fault('fibre', { kind: 'down' });
 *     await lab.down();
 *
 * Always holds: a lab that could not be made whole is not there at all. A lab outlives the process
 * that made it; whoever opens it later has the same lab.
 */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';

import { execa } from 'execa';

import { WamptcpError } from '../lib/errors.ts';
import { lockLab, makeRoom } from './claim.ts';
import { FaultDesk } from './fault/fault-desk.ts';
import type { AppliedFault } from './fault/fault-desk.ts';
import type { Fault } from './fault/fault.ts';
import { production, WAMPTCP } from './gateway-daemon.ts';
import type { GatewayProgram } from './gateway-daemon.ts';
import { Gateways } from './gateways.ts';
import type { WaitOptions } from './gateways.ts';
import { Hosts, requireClients } from './hosts.ts';
import { openImpairment } from './link/impairment.ts';
import type { Impairment } from './link/impairment.ts';
import { kernelImpairment, makeLines, makeNodes } from './make.ts';
import { labDirectory } from './names.ts';
import type { GatewayNode, HostNode, InternetServer, LabPlan } from './plan.ts';
import { requireRecord, writeRecord } from './record.ts';
import type { DaemonRecord, LabRecord } from './record.ts';
import { tearDown } from './tear-down.ts';
import type { Removed } from './tear-down.ts';
import { loadTopology } from './topology/load-topology.ts';

export interface LabUpOptions extends WaitOptions {
  /** The lab's name, if not the topology's. */
  readonly name?: string;
  /** Take down a lab of that name first. Default: complain that it is there. */
  readonly replace?: boolean;
  /** What runs on the gateways; null: nothing. Default: `wamptcp run`. */
  readonly gateways?: GatewayProgram | null;
}

export interface Execution {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Takes the path of a topology file, or a plan that was made in another way. */
export async function labUp(topology: string | LabPlan, options: LabUpOptions = {}): Promise<Lab> {
  const plan = typeof topology === 'string' ? await planOf(topology, options.name) : topology;
  const stop = options.stop ?? new AbortController().signal;
  const lock = await lockLab(plan.name);
  try {
    await makeRoom(plan, options.replace ?? false);
    try {
      return await make(plan, options, stop);
    } catch (error) {
      options.progress?.('removing what was made');
      await tearDown(plan.name);
      throw error;
    }
  } finally {
    await lock.release();
  }
}

/** A lab that is up already. */
export async function openLab(name: string): Promise<Lab> {
  const record = await requireRecord(name);
  return new Lab(record, await openImpairment(labDirectory(name).delaySocket, record.impairment));
}

/** Works without a record, too, and on what a killed `labUp` has left. */
export async function labDown(name: string): Promise<Removed> {
  const lock = await lockLab(name);
  try {
    return await tearDown(name);
  } finally {
    await lock.release();
  }
}

export class Lab {
  readonly plan: LabPlan;
  readonly since: number;
  readonly #impairment: Impairment;
  readonly #faults: FaultDesk;
  readonly #gateways: Gateways;
  readonly hosts: Hosts;

  constructor(record: Omit<LabRecord, 'version'>, impairment: Impairment) {
    this.plan = record.plan;
    this.since = record.since;
    this.#impairment = impairment;
    this.#gateways = new Gateways(record.plan, record.daemons);
    this.hosts = new Hosts(record.plan, record.rooms);
    this.#faults = new FaultDesk(record.plan, impairment);
  }

  get name(): string {
    return this.plan.name;
  }

  get nodes(): readonly (GatewayNode | HostNode | InternetServer)[] {
    return [...this.plan.gateways, ...this.plan.hosts, ...this.plan.servers];
  }

  get impairment(): Impairment {
    return this.#impairment;
  }

  get faults(): FaultDesk {
    return this.#faults;
  }

  get daemons(): readonly DaemonRecord[] {
    return this.#gateways.daemons;
  }

  node(name: string): GatewayNode | HostNode | InternetServer {
    const node = this.nodes.find((each) => each.name === name);
    if (node !== undefined) return node;
    throw new WamptcpError('LAB_NO_NODE', `lab ${this.name} has no node ${name}`, {
      advice: `It has ${this.nodes.map((each) => each.name).join(', ')}.`,
    });
  }

  namespace(name: string): string {
    return this.node(name).namespace;
  }

  /** What to start so that `argv` runs on a node. */
  command(node: string, argv: readonly string[]): readonly [string, ...string[]] {
    const { name } = this.node(node);
    const isHost = this.plan.hosts.some((host) => host.name === name);
    return isHost
      ? this.hosts.inside(name, argv)
      : ['ip', 'netns', 'exec', this.namespace(name), ...argv];
  }

  /** Runs a program on a node and waits for it; a bad end is not thrown but told. */
  async exec(node: string, argv: readonly string[]): Promise<Execution> {
    const [program, ...rest] = this.command(node, argv);
    const result = await execa(program, rest, { reject: false, stdin: 'ignore' });
    return { exitCode: result.exitCode ?? 128, stdout: result.stdout, stderr: result.stderr };
  }

  /** Runs `wamptcp …` on a node: the same program as its daemon. */
  async wamptcp(node: string, argv: readonly string[]): Promise<Execution> {
    return this.exec(node, [WAMPTCP, ...argv]);
  }

  /**
   * Does something to a line (`fibre`), or to one site's access to it (`fibre:branch`). Cuts are in
   * the kernel when this returns; `at` is the monotonic time right after.
   */
  async fault(target: string, fault: Fault): Promise<AppliedFault> {
    return this.#faults.apply(target, fault);
  }

  /** Makes the first cut as quick as any later one. */
  async prepareFaults(): Promise<void> {
    await this.#faults.prepare();
  }

  /** Starts the daemon of a gateway that has none; for experiments that end one. */
  async startGateway(name: string, program: GatewayProgram = production): Promise<DaemonRecord> {
    const daemon = await this.#gateways.start(name, program);
    await writeRecord({ ...(await requireRecord(this.name)), daemons: this.daemons });
    return daemon;
  }

  /** Ends a gateway's daemon; forwarding goes on without it. */
  async stopGateway(name: string, how: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#gateways.stop(name, how);
  }

  /** Paths that are not up, as `gateway: path (state)`. */
  async pathsNotUp(): Promise<readonly string[]> {
    return this.#gateways.pathsNotUp();
  }

  /** Until every path of every gateway is up; throws when one is not in time, or a daemon ends. */
  async waitForPaths(options: WaitOptions = {}): Promise<void> {
    await this.#gateways.waitForPaths(options);
  }

  /** Hangs up and leaves the lab as it is. */
  close(): void {
    this.#faults.close();
    this.#impairment.close();
  }

  async down(): Promise<Removed> {
    this.close();
    return labDown(this.name);
  }
}

async function planOf(topology: string, name: string | undefined): Promise<LabPlan> {
  const loaded = await loadTopology(topology, name);
  if (loaded.ok) return loaded.value.plan;
  throw new WamptcpError(
    'LAB_BAD_TOPOLOGY',
    `${topology} cannot be used:\n${loaded.error.format()}`,
    {
      advice: `Mend what is marked in ${resolve(topology)}; nothing was made.`,
    },
  );
}

async function make(plan: LabPlan, options: LabUpOptions, stop: AbortSignal): Promise<Lab> {
  const progress = options.progress ?? ((): void => undefined);
  const directory = labDirectory(plan.name);
  await requireClients(new Hosts(plan, []).moving);
  const impairment = await openImpairment(directory.delaySocket, await kernelImpairment());
  const record = {
    plan,
    impairment: impairment.kind,
    since: Date.now(),
    complete: false,
    daemons: [],
    rooms: [],
  };
  try {
    await writeRecord(record);
    await mkdir(directory.path, { recursive: true, mode: 0o700 });
    progress(`making ${plan.gateways.length} sites and ${plan.hosts.length} hosts`);
    await makeNodes(plan, stop);
    progress(`making ${plan.lines.length} lines (${impairment.kind})`);
    await makeLines(plan, impairment, stop);
    const program = options.gateways === undefined ? production : options.gateways;
    const gateways = new Gateways(plan, []);
    if (program !== null) {
      for (const { name } of plan.gateways) {
        stop.throwIfAborted();
        progress(`starting gateway ${name}`);
        await gateways.start(name, program);
      }
    }
    const hosts = new Hosts(plan, []);
    for (const host of hosts.moving) {
      stop.throwIfAborted();
      await hosts.start(host);
    }
    if (program !== null && options.patience !== 0) {
      await gateways.waitForPaths({ ...options, stop });
      await hosts.waitForAddresses({ ...options, stop });
    }
    stop.throwIfAborted();
    const whole = {
      ...record,
      daemons: gateways.daemons,
      rooms: hosts.rooms,
      complete: true,
    };
    await writeRecord(whole);
    return new Lab(whole, impairment);
  } catch (error) {
    impairment.close();
    throw error;
  }
}
