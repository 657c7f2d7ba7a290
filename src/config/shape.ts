/**
 * The shape of a site file: which keys there are, what kind of value each takes, and what each is
 * for. The JSON Schema for editors and the reference in docs/ come from here.
 *
 * Always holds: every key has a description; what needs more than one value to judge is not here.
 */
import { z } from 'zod';

import { DESTINATION, INTERFACE_ADDRESS, NEXT_HOP, SUBNET, UNICAST } from './addresses.ts';
import { DEFAULTS, MAX_WANS, RULE_PRIORITY_COUNT, TABLE_COUNT, VNI_MAX } from './defaults.ts';
import { FLAG, wholeNumber, words } from './kind.ts';
import type { Kind } from './kind.ts';
import { duration, INTERFACE, NAME, RATE, size } from './values.ts';

/** Kinds that differ from key to key by their limits. */
export const KINDS = {
  vni: wholeNumber(1, VNI_MAX, 100),
  port: wholeNumber(1, 65535, 4789),
  tunnelType: words('vxlan'),
  interval: duration('10ms', '1s', '1ms', '50ms'),
  multiplier: wholeNumber(2, 50, 3),
  holdDown: duration('0s', '1h', '1ms', '10s'),
  flaps: wholeNumber(2, 100, 5),
  window: duration('1s', '1h', '1ms', '60s'),
  quiet: duration('1s', '1h', '1ms', '30s'),
  rtoMin: duration('1ms', '1s', '1ms', '20ms'),
  staleLossCount: wholeNumber(1, 255, 1),
  buffer: size(65536, 1024 ** 3, '64MiB'),
  blackholeTimeout: duration('0s', '24h', '1s', '0s'),
  table: wholeNumber(256, 4_294_967_295 - TABLE_COUNT, 5000),
  rulePriority: wholeNumber(1, 32766 - RULE_PRIORITY_COUNT, 5000),
} as const;

/** One value. The problem it raises carries its kind; the words are found later, with the place. */
function value<T>(kind: Kind<T>, description: string, preset?: string | number | boolean) {
  return z
    .unknown()
    .superRefine((given, context) => {
      const scalar =
        given === null ||
        typeof given === 'string' ||
        typeof given === 'number' ||
        typeof given === 'bigint' ||
        typeof given === 'boolean';
      if (scalar && kind.read(given, String(given)).ok) return;
      context.addIssue({ code: 'custom', message: kind.what, params: { kind, scalar } });
    })
    .meta({
      ...kind.json,
      description,
      ...(kind.json['enum'] === undefined
        ? { examples: [kind.json['type'] === 'integer' ? Number(kind.example) : kind.example] }
        : {}),
      ...(preset === undefined ? {} : { default: preset }),
    });
}

function block<const T extends z.core.$ZodLooseShape>(description: string, shape: T) {
  return z.strictObject(shape).meta({ description });
}

function list<T extends z.ZodType>(item: T, description: string, least = 0, most?: number) {
  const array = z.array(item).min(least);
  return (most === undefined ? array : array.max(most)).meta({ description });
}

const name = (description: string) => value(NAME, description);

const lanAddress = z
  .union([
    value(INTERFACE_ADDRESS, 'The address, on the first LAN interface.'),
    block('An address on a certain LAN interface.', {
      address: value(INTERFACE_ADDRESS, 'The address with its prefix length.'),
      interface: value(INTERFACE, 'One of `lan.interfaces`. Default: the first.').optional(),
    }),
  ])
  .meta({ description: 'An address of the gateway on the LAN.' });

const lan = z
  .union([
    value(INTERFACE, 'The LAN interface.'),
    block('The LAN side, in full.', {
      interface: value(INTERFACE, 'The LAN interface, if there is one.').optional(),
      interfaces: list(
        value(INTERFACE, 'A LAN interface.'),
        'The LAN interfaces, if there are several. The first one carries every subnet that does not name another.',
        1,
      ).optional(),
      addresses: list(
        lanAddress,
        "Addresses of the gateway in LAN networks that belong to no WAN: a hub's servers, plain hosts. Default: none.",
      ).optional(),
    }),
  ])
  .meta({ description: 'The LAN interface, or a block with interfaces and addresses.' });

