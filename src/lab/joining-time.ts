/**
 * How long a host of a lab takes from its cable's being plugged in to the last address that it can use
 * (paper section V-G).
 *
 * Always holds: it begins with nothing: no process, no address, no lease on the host's side; the times
 * are the kernel's own notifications in the host's namespace.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { parseAddress } from '../net/address.ts';
import type { Milliseconds } from '../net/duration.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Lab } from './lab.ts';
import type { HostNode } from './plan.ts';
import { launch } from './traffic/launch.ts';
import type { Child } from './traffic/launch.ts';

export const PATIENCE_MS = 15_000;

/**
 * Of a host whose client does not run (`lab.hosts.stop`), which is so again afterwards. Infinity: an
 * address did not come within 15 seconds.
 */
export async function joiningTime(lab: Lab, host: HostNode): Promise<Milliseconds> {
  const monitor = launch({
    namespace: host.namespace,
    command: ['ip', '-ts', '-o', 'monitor', 'link', 'address'],
  });
  await sleep(100);
  const complete = follow(monitor, host);
  await lab.hosts.start(host);
  const time = await Promise.race([complete, sleep(PATIENCE_MS, Infinity)]);
  await monitor.stop();
  await lab.hosts.stop(host);
  return time;
}

/** From the interface's coming up to an address in each subnet that is to be had. */
async function follow(monitor: Child, host: HostNode): Promise<Milliseconds> {
  const missing = new Set(host.expects);
  let plugged = NaN;
  for await (const line of monitor.lines) {
    const at = Date.parse(/^\[([^\]]+)\]/.exec(line)?.[1] ?? '');
    if (Number.isNaN(plugged) && / eth0(@\S+)?: <[^>]*\bUP\b/.test(line)) plugged = at;
    const text = / inet6? ([0-9a-f.:]+)\/\d+ .*scope global/.exec(line)?.[1];
    const address = parseAddress(text ?? '');
    if (address === undefined || / (tentative|Deleted) /.test(line)) continue;
    for (const prefix of missing) if (prefixContains(prefix, address)) missing.delete(prefix);
    if (missing.size === 0) return at - plugged;
  }
  return Infinity;
}
