/**
 * The shape of a site file: which keys there are, what kind of value each takes, and what each is
 * for. The JSON Schema for editors and the reference in docs/ come from here.
 *
 * Always holds: every key has a description; what needs more than one value to judge is not here.
 */
import { z } from 'zod';

import { DESTINATION, INTERFACE_ADDRESS, NEXT_HOP, ORIGIN, SUBNET, UNICAST } from './addresses.ts';
import { DEFAULTS, MAX_CLASSES, MAX_WANS } from './defaults.ts';
import { FLAG } from './kind.ts';
import { KINDS } from './kinds.ts';
import { block, list, name, setting, value } from './shape-parts.ts';
import { ADDRESS_RANGE, INTERFACE, RATE } from './values.ts';
import { provision, proxy } from './shape-services.ts';
import { probes, trafficClass } from './shape-traffic.ts';
import { DSCP } from './traffic-values.ts';

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
    block(
      'The LAN side, in full.',
      {
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
      },
      ['interface', 'interfaces'],
    ),
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
      pool: value(
        ADDRESS_RANGE,
        'What `provision` hands out, IPv4. Default: from the tenth host address to the last; with less than 32 addresses, all.',
      ).optional(),
    }),
  ])
  .meta({ description: 'A LAN subnet whose traffic leaves by this WAN.' });

const allowed = block('A service of the gateway itself, and from where it may be reached.', {
  protocol: setting(KINDS.transport, 'Its protocol.', DEFAULTS.allow.protocol),
  port: value(KINDS.servicePort, 'Its port.'),
  from: value(ORIGIN, 'The network that may reach it.'),
});

const wan = block(
  'One uplink. Its place in the list is its number, as hosts see it.',
  {
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
      'The router of this WAN: on-link, or anywhere if the address is a /32 or /128. Default: the default route that the interface already has.',
    ).optional(),
    nexthops: list(value(NEXT_HOP, 'A router of this WAN.'), 'One router per family.').optional(),
    capacity: setting(RATE, 'What the link carries, the slower direction.', DEFAULTS.capacity),
    subnet: wanSubnet.optional(),
    subnets: list(
      wanSubnet,
      "The LAN subnets of this WAN: IPv4, IPv6 or both. A hub's WAN may have none. Default: none.",
    ).optional(),
    detours: list(
      name('Name of another WAN.'),
      'WANs to use first while this one is down, best first. The others follow, so that the load spreads by capacity.',
    ).optional(),
    allow: list(
      allowed,
      'Services of the gateway itself that may be reached over this WAN, such as SSH. Default: none.',
    ).optional(),
    direct: setting(
      FLAG,
      'Also a way to the Internet without a hub: what is for no peer leaves here, translated to the address of the WAN.',
      DEFAULTS.direct,
    ),
  },
  ['address', 'addresses'],
  ['nexthop', 'nexthops'],
  ['subnet', 'subnets'],
);

const path = block(
  "A path: one of our WANs and one of the peer's, joined by a tunnel.",
  {
    wan: name('Name of our WAN.'),
    remote: value(UNICAST, "The peer's address at the other end, on the underlay."),
    vni: value(
      KINDS.vni,
      "VXLAN network identifier, the same number in the peer's file. Default: the peer's `vni` plus the path's place in the list, from 0.",
    ).optional(),
    subnet: value(SUBNET, "The peer's subnet of this path.").optional(),
    subnets: list(
      value(SUBNET, 'A subnet of the peer.'),
      "The peer's subnets tied to this path: TCP to them takes it. Default: none, the best path.",
    ).optional(),
    capacity: value(RATE, "What the peer's side carries, if less than our WAN.").optional(),
    nat: setting(
      FLAG,
      "A NAT or a stateful firewall is on the way: the tunnel keeps to one source port, so that what comes back is known there. The same in the peer's file.",
      DEFAULTS.path.nat,
    ),
  },
  ['subnet', 'subnets'],
);

const peer = block(
  'A gateway at the other end of tunnels: the hub, or a branch the hub serves.',
  {
    name: name('Name of the peer: its `site`.', 'hub'),
    prefix: value(DESTINATION, 'The one prefix behind the peer.').optional(),
    prefixes: list(
      value(DESTINATION, 'A prefix behind the peer.'),
      'Prefixes behind the peer that belong to none of its WANs; `0.0.0.0/0` is everything. Default: none.',
    ).optional(),
    vni: value(
      KINDS.vni,
      'VNI of the first path; the others count up. Default: `tunnel.vni`. With several peers each needs its own.',
    ).optional(),
    proxy: value(
      UNICAST,
      "The address of the peer's own MPTCP proxy: one of its LAN addresses. Default: none; our proxy talks to the servers there itself.",
      { example: '10.20.0.1' },
    ).optional(),
    paths: list(path, 'The paths to this peer.', 1),
  },
  ['prefix', 'prefixes'],
);

