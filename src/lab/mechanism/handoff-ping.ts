/**
 * Tunnel Handoff by pings: hosts with one address, whose tunnel has a backup, as routers fail over that
 * have no BFD. Both gateways track on their own.
 *
 * Always holds: BFD runs as ever, and nothing obeys it: Fast Recovery is off, and the routes over the
 * tunnel in use come before the gateway's own.
 */
import { isReached } from '../../system/is-reached.ts';
import type { Lab } from '../lab.ts';
import { runCommand, runCommands } from '../link/command.ts';
import { SITES } from '../testbed/address-plan.ts';
import type { Site } from '../testbed/address-plan.ts';
import { mechanismOf } from '../testbed/set-up.ts';
import type { Addition } from '../testbed/set-up.ts';
import { addGroup, addWays, useWays, waysOf } from '../testbed/ways.ts';
import type { TestbedOptions } from './mechanism.ts';
import { notReady } from './not-ready.ts';
import { trackByPing } from './ping-tracker.ts';
import type { PingTracker } from './ping-tracker.ts';

/** A round of the tracker, and some. */
const READY_MS = 12_000;

export const handoffPing = mechanismOf({
  name: 'handoff-ping',
  title: 'Tunnel Handoff by pings',
  detects: false,
  families: ['ipv4', 'ipv6'],
  encapsulations: ['vxlan'],
  protocol: 'tcp',
  addresses: 'one',
  add: startTrackers,
});

async function startTrackers(lab: Lab, options: TestbedOptions): Promise<Addition> {
  const trackers = (
    await Promise.all(SITES.map((site) => startGateway(lab, site, options)))
  ).flat();
  return {
    ready: async () => {
      const areUp = (): boolean => trackers.every((tracker) => tracker.isUp());
      if (!(await isReached(async () => Promise.resolve(areUp()), READY_MS))) {
        throw notReady('handoff-ping');
      }
    },
    stop: async () => {
      await Promise.all(trackers.map((tracker) => tracker.stop()));
    },
  };
}

async function startGateway(
  lab: Lab,
  site: Site,
  { family, encapsulation, lines }: TestbedOptions,
): Promise<readonly PingTracker[]> {
  const namespace = lab.namespace(site);
  const ways = waysOf(site, { count: lines.length, family, encapsulation });
  await runCommand(addWays(namespace, ways));
  await runCommands([...addGroup(namespace, site, { family, ways }), useWays(namespace, [0])]);
  const trackers: PingTracker[] = [];
  // With none left there is no better guess than the last one.
  const choose = async (): Promise<void> => {
    const first = trackers.findIndex((tracker) => tracker.isUp());
    if (first >= 0) await runCommand(useWays(namespace, [first]));
  };
  for (const way of ways) trackers.push(trackByPing(lab, site, way, choose));
  return trackers;
}