const wanSubnet = z
  .union([
    value(SUBNET, 'The subnet; the gateway takes its first host address.'),
    block('A subnet with more to say about it.', {
      prefix: value(SUBNET, 'The subnet: IPv4 at least /30, IPv6 at least /126 (/64 for SLAAC).'),
      gateway: value(
        UNICAST,
        "The gateway's own address in the subnet, the hosts' default router. Default: the first host address.",
      ).optional(),
      interface: value(INTERFACE, 'One of `lan.interfaces`. Default: the first.').optional(),
    }),
  ])
  .meta({ description: 'A LAN subnet whose traffic leaves by this WAN.' });

const wan = block('One uplink. Its place in the list is its number, as hosts see it.', {
  name: name('Name of the WAN; unique in this file.'),
  interface: value(INTERFACE, 'Its network interface.'),
  address: value(
    INTERFACE_ADDRESS,
    'Its address, if this gateway is to set it. Default: none; a DHCP client or the system manages it.',
  ).optional(),
  addresses: list(
    value(INTERFACE_ADDRESS, 'An address of the WAN.'),
    'Its addresses, if there are several, such as IPv4 and IPv6.',
  ).optional(),
  nexthop: value(
    NEXT_HOP,
    'The router of this WAN; on-link. Default: the default route that the interface already has.',
  ).optional(),
  nexthops: list(
    value(NEXT_HOP, 'A router of this WAN.'),
    'One router per family.',
    0,
    2,
  ).optional(),
  capacity: value(
    RATE,
    'What the link carries, the slower direction.',
    DEFAULTS.capacity,
  ).optional(),
  subnet: wanSubnet.optional(),
  subnets: list(
    wanSubnet,
    "The LAN subnets of this WAN: IPv4, IPv6 or both. A hub's WAN may have none. Default: none.",
  ).optional(),
  detours: list(
    name('Name of another WAN.'),
    'WANs to use while this one is down, best first. Default: all others by `recovery.preference`.',
  ).optional(),
});

const path = block("A path: one of our WANs and one of the peer's, joined by a tunnel.", {
  wan: name('Name of our WAN.'),
  remote: value(UNICAST, "The peer's address at the other end, on the underlay."),
  vni: value(
    KINDS.vni,
    "VXLAN network identifier, the same number in the peer's file. Default: the peer's `vni` plus the path's place in the list, from 0.",
  ).optional(),
  subnet: value(SUBNET, "The peer's subnet of this path.").optional(),
  subnets: list(
    value(SUBNET, 'A subnet of the peer.'),
    "The peer's subnets tied to this path: traffic to them takes it. Default: none, the best path.",
  ).optional(),
  capacity: value(RATE, "What the peer's side carries, if less than our WAN.").optional(),
});

const peer = block('A gateway at the other end of tunnels: the hub, or a branch the hub serves.', {
  name: name('Name of the peer: its `site`.'),
  prefix: value(DESTINATION, 'The one prefix behind the peer.').optional(),
  prefixes: list(
    value(DESTINATION, 'A prefix behind the peer.'),
    'Prefixes behind the peer that belong to none of its WANs; `0.0.0.0/0` is everything. Default: none.',
  ).optional(),
  vni: value(
    KINDS.vni,
    'VNI of the first path; the others count up. Default: `tunnel.vni`. With several peers each needs its own.',
  ).optional(),
  paths: list(path, 'The paths to this peer.', 1),
});

const damping = z
  .union([
    value(FLAG, '`false` turns damping off.'),
    block('When to stop trusting a path that flaps.', {
      enabled: value(
        FLAG,
        'Whether flapping paths are damped.',
        DEFAULTS.damping.enabled,
      ).optional(),
      flaps: value(
        KINDS.flaps,
        'So many failures within `window` take the path out of use.',
        DEFAULTS.damping.flaps,
      ).optional(),
      window: value(
        KINDS.window,
        'The time in which failures are counted, 1s … 1h.',
        DEFAULTS.damping.window,
      ).optional(),
      quiet: value(
        KINDS.quiet,
        'How long the path must stay up before it is used again, 1s … 1h.',
        DEFAULTS.damping.quiet,
      ).optional(),
    }),
  ])
  .meta({ description: 'Flap damping: a block, or `false` for none.' });

