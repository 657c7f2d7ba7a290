/**
 * Two sites without tunnels and without wamptcp, the paper's "direct": their gateways and everything
 * between them know both LANs, and a subnet of the branch belongs to a line by policy routing.
 *
 * Always holds: pure; what a line does with packets (rate, delay, faults) is as with tunnels. Nobody
 * notices a dead line, and nobody closes the WANs to strangers.
 */
import type { Family } from '../../net/address.ts';
import { inNamespace } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import type { Attachment, LabPlan } from '../plan.ts';
import {
  branchAddress,
  HUB_ADDRESS,
  HUB_PREFIX,
  LAN,
  otherSite,
  subnetOf,
  underlayOf,
  wanInterface,
} from './address-plan.ts';
import type { Site } from './address-plan.ts';
import { addWays, batch, wayId, waysOf } from './ways.ts';

/** First table and priority of the rules from subnet to line. */
const FIRST = 4950;

/** As build/access.ts has them, between a line's access and its core. */
const ACCESS_ADDRESS = 'fe80::1';
const CORE_ADDRESS = 'fe80::2';

const ROUTER = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
];

/** @param count of the lines */
export function plainRoutes(plan: LabPlan, family: Family, count: number): readonly Command[] {
  return [
    ...plan.gateways.flatMap(({ name, namespace }) =>
      gateway(namespace, name as Site, family, count),
    ),
    ...plan.lines.flatMap(({ attachments }, line) =>
      attachments.flatMap((attachment) => access(attachment, line, family, count)),
    ),
  ];
}

function gateway(namespace: string, site: Site, family: Family, count: number): Command[] {
  const lines = Array.from({ length: count }, (_, line) => line);
  const ways = waysOf(site, { count, family, encapsulation: 'none' });
  return [
    inNamespace(namespace, [
      ...['sysctl', '-qw', ...ROUTER],
      ...['all', 'default', ...[LAN, ...lines.map(wanInterface)]].map(
        (each) => `net.ipv4.conf.${each}.rp_filter=0`,
      ),
    ]),
    batch(namespace, [
      ...lines.map((line) => {
        const { address, length } = underlayOf(line, site, family);
        return addressOn(`${address}/${length}`, wanInterface(line));
      }),
      ...lanAddresses(site, family, lines).map((each) => addressOn(each, LAN)),
    ]),
    addWays(namespace, ways),
    {
      argv: ['ip', '-n', namespace, family === 'ipv4' ? '-4' : '-6', '-batch', '-'],
      input: `${lines.flatMap((line) => routes(site, family, line)).join('\n')}\n`,
    },
  ];
}

function addressOn(address: string, device: string): string {
  return `address add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`;
}

function lanAddresses(site: Site, family: Family, lines: readonly number[]): readonly string[] {
  const length = (prefix: string): string => prefix.split('/')[1] ?? '';
  if (site === 'hub') return [`${HUB_ADDRESS[family]}/${length(HUB_PREFIX[family])}`];
  return lines.map((line) => `${branchAddress(line, family)}/${length(subnetOf(line, family))}`);
}

/** At the hub a line is chosen by destination, at the branch by source; its own packets go by the first. */
function routes(site: Site, family: Family, line: number): readonly string[] {
  const by = `nhid ${wayId(line)}`;
  if (site === 'hub') {
    return [`route add ${subnetOf(line, family)} ${by} src ${HUB_ADDRESS[family]}`];
  }
  const table = FIRST + line;
  return [
    `route add ${HUB_PREFIX[family]} ${by} table ${table}`,
    `rule add priority ${table} from ${subnetOf(line, family)} to ${HUB_PREFIX[family]} lookup ${table}`,
    ...(line === 0
      ? [`route add ${HUB_PREFIX[family]} ${by} src ${branchAddress(0, family)}`]
      : []),
  ];
}

/**
 * One end of a line: its gateway's LAN is behind it, the other's behind the core. With all ways in use
 * (ECMP) a host of one subnet is reached over every line, so every line knows all subnets.
 */
function access(
  { name, access: line }: Attachment,
  index: number,
  family: Family,
  count: number,
): Command[] {
  const site = name.site as Site;
  const inet6 = family === 'ipv4' ? 'inet6 ' : '';
  const near = `via ${underlayOf(index, site, family).address} dev gw`;
  return [
    batch(line.namespace, [
      ...lanOf(site, family, count).map((prefix) => `route add ${prefix} ${near}`),
      ...lanOf(otherSite(site), family, count).map(
        (prefix) => `route add ${prefix} via ${inet6}${CORE_ADDRESS} dev core`,
      ),
    ]),
    batch(
      line.core.namespace,
      lanOf(site, family, count).map(
        (prefix) => `route add ${prefix} via ${inet6}${ACCESS_ADDRESS} dev ${line.core.interface}`,
      ),
    ),
  ];
}

function lanOf(site: Site, family: Family, count: number): readonly string[] {
  if (site === 'hub') return [HUB_PREFIX[family]];
  return Array.from({ length: count }, (_, line) => subnetOf(line, family));
}
