/**
 * The greatest TCP segment that fits, told in the handshake.
 *
 * Always holds: it is only ever made smaller.
 */

/** IP and TCP headers without options, which is what MSS leaves out (RFC 9293 section 3.7.1). */
const HEADERS = { ipv4: 40, ipv6: 60 } as const;

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
