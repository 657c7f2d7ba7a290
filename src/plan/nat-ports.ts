/**
 * From which port the packets of a peer behind a NAT come now, so that ours go there. A NAT gives a new
 * inside address (a lease that was not renewed) another port while it remembers the old one, and our own
 * packets to the old port keep that memory alive: neither end would ever hear of the other again.
 *
 * Always holds: the port is learned from packets of the peer's address and of the path's VNI only, and
 * nothing but the port; without any for a minute it is the tunnels' own; no connection tracking.
 */
import { familyOf } from '../net/address.ts';
import type { Family } from '../net/address.ts';
import { HEADER } from './nft-words.ts';
import { nftSet } from './nft-set.ts';
import type { PathPlan } from './path.ts';

/** VNI of a VXLAN packet, after the UDP header and four octets of flags (RFC 7348 section 5). */
const VNI = '@th,96,24';

function portMap(family: Family): string {
  return `nat_ports_${family}`;
}

function knownSet(family: Family): string {
  return `nat_ports_known_${family}`;
}

/** Maps and sets that {@link natPortInput} fills. */
export function natPortSets(paths: readonly PathPlan[]): readonly string[] {
  return families(paths).flatMap(({ family, pairs }) => {
    const path = `typeof ${HEADER[family]} saddr . ${VNI}`;
    const size = `\t\tsize ${Math.max(256, 4 * pairs.length)}`;
    return [
      `\tmap ${portMap(family)} {`,
      `\t\t${path} : udp sport`,
      size,
      '\t\tflags dynamic,timeout',
      '\t\ttimeout 1m',
      '\t}',
      `\tset ${knownSet(family)} {`,
      `\t\t${path} . udp sport`,
      size,
      '\t\tflags dynamic,timeout',
      // So long it takes at most until a port counts that was left and is used again.
      '\t\ttimeout 2s',
      '\t}',
    ];
  });
}

/** For what a WAN says to this machine, before it is accepted. */
export function natPortInput(paths: readonly PathPlan[], port: number): readonly string[] {
  return families(paths).flatMap(({ family, pairs }) => {
    const path = `${HEADER[family]} saddr . ${VNI}`;
    const ours = `\t\tudp dport ${port} ${path} ${nftSet(pairs)}`;
    const learned = `@${portMap(family)} { ${path} : udp sport }`;
    return [
      // To update an element is to keep it: what it leads to changes only when it goes before.
      `${ours} ${path} . udp sport != @${knownSet(family)} ` +
        `add @${knownSet(family)} { ${path} . udp sport } delete ${learned}`,
      `${ours} update ${learned}`,
    ];
  });
}

/** For the hook output. */
export function natPortOutput(paths: readonly PathPlan[], port: number): readonly string[] {
  return families(paths).map(
    ({ family }) =>
      `\t\tudp sport ${port} udp dport ${port} ` +
      `udp dport set ${HEADER[family]} daddr . ${VNI} map @${portMap(family)} accept`,
  );
}

function families(
  paths: readonly PathPlan[],
): readonly { readonly family: Family; readonly pairs: readonly string[] }[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const pairs = paths
      .filter(({ config }) => config.nat && familyOf(config.remote) === family)
      .map(({ config }) => `${config.remote} . 0x${config.vni.toString(16)}`);
    return pairs.length === 0 ? [] : [{ family, pairs }];
  });
}
