/** What ip-mptcp(8) prints, checked and turned into resources; pure. */
import { z } from 'zod';

import { parseAddress } from '../../net/address.ts';
import type { Address } from '../../net/address.ts';
import { ENDPOINT_IDS } from '../../plan/ids.ts';
import type { MptcpEndpoints, MptcpLimits } from '../../plan/resource.ts';
import { parseArray } from './ip-json.ts';

/** RFC 8684 has no name for it: an endpoint that the kernel made when a subflow came to need one. */
const IMPLICIT = 0x10;

const FLAGS = ['backup', 'fullmesh', 'implicit', 'signal', 'subflow'] as const;

const endpoint = z.object({
  address: z.string(),
  id: z.number(),
  /** Hexadecimal; in the place of flags that iproute2 has no word for. */
  rawflags: z.string().optional(),
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

/**
 * Identifiers of the endpoints that the kernel has made by itself for this address: it takes no other
 * one with an identifier for it, but lets these be removed, and keeps their subflows.
 */
export function implicitEndpoints(json: string, own: Address): readonly number[] {
  return parseArray(json, endpoint)
    .filter((one) => parseAddress(one.address) === own)
    .filter(({ rawflags, ...one }) => {
      const set: Readonly<Record<string, unknown>> = one;
      return set['implicit'] === true || (parseInt(rawflags ?? '0', 16) & IMPLICIT) !== 0;
    })
    .map(({ id }) => id);
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
