/**
 * A WAN is added to a site, and taken from it: how long until hosts have followed by router
 * advertisement, address and MPTCP endpoint.
 *
 * Always holds: times are from the moment when the gateway's own address in the subnet comes or goes.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { addressesOf } from '../src/lab/hosts.ts';
import type { Lab } from '../src/lab/lab.ts';
import type { HostNode } from '../src/lab/plan.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import type { TwoSites } from '../src/lab/testbed/two-sites.ts';
import { writeSites } from '../src/lab/testbed/write-sites.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';

const CLIENTS = ['dhclient', 'udhcpc', 'dhcpcd', 'networkd', 'networkmanager'];
const LOOK_MS = 10;
const PATIENCE_MS = 15_000;
const TARGET_MS = 2000;

/** Of the third WAN. */
const SUBNET = 'fd10:3:';

function sites(wans: number): TwoSites {
  return {
    lab: 'bench',
    lines: linesOf(
      Array.from({ length: wans }, () => 100),
      0,
    ),
    family: 'ipv6',
    interval: 50,
    hosts: CLIENTS.map((client) => `${client}: { site: branch, client: ${client}, family: ipv6 }`),
  };
}

export const wanCount: Benchmark = {
  name: 'wan-count',
  about: 'a WAN is added and taken away: until hosts have followed, IPv6',
  run: async (context) => {
    const fewer = await writeSites(sites(2));
    try {
      return await withLab(sites(3), (lab, written) =>
        measure(lab, { fewer: fewer.topology, more: written.topology }, context),
      );
    } finally {
      await fewer.remove();
    }
  },
};

async function measure(
  lab: Lab,
  topologies: { readonly fewer: string; readonly more: string },
  context: BenchContext,
): Promise<readonly Row[]> {
  const gone = new Map<string, number[]>();
  const come = new Map<string, number[]>();
  for (let round = 0; round < repetitions(10, context); round++) {
    for (const [topology, times, present] of [
      [topologies.fewer, gone, false],
      [topologies.more, come, true],
    ] as const) {
      const applied = apply(lab, 'branch', topology);
      await until(async () => {
        const { stdout } = await lab.exec('branch', ['ip', '-6', 'address', 'show', 'dev', 'lan0']);
        return stdout.includes(SUBNET) === present;
      });
      const started = performance.now();
      await Promise.all(
        lab.hosts.moving.map(async (host) => {
          await until(async () => follows(lab, host, present));
          times.set(host.name, [...(times.get(host.name) ?? []), performance.now() - started]);
        }),
      );
      await applied;
      await apply(lab, 'hub', topology);
      context.progress(`round ${round + 1}, third WAN ${present ? 'there' : 'gone'}`);
    }
  }
  return CLIENTS.flatMap((client) =>
    [
      { what: `a WAN is taken away, ${client}`, values: gone.get(client) ?? [] },
      { what: `a WAN is added, ${client}`, values: come.get(client) ?? [] },
    ].map((row) => ({
      ...row,
      unit: 'ms',
      target: { text: `≤ ${TARGET_MS} ms`, met: (value: number) => value <= TARGET_MS },
    })),
  );
}

async function apply(lab: Lab, site: string, topology: string): Promise<void> {
  const file = topology.replace('topology.yaml', `${site}.yaml`);
  const { exitCode, stderr } = await lab.wamptcp(site, ['apply', '-c', file]);
  if (exitCode !== 0) throw new Error(stderr);
}

/** Whether address and endpoint of the third WAN are both there, or both not. */
async function follows(lab: Lab, host: HostNode, present: boolean): Promise<boolean> {
  const addresses = await addressesOf(host);
  const { stdout } = await lab.exec(host.name, ['ip', 'mptcp', 'endpoint', 'show']);
  const states = [addresses.some((each) => each.startsWith(SUBNET)), stdout.includes(SUBNET)];
  return states.every((state) => state === present);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline && !(await holds())) await sleep(LOOK_MS);
}
