/**
 * The status snapshot: what `wamptcp status` shows and the API serves. `docs/status.schema.json` is
 * made from this.
 *
 * Always holds: complete and self-contained; times are wall clock in milliseconds, rates bits per
 * second; nothing but the list of hosts depends on their number.
 */
import { z } from 'zod';

import { warning } from './warning.ts';

const metered = z.object({
  receivedBytes: z.number().int().nonnegative(),
  sentBytes: z.number().int().nonnegative(),
  receiveRate: z.number().nonnegative().describe('bits per second over the last second'),
  sendRate: z.number().nonnegative().describe('bits per second over the last second'),
});

export const pathStatus = z.object({
  name: z.string(),
  peer: z.string(),
  wan: z.string(),
  device: z.string(),
  remote: z.string(),
  vni: z.number().int(),
  state: z
    .enum(['up', 'down', 'held', 'drained', 'drained-by-peer', 'waiting', 'unknown'])
    .describe(
      'held: up, but not returned to yet; waiting: its interface or address is missing; ' +
        'unknown: no verdict yet',
    ),
  since: z.number().nullable(),
  reason: z.string().nullable(),
  bfd: z.object({
    state: z.enum(['AdminDown', 'Down', 'Init', 'Up']).nullable(),
    intervalMs: z.number(),
    multiplier: z.number(),
    detectionMs: z.number().describe('interval times multiplier'),
  }),
  roundTripMs: z.number().nullable(),
  probeLoss: z.number().min(0).max(1),
  mtu: z
    .number()
    .int()
    .nullable()
    .describe('octets of the greatest packet that fits through; null: there is no tunnel yet'),
  deviceMtu: z
    .number()
    .int()
    .nullable()
    .describe(
      'the same by the interface of the WAN alone: with a greater one, the line takes less',
    ),
  counters: metered.nullable(),
});

export const carriage = z.object({
  peer: z.string(),
  path: z.string().nullable().describe('null: no path at all'),
  detour: z.boolean(),
});

export const share = z.object({
  peer: z.string(),
  path: z.string().nullable().describe('null: no path at all'),
  share: z.number().min(0).max(1).describe('of the flows that are spread'),
});

export const classStatus = z.object({
  name: z.string(),
  spread: z.boolean().describe('by all paths as `shares` has it; then nothing is in `carriedBy`'),
  carriedBy: z.array(carriage).describe('which path it takes now, per peer'),
});

export const directStatus = z.object({
  name: z.string(),
  family: z.enum(['ipv4', 'ipv6']),
  state: z
    .enum(['up', 'down', 'held', 'drained'])
    .describe('by the probes of its targets; held: up, but not returned to yet'),
  since: z.number().nullable(),
  address: z.string().describe('what hosts are translated to'),
  nexthop: z.string().nullable().describe('null: everybody is on the link'),
  targets: z.array(
    z.object({
      address: z.string(),
      tcp: z.number().int().nullable().describe('the port; null: ICMP echo'),
      alive: z.boolean(),
      roundTripMs: z.number().nullable(),
      loss: z.number().min(0).max(1).describe('of the last probes, as many as `probes.window`'),
    }),
  ),
});

export const wanStatus = z.object({
  name: z.string(),
  number: z.number().int().positive(),
  interface: z.string(),
  present: z.boolean(),
  state: z.enum(['up', 'down', 'drained', 'waiting', 'unknown']),
  addresses: z.array(z.string()),
  nexthops: z.array(z.string()),
  subnets: z.array(z.string()),
  capacity: z.number(),
  direct: z
    .array(directStatus)
    .nullable()
    .describe('its ways to the Internet without a hub, one per family; null: it is not direct'),
  carriedBy: z
    .array(carriage)
    .describe('which path TCP of this WAN’s subnets takes now, per peer and to the Internet'),
  counters: metered.nullable(),
});

const host = z.object({
  mac: z.string().nullable().describe('null: it is known by its DUID only'),
  name: z.string().nullable(),
  addresses: z.array(
    z.object({
      address: z.string(),
      wan: z.string(),
      expires: z
        .number()
        .nullable()
        .describe('null: not leased here, but seen, or leased for ever'),
    }),
  ),
  wanAware: z
    .enum(['yes', 'partly', 'no'])
    .describe('an address for each WAN that has a subnet; for several; for one alone'),
});

const provision = z.object({
  running: z.boolean(),
  pid: z.number().int().nullable(),
  restarts: z.number().int(),
  pools: z.array(
    z.object({
      wan: z.string(),
      subnet: z.string(),
      size: z.number().int(),
      free: z.number().int().describe('neither leased nor reserved'),
    }),
  ),
});

const proxy = z.object({
  running: z.boolean().describe('false: plain TCP is forwarded as it is'),
  pid: z.number().int().nullable(),
  restarts: z.number().int(),
  limit: z.number().int().describe('connections of LAN hosts at once'),
  connections: z.number().int().nullable().describe('of LAN hosts, now'),
  total: z.number().int().nullable().describe('of LAN hosts, since it was started'),
  forPeers: z.number().int().nullable().describe('for which peers’ proxies use ours, now'),
  peers: z.array(
    z.object({
      peer: z.string(),
      twin: z.string().nullable().describe('null: ours talks to the servers there itself'),
      answers: z.boolean().nullable().describe('whether the peer’s proxy can be used now'),
    }),
  ),
});

export const status = z.object({
  site: z.string(),
  version: z.string(),
  daemon: z
    .object({ pid: z.number().int(), since: z.number() })
    .nullable()
    .describe('null: none runs; paths are then as the engine says, and nobody watches them'),
  engine: z.object({
    running: z.boolean(),
    pid: z.number().int().nullable(),
    restarts: z.number().int(),
  }),
  fastRecovery: z.boolean(),
  pendingUntil: z
    .number()
    .nullable()
    .describe('an apply waits for `wamptcp confirm` until then; null also while it is being made'),
  rules: z.number().int().describe('policy rules of ours, which never depend on hosts'),
  wans: z.array(wanStatus),
  paths: z.array(pathStatus),
  best: z
    .array(carriage)
    .describe('where what is neither TCP nor in a class goes, unless spread, per peer'),
  classes: z.array(classStatus).describe('in the order of the site file'),
  spread: z.boolean().describe('what is neither TCP nor in a class goes by all paths'),
  shares: z.array(share).describe('how flows are spread, per peer; empty where none are'),
  provision: provision.nullable().describe('null: hosts get their addresses in another way'),
  proxy: proxy.nullable().describe('null: plain TCP is forwarded as it is'),
  hosts: z.array(host).describe('whoever has an address in the subnet of a WAN'),
  waiting: z.array(z.object({ what: z.string(), reason: z.string() })),
  warnings: z
    .array(warning)
    .describe('what of the machine is in the way, though nothing of ours has failed'),
});

export type Status = z.infer<typeof status>;
export type ProvisionStatus = z.infer<typeof provision>;
export type ProxyStatus = z.infer<typeof proxy>;
export type HostStatus = z.infer<typeof host>;
export type PathStatus = z.infer<typeof pathStatus>;
export type WanStatus = z.infer<typeof wanStatus>;
export type DirectStatus = z.infer<typeof directStatus>;
export type Carriage = z.infer<typeof carriage>;
export type ClassStatus = z.infer<typeof classStatus>;
export type Share = z.infer<typeof share>;
