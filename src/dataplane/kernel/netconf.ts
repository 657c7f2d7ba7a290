/**
 * Switches of devices as the kernel tells them all at once; pure.
 *
 * Always holds: by the names and with the values that the files under /proc/sys have. A hub with 3,000
 * tunnels would read 9,000 files, which takes ten times as long.
 */
import { z } from 'zod';

import type { Family } from '../../net/address.ts';
import type { Sysctl } from '../../plan/resource.ts';
import { parseArray } from './ip-json.ts';

const netconf = z.object({
  interface: z.string(),
  forwarding: z.boolean().optional(),
  rp_filter: z.string().optional(),
});

/** RFC 3704. */
const REVERSE_PATH: Readonly<Record<string, string>> = { off: '0', strict: '1', loose: '2' };

/** `ip -j netconf show`: forwarding, and for IPv4 the reverse-path filter. */
export function parseNetconf(json: string, family: Family): readonly Sysctl[] {
  return parseArray(json, netconf).flatMap((one): readonly Sysctl[] => {
    const key = (name: string): readonly string[] => ['net', family, 'conf', one.interface, name];
    const filter = family === 'ipv4' ? REVERSE_PATH[one.rp_filter ?? ''] : undefined;
    return [
      ...(one.forwarding === undefined
        ? []
        : [
            {
              kind: 'sysctl' as const,
              key: key('forwarding'),
              value: one.forwarding ? '1' : '0',
            },
          ]),
      ...(filter === undefined
        ? []
        : [{ kind: 'sysctl' as const, key: key('rp_filter'), value: filter }]),
    ];
  });
}
