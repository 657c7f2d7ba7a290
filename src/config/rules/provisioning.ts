/** What is handed out to hosts fits the subnets it comes from. */
import { familyOf } from '../../net/address.ts';
import {
  addressCount,
  nthAddress,
  prefixContains,
  prefixFamily,
  prefixLength,
} from '../../net/prefix.ts';
import { notAHost } from '../addresses.ts';
import type { At, Draft, DraftProvision, DraftReservation, DraftSubnet } from '../draft.ts';
import { quoted } from '../kind.ts';
import type { Reporter } from '../source.ts';

/** RFC 4862 section 5.5.3: interface identifiers have 64 bits. */
const SLAAC_LENGTH = 64;
/** MAXNS of resolv.h: a host asks no more than three. */
const MAX_SERVERS = 3;

export function checkProvisioning(draft: Draft, report: Reporter): void {
  const subnets = draft.wans.items.flatMap((wan) => wan.subnets.items);
  for (const subnet of subnets) checkPool(subnet, report);
  const { provision } = draft;
  if (provision.span === undefined || provision.enabled?.value !== true) return;
  if (draft.wans.complete && subnets.length === 0) {
    report.error(
      provision.span,
      'no WAN has a subnet, so there is nothing to hand out',
      'give each WAN a `subnet`, or remove `provision`',
    );
  }
  checkIpv6(draft, subnets, report);
  checkReservations(provision, subnets, report);
  for (const [what, list] of [
    ['DNS', provision.dns],
    ['time', provision.ntp],
  ] as const) {
    const fourth = list.items[MAX_SERVERS];
    if (fourth === undefined) continue;
    report.warn(fourth.span, `hosts use the first three ${what} servers`, 'list three at most');
  }
}

function checkPool({ prefix, pool, gateway }: DraftSubnet, report: Reporter): void {
  if (pool === undefined) return;
  if (prefixFamily(prefix.value) === 'ipv6') {
    report.error(
      pool.span,
      'an IPv6 subnet needs no pool: each host finds its own address, or DHCPv6 one among millions',
      'remove `pool`',
    );
    return;
  }
  for (const end of [pool.value.first, pool.value.last]) {
    const problem = prefixContains(prefix.value, end)
      ? notAHost(end, prefix.value)
      : {
          message: `${end} is not in the subnet ${prefix.value}`,
          cure: 'name a range inside of the subnet',
        };
    if (problem === undefined) continue;
    report.error(pool.span, problem.message, problem.cure);
    return;
  }
  const own = gateway?.value ?? nthAddress(prefix.value, 1n);
  if (pool.value.first === pool.value.last && pool.value.first === own) {
    report.error(
      pool.span,
      `the only address of this pool, ${own}, is the gateway's own`,
      'name a range with room for hosts',
    );
  }
}

function checkIpv6(draft: Draft, subnets: readonly DraftSubnet[], report: Reporter): void {
  const { ipv6 } = draft.provision;
  if (ipv6 === undefined || ipv6.value === 'off') return;
  const ipv6Subnets = subnets.filter(({ prefix }) => prefixFamily(prefix.value) === 'ipv6');
  for (const { prefix } of ipv6Subnets) {
    if (prefixLength(prefix.value) === SLAAC_LENGTH) continue;
    report.error(
      prefix.span,
      `hosts cannot be given IPv6 addresses in ${prefix.value}: it is no /64 (RFC 4862)`,
      'use a /64, or set `provision.ipv6: off` and configure hosts by hand',
    );
  }
  if (ipv6.given && ipv6Subnets.length === 0 && draft.wans.complete) {
    report.warn(
      ipv6.span,
      `no WAN has an IPv6 subnet, so \`ipv6: ${ipv6.value}\` does nothing`,
      'give each WAN an IPv6 subnet, or remove this',
    );
  }
  if (ipv6Subnets.length === 0) return;
  for (const { address } of draft.lan.addresses.items) {
    if (familyOf(address.value.address) === 'ipv4') continue;
    report.warn(
      address.span,
      'this network is advertised to hosts as well, though it belongs to no WAN',
      'put it on a LAN interface of its own, or configure hosts by hand with `provision.ipv6: off`',
    );
  }
}

function checkReservations(
  provision: DraftProvision,
  subnets: readonly DraftSubnet[],
  report: Reporter,
): void {
  const seen = new Map<string, At<unknown>>();
  for (const reservation of provision.reservations.items) {
    for (const [what, at] of [
      ['the Ethernet address', reservation.mac],
      ['the number', reservation.host],
      ['the name', reservation.name],
    ] as const) {
      if (at === undefined) continue;
      const key = `${what} ${at.value}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, at);
      else {
        report.error(
          at.span,
          `${what} ${quoted(String(at.value))} has a reservation already ${report.see(first.span)}`,
          'give each host one reservation of its own',
        );
      }
    }
    checkRoom(reservation, subnets, report);
  }
}

/** The number must name a host in every subnet. */
function checkRoom(
  { host }: DraftReservation,
  subnets: readonly DraftSubnet[],
  report: Reporter,
): void {
  for (const { prefix, gateway } of subnets) {
    const address = nthAddress(prefix.value, BigInt(host.value));
    const own = gateway?.value ?? nthAddress(prefix.value, 1n);
    const problem =
      address === undefined
        ? {
            message: `${prefix.value} has only ${addressCount(prefix.value)} addresses`,
            cure: 'use a smaller number, or a larger subnet',
          }
        : address === own
          ? {
              message: `${address} is the gateway's own address in ${prefix.value}`,
              cure: 'use another number',
            }
          : notAHost(address, prefix.value);
    if (problem === undefined) continue;
    report.error(host.span, problem.message, problem.cure);
    return;
  }
}
