/** What is known of a direct path → its part of the status snapshot; pure. */
import type { Probes } from '../config/site.ts';
import { isAlive } from '../monitor/target-health.ts';
import type { DirectStatus } from '../observe/status.ts';
import type { TrackedDirect } from './direct-tracker.ts';

/** Where a direct path leads; no peer can have this name. */
export const INTERNET = 'Internet';

export function directStatus(
  { path, targets, history, verdictAt }: TrackedDirect,
  probes: Probes,
  { held, drained }: { readonly held: boolean; readonly drained: boolean },
): DirectStatus {
  const up = held ? 'held' : 'up';
  return {
    name: path.name,
    family: path.family,
    state: drained ? 'drained' : history.up ? up : 'down',
    since: verdictAt ?? null,
    address: path.local,
    nexthop: path.nexthop ?? null,
    targets: targets.map(({ address, tcp, roundTrip }) => ({
      address,
      tcp: tcp ?? null,
      alive: isAlive(roundTrip, probes),
      roundTripMs: roundTrip.smoothed ?? null,
      loss: roundTrip.loss,
    })),
  };
}
