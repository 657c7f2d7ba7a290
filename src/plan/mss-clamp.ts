/**
 * The greatest TCP segment that fits, told in the handshake.
 *
 * Always holds: it is only ever made smaller.
 */

import { nftSet } from './nft-set.ts';
import { IPV6_LEAST_MTU } from './tunnels.ts';

/** IP and TCP headers without options, which is what MSS leaves out (RFC 9293 section 3.7.1). */
const HEADERS = { ipv4: 40, ipv6: 60 } as const;

/**
 * For the hook forward, all tunnels. A flow may be moved to any path, so that it should fit all: the
 * smallest counts for every one. But not that of a path below IPv6's least, which would make all TCP of
 * the site small for the sake of one line (536-octet segments: 2.7 times the packets): such a path
 * clamps only what begins on it. What is moved to it is told by its route: the gateway says *too big*,
 * and the flow goes on with smaller segments.
 *
 * @param devices of all paths. @param mtus octets by device, where there is one.
 */
export function tunnelClamp(
  devices: readonly string[],
  mtus: ReadonlyMap<string, number>,
): readonly string[] {
  const wide = [...mtus.values()].filter((mtu) => mtu >= IPV6_LEAST_MTU);
  const narrow = [...mtus].filter(([, mtu]) => mtu < IPV6_LEAST_MTU);
  return [
    ...(wide.length === 0
      ? []
      : mssClamp(nftSet(devices.map((device) => `"${device}"`)), Math.min(...wide))),
    ...narrow.flatMap(([device, mtu]) => mssClamp(`"${device}"`, mtu)),
  ];
}

/** For the hook forward. @param devices as nft(8) reads them: one in quotes, or a set. */
export function mssClamp(devices: string, mtu: number): readonly string[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) =>
    (['iifname', 'oifname'] as const).map((direction) => {
      const mss = mtu - HEADERS[family];
      return (
        `\t\t${direction} ${devices} meta nfproto ${family} tcp flags & (syn | rst) == syn ` +
        `tcp option maxseg size > ${mss} tcp option maxseg size set ${mss}`
      );
    }),
  );
}
