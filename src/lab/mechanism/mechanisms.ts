/**
 * All mechanisms that can be set up, by their names.
 *
 * Always holds: the type knows which ones there are; a name that is not built yet does not compile.
 */
import { ecmpMptcp, ecmpTcp } from './ecmp.ts';
import { handoff } from './handoff.ts';
import { handoffPing } from './handoff-ping.ts';
import type { Mechanism, MechanismName } from './mechanism.ts';
import { plainMptcp, plainTcp } from './plain.ts';
import { proxy, proxyDante, proxyFr } from './proxy.ts';
import { wamptcp, wamptcpFr, wamptcpFrProfile } from './wamptcp.ts';

/** Each is `mechanismOf` with an `add` that starts its programs; then it leaves this list. */
type NotBuilt = 'tunnel' | 'tunnel-openvpn';

export type BuiltMechanism = Exclude<MechanismName, NotBuilt>;

const BUILT: Readonly<Record<BuiltMechanism, Mechanism>> = {
  'plain-tcp': plainTcp,
  'plain-mptcp': plainMptcp,
  'ecmp-tcp': ecmpTcp,
  'ecmp-mptcp': ecmpMptcp,
  handoff,
  'handoff-ping': handoffPing,
  proxy,
  'proxy-fr': proxyFr,
  'proxy-dante': proxyDante,
  wamptcp,
  'wamptcp-fr': wamptcpFr,
  'wamptcp-fr-profile': wamptcpFrProfile,
};

export const BUILT_MECHANISMS = Object.keys(BUILT) as readonly BuiltMechanism[];

export function mechanism(name: BuiltMechanism): Mechanism {
  return BUILT[name];
}
