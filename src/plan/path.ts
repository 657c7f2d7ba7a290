/**
 * The paths of a site with everything that follows from the file: device, addresses, WAN.
 *
 * Always holds: order is the order of the file (peers, then their paths).
 */
import type { Peer, PeerPath, SiteConfig, Wan } from '../config/site.ts';
import type { Address } from '../net/address.ts';
import type { InterfaceName } from '../net/interface-name.ts';
import { otherSide, tunnelAddress, tunnelMac, tunnelName, tunnelSide } from './ids.ts';

export interface PathPlan {
  readonly name: string;
  readonly peer: string;
  readonly wan: Wan;
  /** 0-based number of the WAN. */
  readonly wanIndex: number;
  readonly config: PeerPath;
  readonly device: InterfaceName;
  readonly localAddress: Address;
  readonly farAddress: Address;
  readonly localMac: string;
  readonly farMac: string;
}

/** A site is what it is, and everybody asks: a hub has thousands of paths. */
const known = new WeakMap<SiteConfig, readonly PathPlan[]>();

export function planPaths(site: SiteConfig): readonly PathPlan[] {
  const before = known.get(site);
  if (before !== undefined) return before;
  const paths = allPaths(site);
  known.set(site, paths);
  return paths;
}

function allPaths(site: SiteConfig): readonly PathPlan[] {
  return site.peers.flatMap((peer) => peer.paths.map((path) => planPath(site, peer, path)));
}

function planPath(site: SiteConfig, peer: Peer, path: PeerPath): PathPlan {
  const wanIndex = site.wans.findIndex((wan) => wan.name === path.wan);
  const wan = site.wans[wanIndex];
  if (wan === undefined) throw new TypeError(`path ${path.name} names no WAN: ${path.wan}`);
  const side = tunnelSide(site.site, peer.name);
  return {
    name: path.name,
    peer: peer.name,
    wan,
    wanIndex,
    config: path,
    device: tunnelName(path.vni),
    localAddress: tunnelAddress(path.vni, side),
    farAddress: tunnelAddress(path.vni, otherSide(side)),
    localMac: tunnelMac(path.vni, side),
    farMac: tunnelMac(path.vni, otherSide(side)),
  };
}
