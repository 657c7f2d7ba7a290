/**
 * Which class a packet is in, and which bucket of flows, written on it as a mark that the policy
 * rules ask for (src/plan/rules.ts). Policy rules alone could not tell: for IPv4 they compare three of
 * the six bits of a DSCP, and know no hash.
 *
 * Always holds: each packet is judged by itself, no state is kept; TCP, what somebody else has
 * marked, and what this machine sends are left alone; the first class that matches decides.
 */
import type { ClassMatch, ClassProtocol, SiteConfig, TrafficClass } from '../config/site.ts';
import type { Family } from '../net/address.ts';
import { formatPortRange } from '../net/port-range.ts';
import { prefixFamily } from '../net/prefix.ts';
import { classTable, SPREAD_BUCKETS, trafficMark } from './ids.ts';
import { HEADER } from './nft-words.ts';
import { nftSet } from './nft-set.ts';
import type { PathPlan } from './path.ts';
import { planSpread } from './spread.ts';

const CLASSIFY = 'classify';
const SPREAD = 'spread';

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

const PROTOCOLS: Readonly<Record<ClassProtocol, readonly string[]>> = {
  udp: ['udp'],
  sctp: ['sctp'],
  icmp: ['icmp', 'ipv6-icmp'],
  esp: ['esp'],
  gre: ['gre'],
};

/** Not fragments, of which only the first has the ports: all of a datagram must go the same way. */
const WHOLE: Readonly<Record<Family, string>> = {
  ipv4: 'ip frag-off & 0x3fff == 0',
  ipv6: 'exthdr frag missing',
};

/** Any number; so that a flow's bucket is the same after a restart. */
const SEED = '0x57';

/** Nothing where there are neither classes nor spreading. */
export function classificationChains(
  site: SiteConfig,
  paths: readonly PathPlan[],
): readonly string[] {
  if (site.classes.length === 0 && !site.recovery.spread) return [];
  const spreading = spreadChain(site, paths);
  const inside = nftSet([
    ...site.lan.interfaces.map((name) => `"${name}"`),
    ...paths.map((path) => `"${path.device}"`),
  ]);
  return [
    ...spreading,
    `\tchain ${CLASSIFY} {`,
    // Behind the filters of prerouting.
    '\t\ttype filter hook prerouting priority -149; policy accept;',
    `\t\tiifname != ${inside} accept`,
    '\t\tmeta l4proto tcp accept',
    '\t\tmeta mark != 0x0 accept',
    ...site.classes.flatMap((one, index) => classRules(site, one, index)),
    ...(site.recovery.spread ? [`\t\tgoto ${SPREAD}`] : []),
    '\t}',
  ];
}

function classRules(site: SiteConfig, one: TrafficClass, index: number): readonly string[] {
  const action = one.spread
    ? `goto ${SPREAD}`
    : `meta mark set ${trafficMark(site, classTable(site, index))} accept`;
  return one.matches.flatMap(selectors).map((selector) => `\t\t${selector} ${action}`);
}

/** Each is one rule's; which end has the port or prefix, and which family it is, cannot be left open. */
function selectors({ dscps, protocol, ports, prefixes }: ClassMatch): readonly string[] {
  const byProtocol = protocol === undefined ? [] : [`meta l4proto ${nftSet(PROTOCOLS[protocol])}`];
  const portSet = nftSet(ports.map(formatPortRange));
  const byPort = ports.length === 0 ? [[]] : [[`th dport ${portSet}`], [`th sport ${portSet}`]];
  return families({ dscps, ports, prefixes }).flatMap((family) => {
    const own = prefixes.filter((prefix) => prefixFamily(prefix) === family);
    const ofFamily = family === undefined ? [] : [`meta nfproto ${family}`];
    const header = family === undefined ? '' : HEADER[family];
    const byDscp = dscps.length === 0 ? [] : [`${header} dscp ${nftSet(dscps.map(String))}`];
    const whole = family === undefined || ports.length === 0 ? [] : [WHOLE[family]];
    const byPrefix = prefixes.length === 0 ? [[]] : prefixEnds(header, own);
    return byPrefix.flatMap((prefix) =>
      byPort.map((port) =>
        [...ofFamily, ...byDscp, ...prefix, ...whole, ...byProtocol, ...port].join(' '),
      ),
    );
  });
}

/** Undefined: the same rule serves both. */
function families({
  dscps,
  ports,
  prefixes,
}: Pick<ClassMatch, 'dscps' | 'ports' | 'prefixes'>): readonly (Family | undefined)[] {
  if (prefixes.length > 0) {
    return FAMILIES.filter((family) => prefixes.some((one) => prefixFamily(one) === family));
  }
  return dscps.length + ports.length > 0 ? FAMILIES : [undefined];
}

function prefixEnds(header: string, prefixes: readonly string[]): readonly string[][] {
  // In a set, a prefix of no length is none.
  if (prefixes.some((prefix) => prefix.endsWith('/0'))) return [[]];
  return ['daddr', 'saddr'].map((end) => [`${header} ${end} ${nftSet(prefixes)}`]);
}

/** What has ports goes by addresses and ports, the rest by addresses: ICMP, ESP, fragments. */
function spreadChain(site: SiteConfig, paths: readonly PathPlan[]): readonly string[] {
  const groups = planSpread(site, paths);
  if (groups.length === 0) return [];
  const marks = groups.flatMap(({ table, buckets }) =>
    runs(buckets).map((run) => `${run} : ${trafficMark(site, table)}`),
  );
  const mark = (fields: string): string =>
    `meta mark set jhash ${fields} mod ${SPREAD_BUCKETS} seed ${SEED} map { ${marks.join(', ')} } accept`;
  const addresses = (family: Family): string => `${HEADER[family]} saddr . ${HEADER[family]} daddr`;
  return [
    `\tchain ${SPREAD} {`,
    ...FAMILIES.map(
      (family) =>
        `\t\tmeta nfproto ${family} ${WHOLE[family]} meta l4proto { dccp, sctp, udp, udplite } ` +
        mark(`${addresses(family)} . th sport . th dport`),
    ),
    ...FAMILIES.map((family) => `\t\tmeta nfproto ${family} ${mark(addresses(family))}`),
    '\t}',
  ];
}

/** `0-18`, `20`: ascending numbers as nft(8) reads intervals. */
function runs(numbers: readonly number[]): readonly string[] {
  const firsts = numbers.filter((number) => !numbers.includes(number - 1));
  const lasts = numbers.filter((number) => !numbers.includes(number + 1));
  return firsts.map((first, index) =>
    lasts[index] === first ? String(first) : `${first}-${lasts[index] ?? first}`,
  );
}
