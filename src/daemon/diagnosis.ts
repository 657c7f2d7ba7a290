/**
 * Why a path is not up, as far as one end can know: what arrives, from whom, and what the peer says
 * that it hears. Pure.
 *
 * Always holds: what is said follows from what was seen; where there is no more than silence, no
 * more than that is said.
 */
import { familyOf } from '../net/address.ts';
import type { Address } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Prefix } from '../net/prefix.ts';
import type { BfdState } from '../monitor/engine-log.ts';
import type { Stranger } from '../monitor/strangers.ts';
import type { PathPlan } from '../plan/path.ts';

export interface Signs {
  readonly bfd: BfdState | undefined;
  /** Whether anything came out of the tunnel during the last second. */
  readonly hears: boolean;
  /** Whether the path was ever up as it is set now. */
  readonly wasUp: boolean;
  /** Whether the last probes through the tunnel were answered. */
  readonly probesPass: boolean;
  /** Those who send packets with the VNI of this path. */
  readonly strangers: readonly Stranger[];
  /** Our own address outside. */
  readonly local: Address | undefined;
  /** Chains of others that may drop what comes by this path, or what we send. */
  readonly firewalls: readonly string[];
  /** Of our BFD, as the site file says it. */
  readonly dscp: string;
}

export interface Diagnosis {
  readonly text: string;
  /** Something to be mended, and no plain outage. */
  readonly notable: boolean;
}

/** RFC 1918 and RFC 6598: no address of the Internet. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'] as Prefix[];

/** @returns undefined: there is nothing to say. Only for paths that are not up, and not drained. */
export function diagnose(path: PathPlan, signs: Signs): Diagnosis | undefined {
  const { peer, config } = path;
  const { bfd, hears, wasUp, probesPass, strangers, local, firewalls } = signs;
  // The same one each time, whatever the order of the set.
  const [stranger] = strangers
    .filter(({ vni }) => vni === config.vni)
    .map(({ address }) => address)
    .toSorted();
  if (stranger !== undefined) return fromElsewhere(path, stranger, wasUp);
  const [firewall] = firewalls;
  if (firewall !== undefined && !probesPass) return notable(`firewall: ${firewall}`);
  // It passes both ways, so nothing is wrong with the tunnel.
  if (probesPass && (bfd === 'Init' || bfd === 'Down')) return bfdAlone(path, signs);
  if (bfd === 'Init') {
    const heard = `one-way: ${peer} is heard here, but does not hear us`;
    return notable(`${heard}; ${wasUp ? lineCure(path) : cure(config.nat)}`);
  }
  if (bfd !== 'Down' || hears) return undefined;
  if (!wasUp && !config.nat && local !== undefined && isPrivate(local)) {
    if (!isPrivate(config.remote)) {
      return notable(
        `nothing arrives by it, and our address ${local} is private: a NAT is on the way; ` +
          `write \`nat: on\` for this path in both files, and there the NAT's address as \`remote\``,
      );
    }
  }
  return { text: 'nothing arrives by it', notable: false };
}

function fromElsewhere(path: PathPlan, stranger: Address, wasUp: boolean): Diagnosis {
  const { peer, config } = path;
  return notable(
    wasUp
      ? `${peer}'s address changed from ${config.remote} to ${stranger}: ` +
          `write it as \`remote\` of this path (${pathKey(path)}.remote)`
      : `its packets come from ${stranger}, not from ${config.remote}: ` +
          `if ${peer} is behind a NAT, that is its \`remote\` here, with \`nat: on\` in both files`,
  );
}

/** Only the engine's packets are missing: they have a DSCP of their own, and need an engine over there. */
function bfdAlone({ peer }: PathPlan, { bfd, dscp, firewalls }: Signs): Diagnosis {
  const [firewall] = firewalls;
  if (firewall !== undefined) {
    return notable(`BFD is dropped, probes pass; firewall: ${firewall}`);
  }
  const key = `set \`detection.dscp\` to another one (\`cs0\`) in both files`;
  return notable(
    bfd === 'Init'
      ? `BFD is dropped, probes pass: ${peer} does not get ours. Something on the way drops DSCP ${dscp}; ${key}`
      : `BFD is dropped, probes pass: none of ${peer}'s comes. Either BIRD does not run there, ` +
          `or something on the way drops DSCP ${dscp}; ${key}`,
  );
}

function pathKey({ peer, config }: PathPlan): string {
  return `peers[${peer}].paths[${config.wan}]`;
}

/** It has worked as it is set: so it is not the settings. */
function lineCure({ wan, config }: PathPlan): string {
  return `it has worked as it is set, so look at the line of ${wan.name} towards ${config.remote}`;
}

function cure(nat: boolean): string {
  return nat
    ? "the NAT or firewall on the way does not pass the tunnel's port on to it"
    : 'with a NAT or a stateful firewall on the way, write `nat: on` for this path in both files';
}

function notable(text: string): Diagnosis {
  return { text, notable: true };
}

function isPrivate(address: Address): boolean {
  return (
    familyOf(address) === 'ipv4' && PRIVATE.some((network) => prefixContains(network, address))
  );
}
