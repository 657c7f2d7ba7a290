/**
 * A WAN is taken out of service, or put back, on purpose: for the command and the daemon alike.
 *
 * Always holds: a WAN that is the only way to somewhere is drained only by force.
 */
import { z } from 'zod';

import type { Status } from '../observe/status.ts';
import type { Gateway } from './gateway.ts';
import { noSuchWan, nothingApplied, onlyWay } from './gateway-errors.ts';
import { lastWays } from './last-way.ts';

export interface DrainRequest {
  readonly wan: string;
  readonly action: 'drain' | 'restore';
  /** Also where nothing else is left. */
  readonly force: boolean;
}

export const drainOutcome = z.strictObject({
  /** False: it was so already. */
  changed: z.boolean(),
  /** Where nothing else leads to: that traffic stays. */
  last: z
    .array(z.strictObject({ to: z.string(), down: z.array(z.string()).readonly() }))
    .readonly(),
  /** False: the site has direct WANs only. */
  peers: z.boolean(),
});
export type DrainOutcome = z.infer<typeof drainOutcome>;

/**
 * @param status what the daemon knows, asked for a drain only; undefined: none runs, or it does not answer.
 * @throws WamptcpError NOTHING_APPLIED; BAD_INPUT for a WAN that there is not, or that is the only way.
 */
export async function setDrained(
  gateway: Gateway,
  { wan, action, force }: DrainRequest,
  status: () => Promise<Status | undefined> = () => Promise.resolve(undefined),
): Promise<DrainOutcome> {
  const { applied, decisions } = await gateway.state();
  if (applied === undefined) throw nothingApplied();
  const { site } = applied;
  if (!site.wans.some(({ name }) => name === wan)) throw noSuchWan(site, wan);
  const peers = site.peers.length > 0;
  const before = decisions.drainedWans;
  if (before.includes(wan) === (action === 'drain')) return { changed: false, last: [], peers };
  const last = action === 'drain' ? lastWays(site, before, wan, await status()) : [];
  if (last.length > 0 && !force) throw onlyWay(wan, last);
  await gateway.decide((now) => {
    const others = now.drainedWans.filter((other) => other !== wan);
    return { ...now, drainedWans: action === 'drain' ? [...others, wan] : others };
  });
  return { changed: true, last, peers };
}