export const siteShape = block('One wamptcp gateway.', {
  site: name('Name of this site.'),
  lan,
  wans: list(wan, 'The WANs, 1 to 8 (the kernel allows a connection 8 subflows).', 1, MAX_WANS),
  peers: list(peer, 'The gateways at the other ends of our tunnels.', 1),
  tunnel: block('The tunnels of all paths.', {
    type: value(KINDS.tunnelType, 'Kind of tunnel.', DEFAULTS.tunnel.type).optional(),
    port: value(
      KINDS.port,
      "UDP port, the same in the peers' files.",
      DEFAULTS.tunnel.port,
    ).optional(),
    vni: value(
      KINDS.vni,
      "VNI of a peer's first path, where the peer has none of its own.",
      DEFAULTS.tunnel.vni,
    ).optional(),
  }).optional(),
  detection: block(
    'How fast a dead path is noticed (BFD, RFC 5880): after about interval × multiplier.',
    {
      interval: value(
        KINDS.interval,
        'Time between two BFD packets, 10ms … 1s. 20ms is quick and safe on a machine with CPU to spare.',
        DEFAULTS.detection.interval,
      ).optional(),
      multiplier: value(
        KINDS.multiplier,
        'So many packets missing in a row mean the path is down.',
        DEFAULTS.detection.multiplier,
      ).optional(),
    },
  ).optional(),
  recovery: block('What happens when a path dies and when it heals.', {
    fast: value(
      FLAG,
      'Fast Recovery: move the subnets of a dead WAN to its detours. Off: they stay where they are.',
      DEFAULTS.recovery.fast,
    ).optional(),
    'hold-down': value(
      KINDS.holdDown,
      'How long a path must have been up again before traffic returns to it, 0s … 1h.',
      DEFAULTS.recovery.holdDown,
    ).optional(),
    preference: list(
      name('Name of a WAN.'),
      'WANs for traffic that belongs to no WAN, best first. Those not listed follow. Default: by capacity, greatest first.',
    ).optional(),
    damping: damping.optional(),
  }).optional(),
  host: block("What end hosts should set, and the hub's servers; see docs on hosts.", {
    'rto-min': value(
      KINDS.rtoMin,
      'Least retransmission timeout of TCP, 1ms … 1s.',
      DEFAULTS.host.rtoMin,
    ).optional(),
    'stale-loss-count': value(
      KINDS.staleLossCount,
      '`net.mptcp.stale_loss_cnt`: lost rounds before data of a subflow is sent again elsewhere.',
      DEFAULTS.host.staleLossCount,
    ).optional(),
    'receive-buffer': value(
      KINDS.buffer,
      'Greatest TCP receive buffer, 64KiB … 1GiB.',
      DEFAULTS.host.receiveBuffer,
    ).optional(),
    'send-buffer': value(
      KINDS.buffer,
      'Greatest TCP send buffer, 64KiB … 1GiB.',
      DEFAULTS.host.sendBuffer,
    ).optional(),
    'blackhole-timeout': value(
      KINDS.blackholeTimeout,
      '`net.mptcp.blackhole_timeout`, 0s … 24h; 0s never turns MPTCP off for a host.',
      DEFAULTS.host.blackholeTimeout,
    ).optional(),
  }).optional(),
  ids: block(
    'Numbers in the kernel that this gateway may use; change them if other software has them.',
    {
      table: value(KINDS.table, 'First routing table of 300.', DEFAULTS.ids.table).optional(),
      'rule-priority': value(
        KINDS.rulePriority,
        'First rule priority of 100.',
        DEFAULTS.ids.rulePriority,
      ).optional(),
    },
  ).optional(),
});