const damping = z
  .union([
    value(FLAG, '`off` turns damping off.'),
    block('When to stop trusting a path that flaps.', {
      enabled: setting(FLAG, 'Whether flapping paths are damped.', DEFAULTS.damping.enabled),
      flaps: setting(
        KINDS.flaps,
        'So many failures within `window` take the path out of use.',
        DEFAULTS.damping.flaps,
      ),
      window: setting(
        KINDS.window,
        'The time in which failures are counted.',
        DEFAULTS.damping.window,
      ),
      quiet: setting(
        KINDS.quiet,
        'How long the path must stay up before it is used again.',
        DEFAULTS.damping.quiet,
      ),
    }),
  ])
  .meta({ description: 'Flap damping: a block, or `off`.' });

export const siteShape = block('One wamptcp gateway.', {
  site: name('Name of this site.', 'branch'),
  lan,
  wans: list(wan, 'The WANs, 1 to 8 (the kernel allows a connection 8 subflows).', 1, MAX_WANS),
  peers: list(
    peer,
    'The gateways at the other ends of our tunnels. May be left out where a WAN is `direct`.',
    1,
  ).optional(),
  tunnel: block('The tunnels of all paths.', {
    type: setting(KINDS.tunnelType, 'Kind of tunnel.', DEFAULTS.tunnel.type),
    port: setting(KINDS.port, "UDP port, the same in the peers' files.", DEFAULTS.tunnel.port),
    vni: setting(
      KINDS.vni,
      "VNI of a peer's first path, where the peer has none of its own.",
      DEFAULTS.tunnel.vni,
    ),
  }).optional(),
  detection: block(
    'How fast a dead path is noticed (BFD, RFC 5880): after about interval × multiplier.',
    {
      interval: setting(
        KINDS.interval,
        'Time between two BFD packets. 20ms is quick and safe on a machine with CPU to spare.',
        DEFAULTS.detection.interval,
      ),
      multiplier: setting(
        KINDS.multiplier,
        'So many packets missing in a row mean the path is down.',
        DEFAULTS.detection.multiplier,
      ),
      dscp: setting(
        DSCP,
        'What our BFD packets are marked with, inside and outside of the tunnel. Another one helps where a provider drops this one.',
        DEFAULTS.detection.dscp,
      ),
    },
  ).optional(),
  recovery: block('What happens when a path dies and when it heals.', {
    fast: setting(
      FLAG,
      'Fast Recovery: move the subnets of a dead WAN to its detours. Off: they stay where they are.',
      DEFAULTS.recovery.fast,
    ),
    'hold-down': setting(
      KINDS.holdDown,
      'How long a path must have been up again before traffic returns to it.',
      DEFAULTS.recovery.holdDown,
    ),
    preference: list(
      name('Name of a WAN.'),
      'WANs for what is not TCP (UDP, ICMP, ESP, …) and for TCP that belongs to no WAN, best first. Those not listed follow. Default: by capacity, greatest first.',
    ).optional(),
    spread: setting(
      FLAG,
      'Send what is not TCP by all paths instead of by the best one: each flow by one, so many by each as its capacity is of all.',
      DEFAULTS.recovery.spread,
    ),
    damping: damping.optional(),
  }).optional(),
  classes: list(
    trafficClass,
    'Classes of what is not TCP (UDP, ICMP, ESP, …), up to 16; the first that matches decides. Default: none.',
    undefined,
    MAX_CLASSES,
  ).optional(),
  probes: probes.optional(),
  host: block("What end hosts should set, and the hub's servers.", {
    'rto-min': setting(KINDS.rtoMin, 'Least retransmission timeout of TCP.', DEFAULTS.host.rtoMin),
    'stale-loss-count': setting(
      KINDS.staleLossCount,
      '`net.mptcp.stale_loss_cnt`: lost rounds before data of a subflow is sent again elsewhere.',
      DEFAULTS.host.staleLossCount,
    ),
    'receive-buffer': setting(KINDS.buffer, 'TCP receive buffer.', DEFAULTS.host.receiveBuffer),
    'send-buffer': setting(KINDS.buffer, 'Send buffer of a connection.', DEFAULTS.host.sendBuffer),
    'notsent-lowat': setting(
      KINDS.unsent,
      '`net.ipv4.tcp_notsent_lowat`: how much of a connection may wait unsent.',
      DEFAULTS.host.notsentLowat,
    ),
    'blackhole-timeout': setting(
      KINDS.blackholeTimeout,
      '`net.mptcp.blackhole_timeout`; 0s never turns MPTCP off for a host.',
      DEFAULTS.host.blackholeTimeout,
    ),
  }).optional(),
  provision: provision.optional(),
  proxy: proxy.optional(),
  ids: block(
    'Numbers in the kernel that this gateway may use; change them if other software has them.',
    {
      table: setting(KINDS.table, 'First routing table of 300.', DEFAULTS.ids.table),
      'rule-priority': setting(
        KINDS.rulePriority,
        'First rule priority of 100.',
        DEFAULTS.ids.rulePriority,
      ),
    },
  ).optional(),
});
