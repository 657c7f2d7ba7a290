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
  /** Whether the path was ever up while we looked. */
  readonly wasUp: boolean;
  /** Those who send packets with the VNI of this path. */
  readonly strangers: readonly Stranger[];
  /** Our own address outside. */
  readonly local: Address | undefined;
}

export interface Diagnosis {
  readonly text: string;
  /** Something to be mended, and no plain outage. */
  readonly notable: boolean;
}

/** RFC 1918 and RFC 6598: no address of the Internet. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'] as Prefix[];

/** @returns undefined: there is nothing to say. Only for paths that are not up, and not drained. */
export function diagnose({ peer, config }: PathPlan, signs: Signs): Diagnosis | undefined {
  const { bfd, hears, wasUp, strangers, local } = signs;
  // The same one each time, whatever the order of the set.
  const [stranger] = strangers
    .filter(({ vni }) => vni === config.vni)
    .map(({ address }) => address)
    .toSorted();
  if (stranger !== undefined) {
    return notable(
      `its packets come from ${stranger}, not from ${config.remote}: ` +
        `if ${peer} is behind a NAT, that is its \`remote\` here, with \`nat: on\` in both files`,
    );
  }
  if (bfd === 'Init') {
    return notable(`one-way: ${peer} is heard here, but does not hear us; ${cure(config.nat)}`);
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
