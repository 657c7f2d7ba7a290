/** What ip-mptcp(8) prints, checked and turned into resources; pure. */
import { z } from 'zod';

import { parseAddress } from '../../net/address.ts';
import { ENDPOINT_IDS } from '../../plan/ids.ts';
import type { MptcpEndpoints, MptcpLimits } from '../../plan/resource.ts';
import { parseArray } from './ip-json.ts';

const FLAGS = ['backup', 'fullmesh', 'implicit', 'signal', 'subflow'] as const;

const endpoint = z.object({
  address: z.string(),
  id: z.number(),
  ...Object.fromEntries(FLAGS.map((flag) => [flag, z.boolean().optional()])),
});

/** `ip -j mptcp endpoint show`: those with an identifier of ours; undefined: none. */
export function parseEndpoints(json: string): MptcpEndpoints | undefined {
  const endpoints = parseArray(json, endpoint)
    .filter(({ id }) => id >= ENDPOINT_IDS.first && id <= ENDPOINT_IDS.last)
    .flatMap((one) => {
      const address = parseAddress(one.address);
      const set: Readonly<Record<string, unknown>> = one;
      const flags = FLAGS.filter((flag) => set[flag] === true);
      return address === undefined ? [] : [{ address, id: one.id, flags }];
    })
    .toSorted((one, other) => one.id - other.id);
  return endpoints.length === 0 ? undefined : { kind: 'mptcp-endpoints', endpoints };
}

/** `ip mptcp limits show`, which knows no JSON: `add_addr_accepted 0 subflows 2`. */
export function parseLimits(text: string): MptcpLimits | undefined {
  const announcements = /add_addr_accepted (\d+)/.exec(text)?.[1];
  const subflows = /subflows (\d+)/.exec(text)?.[1];
  if (announcements === undefined || subflows === undefined) return undefined;
  return {
    kind: 'mptcp-limits',
    subflows: Number(subflows),
    announcements: Number(announcements),
  };
}
