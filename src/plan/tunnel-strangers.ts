/**
 * Who sends packets of our tunnels without being the peer: a NAT that nobody thought of, mostly. They
 * are dropped; but from where they came is noted, so that the daemon can say it.
 *
 * Always holds: only VNIs of our own paths are noted, and no more than fit in the set: whoever makes
 * up sources can hide the NAT, and do nothing else.
 */
import { familyOf } from '../net/address.ts';
import type { Family } from '../net/address.ts';
import { HEADER } from './nft-words.ts';
import { nftSet } from './nft-set.ts';
import type { PathPlan } from './path.ts';

/** VNI of a VXLAN packet, after the UDP header and four octets of flags (RFC 7348 section 5). */
const VNI = '@th,96,24';

export function strangerSet(family: Family): string {
  return `tunnel_strangers_${family}`;
}

/** Sets that {@link strangerRules} fills: source and VNI. */
export function strangerSets(paths: readonly PathPlan[]): readonly string[] {
  return familiesOf(paths).flatMap((family) => [
    `\tset ${strangerSet(family)} {`,
    `\t\ttypeof ${HEADER[family]} saddr . ${VNI}`,
    '\t\tsize 256',
    '\t\tflags dynamic,timeout',
    // Several packets of BFD, at the slowest that it may be.
    '\t\ttimeout 5s',
    '\t}',
  ]);
}

/** After the peers' packets were accepted, before the rest is dropped. */
export function strangerRules(paths: readonly PathPlan[], port: number): readonly string[] {
  return familiesOf(paths).map((family) => {
    const vnis = paths
      .filter((path) => familyOf(path.config.remote) === family)
      .map((path) => `0x${path.config.vni.toString(16)}`);
    return (
      `\t\tmeta nfproto ${family} udp dport ${port} ${VNI} ${nftSet(vnis)} ` +
      `update @${strangerSet(family)} { ${HEADER[family]} saddr . ${VNI} }`
    );
  });
}

function familiesOf(paths: readonly PathPlan[]): readonly Family[] {
  return (['ipv4', 'ipv6'] as const).filter((family) =>
    paths.some((path) => familyOf(path.config.remote) === family),
  );
}
