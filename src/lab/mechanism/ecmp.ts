/**
 * Hosts with one address, whose flows are dealt out to the lines by a hash of addresses and ports, each
 * way on its own: an OpenFlow select group in the paper, a resilient group of next hops here.
 *
 * Always holds: with tunnels, a line that BFD calls dead leaves the group, and only its flows move;
 * without, nobody notices. The gateway's own Fast Recovery has no part in it.
 */
import type { Lab } from '../lab.ts';
import { runCommand, runCommands } from '../link/command.ts';
import { isReached } from '../../system/is-reached.ts';
import { lineName, otherSite, SITES } from '../testbed/address-plan.ts';
import type { Site } from '../testbed/address-plan.ts';
import { followPaths } from '../testbed/path-follower.ts';
import type { PathFollower } from '../testbed/path-follower.ts';
import { mechanismOf } from '../testbed/set-up.ts';
import type { Addition, Traits } from '../testbed/set-up.ts';
import { addGroup, addWays, useWays, waysOf } from '../testbed/ways.ts';
import type { TestbedOptions } from './mechanism.ts';
import { notReady } from './not-ready.ts';

const hashed = {
  detects: true,
  families: ['ipv4', 'ipv6'],
  encapsulations: ['vxlan', 'none'],
  addresses: 'one',
  add: startGroups,
} as const satisfies Partial<Traits>;

export const ecmpTcp = mechanismOf({
  ...hashed,
  name: 'ecmp-tcp',
  title: 'Plain TCP, hashed',
  protocol: 'tcp',
});

export const ecmpMptcp = mechanismOf({
  ...hashed,
  name: 'ecmp-mptcp',
  title: 'Plain MPTCP, hashed',
  protocol: 'mptcp',
});

async function startGroups(lab: Lab, options: TestbedOptions): Promise<Addition> {
  const groups = await Promise.all(SITES.map((site) => startGroup(lab, site, options)));
  const isWhole = (): boolean => groups.every(({ missing }) => missing() === 0);
  const ready = async (): Promise<void> => {
    if (!(await isReached(async () => Promise.resolve(isWhole())))) throw notReady('ecmp');
  };
  const stop = async (): Promise<void> => {
    await Promise.all(groups.map(async ({ follower }) => follower?.stop()));
  };
  await ready();
  return { ready, stop };
}

interface Group {
  /** How many lines are not in use. */
  readonly missing: () => number;
  readonly follower: PathFollower | undefined;
}

async function startGroup(lab: Lab, site: Site, options: TestbedOptions): Promise<Group> {
  const { family, encapsulation, lines } = options;
  const namespace = lab.namespace(site);
  const ways = waysOf(site, { count: lines.length, family, encapsulation });
  // Without tunnels they are there: the plain routes use them.
  if (encapsulation === 'vxlan') await runCommand(addWays(namespace, ways));
  await runCommands(addGroup(namespace, site, { family, ways }));
  if (encapsulation === 'none') return { missing: () => 0, follower: undefined };
  let used = 0;
  const follower = followPaths(namespace, async (up) => {
    const living = ways
      .map(({ line }) => line)
      .filter((line) => up.has(`${lineName(line)}-${otherSite(site)}`));
    used = living.length;
    // With none left there is no better guess than the last one.
    if (used > 0) await runCommand(useWays(namespace, living));
  });
  return { missing: () => ways.length - used, follower };
}
