/**
 * A TUN device that was made before, opened so that whole bundles of segments go through it: what a
 * host sends as one piece of up to 64 KB stays one piece (GSO), checksums are left to later.
 *
 * Always holds: descriptors do not block; the device outlives them.
 */
import { closeSync, constants, openSync } from 'node:fs';

import { WamptcpError } from '../../lib/errors.ts';
import { libc, systemCallError } from '../link/libc.ts';

// linux/if_tun.h
const TUNSETIFF = 0x400454ca;
const TUNSETOFFLOAD = 0x400454d0;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
/** TUN_F_CSUM, TSO4, TSO6, TSO_ECN. */
const OFFLOADS = 0x1 | 0x2 | 0x4 | 0x8;

const IFREQ_OCTETS = 40;
const IFREQ_FLAGS = 16;

/** Its descriptor, for `read` and `write` of one frame each. @throws WamptcpError TUNNEL_NO_DEVICE */
export function openTunnelDevice(name: string): number {
  const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
  const request = new Uint8Array(IFREQ_OCTETS);
  request.set(new TextEncoder().encode(name));
  new DataView(request.buffer).setUint16(IFREQ_FLAGS, IFF_TUN | IFF_NO_PI | IFF_VNET_HDR, true);
  const attached = libc.ioctlOn(fd, TUNSETIFF, request) === 0;
  if (attached && libc.ioctl(fd, TUNSETOFFLOAD, OFFLOADS) === 0) return fd;
  const cause = systemCallError(attached ? 'TUNSETOFFLOAD' : 'TUNSETIFF');
  closeSync(fd);
  throw new WamptcpError('TUNNEL_NO_DEVICE', `cannot use the TUN device ${name}`, {
    cause,
    advice: 'The kernel needs CONFIG_TUN, and one program at a time can have a device.',
  });
}
