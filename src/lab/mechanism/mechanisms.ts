/**
 * All mechanisms, by their names.
 *
 * Always holds: each name has one.
 */
import { ecmpMptcp, ecmpTcp } from './ecmp.ts';
import { handoff } from './handoff.ts';
import { handoffPing } from './handoff-ping.ts';
import type { Mechanism, MechanismName } from './mechanism.ts';
import { tunnel, tunnelOpenVpn } from './mptcp-tunnel.ts';
import { plainMptcp, plainTcp } from './plain.ts';
import { proxy, proxyDante, proxyFr } from './proxy.ts';
import { wamptcp, wamptcpFr, wamptcpFrProfile } from './wamptcp.ts';

const ALL: Readonly<Record<MechanismName, Mechanism>> = {
  'plain-tcp': plainTcp,
  'plain-mptcp': plainMptcp,
  'ecmp-tcp': ecmpTcp,
  'ecmp-mptcp': ecmpMptcp,
  handoff,
  'handoff-ping': handoffPing,
  proxy,
  'proxy-fr': proxyFr,
  'proxy-dante': proxyDante,
  tunnel,
  'tunnel-openvpn': tunnelOpenVpn,
  wamptcp,
  'wamptcp-fr': wamptcpFr,
  'wamptcp-fr-profile': wamptcpFrProfile,
};

export function mechanism(name: MechanismName): Mechanism {
  return ALL[name];
}
