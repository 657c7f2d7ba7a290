/** The shape of what a site file says of traffic of its own kind, and of the watch over direct WANs. */
import { z } from 'zod';

import { DESTINATION, UNICAST } from './addresses.ts';
import { DEFAULTS, MAX_TARGETS } from './defaults.ts';
import { FLAG } from './kind.ts';
import { KINDS } from './kinds.ts';
import { PART } from './percentage.ts';
import { block, list, name, setting, value } from './shape-parts.ts';
import { CLASS_PROTOCOL, DSCP, PORT_RANGE } from './traffic-values.ts';

const classMatch = block(
  'What a packet must have: one of each list that is given, and the protocol.',
  {
    dscp: value(DSCP, 'The DSCP it is marked with.').optional(),
    dscps: list(value(DSCP, 'A DSCP.'), 'DSCPs, one of which it must have.', 1).optional(),
    protocol: value(CLASS_PROTOCOL, 'Its protocol. Default: any; with a port, udp.').optional(),
    port: value(
      PORT_RANGE,
      "Its port, the source's or the destination's: a service's packets have it in either place, by direction.",
    ).optional(),
    ports: list(value(PORT_RANGE, 'A port or a range.'), 'Ports, as `port`.', 1).optional(),
    prefix: value(
      DESTINATION,
      'Where it comes from or goes to; so the same class can be written at both ends.',
    ).optional(),
    prefixes: list(value(DESTINATION, 'A prefix.'), 'Prefixes, as `prefix`.', 1).optional(),
  },
  ['dscp', 'dscps'],
  ['port', 'ports'],
  ['prefix', 'prefixes'],
);

export const trafficClass = block(
  'A class of traffic that has a way of its own.',
  {
    name: name('Name of the class; unique in this file.', 'voice'),
    match: classMatch.optional(),
    matches: list(classMatch, 'Matches, one of which is enough.', 1).optional(),
    prefer: list(
      name('Name of a WAN, or of a path: `<wan>-<peer>`, as `status` has it.'),
      'WANs, or certain paths, to use first, best first. The others follow as in `recovery.preference`. Default: none.',
    ).optional(),
    avoid: list(
      name('Name of a WAN or a path.', 'lte'),
      'WANs, or certain paths, to use only while no other is up. Default: none.',
    ).optional(),
    spread: setting(
      FLAG,
      'By all paths, flow by flow, as `recovery.spread` says; without `prefer` and `avoid`.',
      DEFAULTS.classes.spread,
    ),
  },
  ['match', 'matches'],
);
const target = z
  .union([
    value(UNICAST, 'An address that answers ICMP echo.'),
    block('A target with more to say about it.', {
      address: value(UNICAST, 'Its address.'),
      tcp: value(
        KINDS.servicePort,
        'The TCP port to connect to. Default: none, it is asked by ICMP echo.',
      ).optional(),
    }),
  ])
  .meta({ description: 'Somebody in the Internet who always answers.' });

export const probes = block('How WANs with `direct` are watched, each by probes of its own.', {
  targets: list(
    target,
    "Whom to ask, over every direct WAN. Default: each WAN's next hop, which says little about what lies behind it.",
    1,
    MAX_TARGETS,
  ).optional(),
  interval: setting(
    KINDS.probeInterval,
    'Time between two probes of one target.',
    DEFAULTS.probes.interval,
  ),
  'round-trip': setting(
    KINDS.probeRoundTrip,
    'An answer that takes longer is none.',
    DEFAULTS.probes.roundTrip,
  ),
  window: setting(
    KINDS.probeWindow,
    'So many last probes of a target are judged.',
    DEFAULTS.probes.window,
  ),
  loss: setting(
    PART,
    'A target is dead while more than this part of them is lost.',
    DEFAULTS.probes.loss,
  ),
  quorum: value(
    KINDS.quorum,
    'A WAN is up while so many targets are alive, of those of one family. Default: half of them.',
  ).optional(),
});
