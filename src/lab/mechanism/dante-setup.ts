/**
 * What Dante with redsocks needs on two gateways, the way the paper carried plain TCP (section III-C):
 *
 *   host ─TCP─▶ [redsocks, branch] ═MPTCP, SOCKS5═▶ [danted, hub] ─TCP─▶ server
 *
 * redsocks is found by an nftables REDIRECT and asks the kernel for the address that was meant.
 *
 * Always holds: pure; for comparison in labs only, so no gateway of a site file is ever set up so. The
 * server sees the hub's address, since SOCKS5 has no word for the client's; IPv4 only, like redsocks.
 */
import { lanAddressesOf } from '../../config/lan-addresses.ts';
import type { SiteConfig } from '../../config/site.ts';
import { WamptcpError } from '../../lib/errors.ts';
import { familyOf } from '../../net/address.ts';
import type { Address } from '../../net/address.ts';
import { prefixFamily } from '../../net/prefix.ts';
import { subflowAddresses } from './subflow-addresses.ts';

export interface DanteSetup {
  /** danted.conf(5) of the hub. */
  readonly danted: string;
  /** Of the branch. */
  readonly redsocks: string;
  /** For `nft -f -` at the branch. */
  readonly steering: string;
  /** The branch's own address in each WAN's subnet: one subflow each. */
  readonly endpoints: readonly Address[];
}

export const STEERING_TABLE = 'wamptcp-lab-dante';
export const DANTED_PORT = 1080;
export const REDSOCKS_PORT = 12345;

/** @throws WamptcpError DANTE_IPV4_ONLY */
export function danteSetup(branch: SiteConfig, hub: SiteConfig): DanteSetup {
  const listen = lanAddressesOf(hub).find((each) => familyOf(each) === 'ipv4');
  const behindHub = branch.peers
    .filter(({ name }) => name === hub.site)
    .flatMap((peer) => [...peer.prefixes, ...peer.paths.flatMap(({ subnets }) => subnets)])
    .filter((prefix) => prefixFamily(prefix) === 'ipv4');
  if (listen === undefined || behindHub.length === 0) {
    throw new WamptcpError(
      'DANTE_IPV4_ONLY',
      `between ${branch.site} and ${hub.site} there is no IPv4 for Dante and redsocks to carry`,
      { advice: 'redsocks knows no IPv6: give the hub an IPv4 address and prefix on its LAN.' },
    );
  }
  return {
    danted: danted(listen),
    redsocks: redsocks(listen),
    steering: steering(branch.lan.interfaces, behindHub),
    endpoints: subflowAddresses(branch, 'ipv4'),
  };
}

function danted(listen: Address): string {
  return [
    'logoutput: stderr',
    `internal: ${listen} port = ${DANTED_PORT}`,
    // So answers come back to the hub by its LAN, whichever WAN has the default route.
    `external: ${listen}`,
    'clientmethod: none',
    'socksmethod: none',
    'user.privileged: root',
    'user.unprivileged: nobody',
    'client pass {',
    '  from: 0.0.0.0/0 to: 0.0.0.0/0',
    '}',
    'socks pass {',
    '  from: 0.0.0.0/0 to: 0.0.0.0/0',
    '  protocol: tcp',
    '  command: connect',
    '}',
    '',
  ].join('\n');
}

function redsocks(hub: Address): string {
  return [
    'base {',
    '  log = "stderr"; log_info = off; daemon = off;',
    '  user = redsocks; group = redsocks;',
    '  redirector = iptables;',
    '}',
    'redsocks {',
    // REDIRECT leads to the first address of the interface, whichever that is.
    `  local_ip = 0.0.0.0; local_port = ${REDSOCKS_PORT};`,
    `  ip = ${hub}; port = ${DANTED_PORT}; type = socks5;`,
    '}',
    '',
  ].join('\n');
}

/** MPTCP passes by. Unlike the gateway's own proxy this needs connection tracking. */
function steering(lan: readonly string[], destinations: readonly string[]): string {
  return [
    `table ip ${STEERING_TABLE} {`,
    '\tchain redirect_plain_tcp {',
    '\t\ttype nat hook prerouting priority dstnat; policy accept;',
    `\t\tiifname { ${lan.map((name) => `"${name}"`).join(', ')} } ip daddr { ${destinations.join(', ')} } ` +
      `tcp flags & (fin | syn | rst | ack) == syn tcp option mptcp missing redirect to :${REDSOCKS_PORT}`,
    '\t}',
    '}',
    '',
  ].join('\n');
}
