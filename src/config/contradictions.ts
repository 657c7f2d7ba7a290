/**
 * Site files that are given together, compared: what one says of another must be what that says of
 * itself.
 *
 * Always holds: only gateways whose files are given are compared; each contradiction is told once,
 * in the file where it is most likely wrong, or else in the later one.
 */
import { ENGINE_DSCP, formatDscp } from '../net/dscp.ts';
import { formatDuration } from '../net/duration.ts';
import { compareClasses } from './contradictions/classes.ts';
import { compareNetworks, compareOwners } from './contradictions/networks.ts';
import { comparePaths } from './contradictions/paths.ts';
import type { Side } from './contradictions/paths.ts';
import { compareProxies, compareProxyPorts } from './contradictions/proxies.ts';
import { nameSpan, peersOf, placeSite } from './contradictions/placed-site.ts';
import type { GivenSite, PlacedPeer, PlacedSite } from './contradictions/placed-site.ts';
import { quoted } from './kind.ts';
import { isPrivate } from './reserved.ts';
import { compareProblems } from './problem.ts';
import type { Problem } from './problem.ts';

/** In the order of the files, then of the lines. */
export function contradictions(given: readonly GivenSite[]): Problem[] {
  const sites = given.map(placeSite);
  sites.forEach((later, index) => {
    for (const earlier of sites.slice(0, index)) {
      compareNames(earlier, later);
      compareOwners(earlier, later, sites);
      comparePair(earlier, later);
    }
  });
  return sites.flatMap((site) => site.report.problems().sort(compareProblems));
}

function compareNames(earlier: PlacedSite, later: PlacedSite): void {
  if (earlier.site.site !== later.site.site || later.draft.site === undefined) return;
  later.report.error(
    later.draft.site.span,
    `${earlier.file} has the site name ${quoted(later.site.site)} too`,
    'give each site its own name',
  );
}

function comparePair(earlier: PlacedSite, later: PlacedSite): void {
  const seenByEarlier = peerFor(earlier, later);
  const seenByLater = peerFor(later, earlier);
  if (seenByEarlier === undefined && seenByLater === undefined) return;
  if (seenByEarlier === undefined || seenByLater === undefined) {
    if (seenByEarlier !== undefined) reportUnknown(earlier, seenByEarlier, later);
    if (seenByLater !== undefined) reportUnknown(later, seenByLater, earlier);
    return;
  }
  compareSettings(earlier, later);
  compareClasses(earlier, later);
  compareName(earlier, seenByEarlier, later);
  compareName(later, seenByLater, earlier);
  const one: Side = { at: earlier, seen: seenByEarlier };
  const other: Side = { at: later, seen: seenByLater };
  compareProxyPorts(earlier, later);
  compareProxies(one, other);
  compareProxies(other, one);
  const pairs = comparePaths(one, other);
  compareNetworks(one, other, pairs);
  compareNetworks(
    other,
    one,
    pairs.map((pair) => ({ one: pair.other, other: pair.one })),
  );
}

/** The peer of `site` that is `other`: by name, or else by an address it has. */
function peerFor(site: PlacedSite, other: PlacedSite): PlacedPeer | undefined {
  const peers = peersOf(site);
  return (
    peers.find(({ peer }) => peer.name === other.site.site) ??
    // The address of a NAT, and a private one, may be those of several.
    peers.find(({ peer }) =>
      peer.paths.some(
        (path) => !path.nat && !isPrivate(path.remote) && other.wanOfAddress.has(path.remote),
      ),
    )
  );
}

function reportUnknown(site: PlacedSite, peer: PlacedPeer, other: PlacedSite): void {
  site.report.error(
    nameSpan(peer),
    `${other.file} has no peer ${quoted(site.site.site)}, which is this site`,
    `add it to \`peers\` there, with a path for each of ${peer.peer.paths.length} here`,
  );
}

function compareName(site: PlacedSite, peer: PlacedPeer, other: PlacedSite): void {
  if (peer.peer.name === other.site.site) return;
  site.report.error(
    nameSpan(peer),
    `the addresses of peer ${quoted(peer.peer.name)} are those of site ${quoted(other.site.site)} in ${other.file}`,
    `name it \`${other.site.site}\` here, or change \`site\` there`,
  );
}

function compareSettings(earlier: PlacedSite, later: PlacedSite): void {
  const [one, other] = [earlier.site, later.site];
  const { draft, report } = later;
  if (one.tunnel.port !== other.tunnel.port && draft.port !== undefined) {
    report.error(
      draft.port.span,
      `the tunnels use port ${other.tunnel.port}, but ${one.tunnel.port} in ${earlier.file}`,
      `write \`tunnel: { port: ${one.tunnel.port} }\` here, or ${other.tunnel.port} there`,
    );
  }
  const detection = [one.detection, other.detection].map(
    ({ interval, multiplier }) => `${formatDuration(interval)} × ${multiplier}`,
  );
  if (
    detection[0] !== detection[1] &&
    draft.interval !== undefined &&
    draft.multiplier !== undefined
  ) {
    const setting =
      draft.interval.given || !draft.multiplier.given ? draft.interval : draft.multiplier;
    report.warn(
      setting.span,
      `a dead path is noticed after ${String(detection[1])}, but ${String(detection[0])} in ${earlier.file}`,
      'both ends then use the longer interval; write the same in both files',
    );
  }
  const dscps = [one, other].map(({ detection }) => formatDscp(detection.dscp ?? ENGINE_DSCP));
  if (dscps[0] !== dscps[1] && draft.dscp !== undefined) {
    report.warn(
      draft.dscp.span,
      `BFD is sent with DSCP ${String(dscps[1])}, but with ${String(dscps[0])} in ${earlier.file}`,
      'a line has to let both pass; write the same in both files',
    );
  }
  if (one.recovery.fast !== other.recovery.fast && draft.fast !== undefined) {
    const state = (fast: boolean): string => (fast ? 'on' : 'off');
    report.warn(
      draft.fast.span,
      `Fast Recovery is ${state(other.recovery.fast)}, but ${state(one.recovery.fast)} in ${earlier.file}`,
      'traffic of only one direction is repaired; write the same in both files',
    );
  }
}
