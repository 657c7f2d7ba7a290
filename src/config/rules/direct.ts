/** Ways to the Internet without a hub: they lead there, and their probes can say something. */
import { familyOf } from '../../net/address.ts';
import { formatDuration } from '../../net/duration.ts';
import { prefixContains, prefixFamily, prefixLength, prefixOf } from '../../net/prefix.ts';
import type { Draft, DraftTarget, DraftWan } from '../draft.ts';
import { quoted } from '../kind.ts';
import type { Reporter, Span } from '../source.ts';

const FAMILY_NAME = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

export function checkDirect(draft: Draft, report: Reporter): void {
  const { wans, peers } = draft;
  const direct = wans.items.filter((wan) => wan.direct?.value === true);
  const undecided = !wans.complete || wans.items.some((wan) => wan.direct === undefined);
  if (peers.complete && peers.items.length === 0 && direct.length === 0 && !undecided) {
    report.error(
      draft.span,
      '`peers` is missing, and no WAN is `direct`: there is nowhere to send anything',
      'add `peers: …`, or `direct: on` to the WANs that lead to the Internet by themselves',
    );
  }
  if (direct.length > 0) checkDefaultRoutes(draft, report);
  for (const wan of direct) adviseNextHop(wan, report);
  checkProbes(draft, direct.length > 0, undecided, report);
}

/** With an address of its own, a WAN has a router that is as fixed. */
function adviseNextHop({ span, name, addresses, nexthops }: DraftWan, report: Reporter): void {
  if (!addresses.complete || !nexthops.complete) return;
  for (const family of ['ipv4', 'ipv6'] as const) {
    const has = addresses.items.some(({ value }) => familyOf(value.address) === family);
    if (!has || nexthops.items.some(({ value }) => familyOf(value) === family)) continue;
    report.warn(
      span,
      `WAN ${quoted(name?.value ?? '')} is \`direct\`, but has no ${FAMILY_NAME[family]} next hop`,
      'add `nexthop:`, unless the interface has a default route from elsewhere',
    );
  }
}

/** What is for no peer is direct, so a peer cannot have everything. */
function checkDefaultRoutes({ peers }: Draft, report: Reporter): void {
  for (const peer of peers.items) {
    for (const { value, span } of peer.prefixes.items) {
      if (prefixLength(value) > 0) continue;
      report.error(
        span,
        `all ${FAMILY_NAME[prefixFamily(value)]} is behind ${peer.name === undefined ? 'a peer' : quoted(peer.name.value)}, so nothing is left for the WANs that are \`direct\``,
        'name the prefixes behind the peer, or take `direct` from the WANs',
      );
    }
  }
}

function checkProbes(draft: Draft, needed: boolean, undecided: boolean, report: Reporter): void {
  const { span, targets, quorum, loss } = draft.probes;
  if (!needed) {
    if (span === undefined || undecided) return;
    report.warn(
      span,
      'no WAN is `direct`, so nothing is probed',
      'remove `probes`, or add `direct`',
    );
    return;
  }
  if (targets.complete && targets.items.length === 0) {
    report.warn(
      span ?? draft.span,
      'only the next hop of each direct WAN is probed, so an outage behind it goes unnoticed',
      'add `probes: { targets: […] }` with two or three addresses in the Internet that may be asked',
    );
  }
  checkTargets(draft, report);
  if (
    quorum !== undefined &&
    targets.complete &&
    quorum.value > Math.max(1, targets.items.length)
  ) {
    report.error(
      quorum.span,
      `there are ${targets.items.length} targets, so ${quorum.value} of them are never alive`,
      'use a smaller number, or leave it out: half of the targets',
    );
  }
  if (loss?.given === true && loss.value === 1) {
    report.error(
      loss.span,
      'more than everything is never lost, so no WAN would ever be down',
      'use less, such as `50%`',
    );
  }
  checkPace(draft, report);
}

function checkTargets(draft: Draft, report: Reporter): void {
  const seen = new Map<string, Span>();
  for (const target of draft.probes.targets.items) {
    const { span } = target.address;
    const key = `${target.address.value} ${target.tcp?.value ?? 'icmp'}`;
    const first = seen.get(key);
    if (first !== undefined) {
      report.error(
        span,
        `this target is listed already ${report.see(first)}`,
        'remove one of the two',
      );
    }
    seen.set(key, first ?? span);
    checkPlace(draft, target, report);
  }
}

function checkPlace(draft: Draft, { address }: DraftTarget, report: Reporter): void {
  const inside = [
    ...draft.wans.items.flatMap((wan) => wan.subnets.items.map(({ prefix }) => prefix)),
    ...draft.lan.addresses.items.map(({ address: { value, span } }) => ({
      value: prefixOf(value),
      span,
    })),
    ...draft.peers.items.flatMap((peer) => peer.prefixes.items),
  ].find(({ value }) => prefixLength(value) > 0 && prefixContains(value, address.value));
  if (inside === undefined) return;
  report.error(
    address.span,
    `${address.value} lies in ${inside.value} ${report.see(inside.span)}, which no WAN leads to without a hub`,
    'use an address in the Internet',
  );
}

function checkPace({ probes }: Draft, report: Reporter): void {
  const { interval, window, roundTrip, loss } = probes;
  if (interval?.given !== true && window?.given !== true && roundTrip?.given !== true) return;
  if (!interval || !window || !roundTrip || !loss) return;
  const time = interval.value * (Math.floor(loss.value * window.value) + 1) + roundTrip.value;
  if (time <= SLOW) return;
  const given = [interval, window, roundTrip].find((setting) => setting.given);
  report.warn(
    (given ?? interval).span,
    `a dead WAN is noticed only after about ${formatDuration(time)}`,
    'use a shorter interval, or a smaller window',
  );
}

/** Milliseconds; whoever waits for longer gives up. */
const SLOW = 30_000;
