/**
 * What a lab is and how it is, as `wamptcp lab status --json` prints it.
 *
 * Always holds: rates in bits per second, times in milliseconds, loss as a part of one.
 */
import { formatDuration } from '../net/duration.ts';
import { keyOf } from './fault/active-faults.ts';
import type { ActiveFault } from './fault/active-faults.ts';
import { gatewayStatus, isRunning } from './gateway-daemon.ts';
import { addressesOf } from './hosts.ts';
import { nodeLog } from './names.ts';
import type { GatewayNode } from './plan.ts';
import { readFaults, readRecord, recordedLabs } from './record.ts';
import type { LabRecord } from './record.ts';
import type { ClientKind, LinkValues } from './topology/topology.ts';

export interface LabStatus {
  readonly name: string;
  /** Incomplete: its `lab up` is at work, or was killed. */
  readonly state: 'up' | 'incomplete';
  readonly topology: string;
  readonly since: number;
  readonly delayBy: 'netem' | 'delay-line';
  readonly gateways: readonly GatewayLine[];
  readonly hosts: readonly HostLine[];
  readonly wans: readonly WanLine[];
}

export interface GatewayLine {
  readonly name: string;
  readonly namespace: string;
  readonly file: string;
  readonly log: string;
  /** Null: no daemon runs. */
  readonly pid: number | null;
  /** Also direct ones; state as the gateway's own `status` has it, `unknown` when nobody tells. */
  readonly paths: readonly { readonly name: string; readonly state: string }[];
}

export interface HostLine {
  readonly name: string;
  readonly namespace: string;
  readonly site: string;
  readonly client: ClientKind;
  /** As its kernel has them now. */
  readonly addresses: readonly string[];
}

export interface WanLine extends LinkValues {
  readonly name: string;
  readonly mtu: number;
  /** `branch.fibre` and so on. */
  readonly connects: readonly string[];
  /** As `lab fault` takes them, with the access where it is not the whole line. */
  readonly faults: readonly string[];
}

export async function labStatuses(name?: string): Promise<readonly LabStatus[]> {
  const names = name === undefined ? await recordedLabs() : [name];
  const records = await Promise.all(names.map(readRecord));
  return Promise.all(records.filter((record) => record !== undefined).map(statusOf));
}

async function statusOf(record: LabRecord): Promise<LabStatus> {
  const { plan } = record;
  const faults = await readFaults(plan.name);
  return {
    name: plan.name,
    state: record.complete ? 'up' : 'incomplete',
    topology: plan.topology,
    since: record.since,
    delayBy: record.impairment,
    gateways: await Promise.all(plan.gateways.map(async (gateway) => gatewayLine(record, gateway))),
    hosts: await Promise.all(
      plan.hosts.map(async (host) => ({
        name: host.name,
        namespace: host.namespace,
        site: host.site,
        client: host.client,
        addresses: await addressesOf(host).catch(() => []),
      })),
    ),
    wans: plan.lines.map((line) => ({
      name: line.name,
      ...line.values,
      mtu: line.mtu,
      connects: line.attachments.map(keyOf),
      faults: (faults[line.name] ?? []).map(faultText),
    })),
  };
}

async function gatewayLine(record: LabRecord, gateway: GatewayNode): Promise<GatewayLine> {
  const lab = record.plan.name;
  const daemon = record.daemons.find((each) => each.gateway === gateway.name);
  const running = daemon !== undefined && (await isRunning(daemon));
  const status = await gatewayStatus(gateway).catch(() => undefined);
  return {
    name: gateway.name,
    namespace: gateway.namespace,
    file: gateway.file,
    log: nodeLog(lab, gateway.name),
    pid: running ? daemon.pid : null,
    paths: [
      ...gateway.paths.map((name) => ({
        name,
        state: status?.paths.find((path) => path.name === name)?.state ?? 'unknown',
      })),
      // Which of them there are, the addresses of the WANs decide.
      ...(status?.wans ?? []).flatMap((wan) =>
        (wan.direct ?? []).map(({ name, state }) => ({ name, state })),
      ),
    ],
  };
}

export function faultText(fault: ActiveFault): string {
  const where = fault.scope === null ? '' : ` (${fault.scope})`;
  switch (fault.kind) {
    case 'down':
    case 'unplug':
      return `${fault.kind}${where}`;
    case 'oneway':
      return `oneway ${fault.scope}`;
    case 'loss':
      return `loss ${Math.round(fault.part * 1e6) / 1e4}%${where}`;
    case 'delay':
      return `delay ${formatDuration(fault.delay)}${where}`;
  }
}
