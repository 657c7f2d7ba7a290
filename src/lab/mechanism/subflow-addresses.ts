/**
 * From where a gateway opens the subflows of an MPTCP connection of its own.
 *
 * Always holds: pure; one address per WAN, so that the rules that carry hosts' subflows by the subnet
 * of their source carry these as well.
 */
import type { SiteConfig } from '../../config/site.ts';
import { familyOf } from '../../net/address.ts';
import type { Address, Family } from '../../net/address.ts';

/** The gateway's own in each WAN's subnet, in the order of the WANs. */
export function subflowAddresses(site: SiteConfig, family: Family): readonly Address[] {
  return site.wans.flatMap(({ subnets }) =>
    subnets
      .map(({ gateway }) => gateway)
      .filter((each) => familyOf(each) === family)
      .slice(0, 1),
  );
}
