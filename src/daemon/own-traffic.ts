/**
 * What of a site's traffic passes the firewalls of this machine, as packets to be tried on them, with the
 * rule that lets each pass. Pure.
 *
 * Always holds: one kind of traffic is let through by one rule, however many WANs and paths there are.
 */
import type { SiteConfig } from '../config/site.ts';
import type { TestPacket } from '../monitor/foreign-firewall.ts';
import { familyOf } from '../net/address.ts';
import type { Family } from '../net/address.ts';
import { prefixFamily } from '../net/prefix.ts';
import { BFD_PORT, TUNNEL_PREFIX } from '../plan/ids.ts';
import { planPaths } from '../plan/path.ts';

export interface OwnTraffic {
  /** For people. */
  readonly name: string;
  /** What nftables must match to let it pass. */
  readonly nft: string;
  /** The same for iptables: of one family, and one set of words each. */
  readonly iptables: (family: Family) => readonly string[];
  /** Whether a path stays down without it. */
  readonly carriesPaths: boolean;
  readonly packets: readonly TestPacket[];
}

/** Rules tell lines apart, seldom peers: so many paths are tried. */
const MOST_PATHS = 64;

export function ownTraffic(site: SiteConfig): readonly OwnTraffic[] {
  return [...tunnels(site), ...insides(site), ...forwarded(site), ...direct(site), ...served(site)];
}

const WT = `${TUNNEL_PREFIX}*`;
const WT_IPTABLES = `${TUNNEL_PREFIX}+`;

const NOTHING = {
  incoming: undefined,
  outgoing: undefined,
  source: undefined,
  destination: undefined,
} as const;

/** The tunnels' outsides. */
function tunnels(site: SiteConfig): readonly OwnTraffic[] {
  const paths = planPaths(site).slice(0, MOST_PATHS);
  if (paths.length === 0) return [];
  const { port } = site.tunnel;
  const wans = [...new Set(paths.map(({ wan }) => wan.interface))];
  const packet = ({ wan, config }: (typeof paths)[number]) =>
    ({ ...NOTHING, family: familyOf(config.remote), protocol: 'udp', port, wan, config }) as const;
  const common = { carriesPaths: true } as const;
  return [
    {
      ...common,
      name: `the tunnels (UDP ${port}) from ${wans.join(', ')}`,
      nft: `iifname ${names(wans)} udp dport ${port}`,
      iptables: () => wans.map((wan) => `-i ${wan} -p udp --dport ${port}`),
      packets: paths.map(packet).flatMap(({ wan, config, ...rest }) =>
        (['prerouting', 'input'] as const).map((hook) => ({
          ...rest,
          hook,
          incoming: wan.interface,
          source: config.remote,
        })),
      ),
    },
    {
      ...common,
      name: `the tunnels (UDP ${port}) by ${wans.join(', ')}`,
      nft: `oifname ${names(wans)} udp dport ${port}`,
      iptables: () => wans.map((wan) => `-o ${wan} -p udp --dport ${port}`),
      packets: paths.map(packet).flatMap(({ wan, config, ...rest }) =>
        (['output', 'postrouting'] as const).map((hook) => ({
          ...rest,
          hook,
          outgoing: wan.interface,
          destination: config.remote,
        })),
      ),
    },
  ];
}

/** BFD and probes, which the gateways speak through the tunnels with each other. */
function insides(site: SiteConfig): readonly OwnTraffic[] {
  const paths = planPaths(site).slice(0, MOST_PATHS);
  if (paths.length === 0) return [];
  const common = { ...NOTHING, family: 'ipv6', protocol: 'udp', port: BFD_PORT } as const;
  return [
    {
      name: `BFD (UDP ${BFD_PORT}) from the tunnels`,
      nft: `iifname "${WT}" ip6 saddr fe80::/64`,
      iptables: (family) => (family === 'ipv6' ? [`-i ${WT_IPTABLES} -s fe80::/64`] : []),
      carriesPaths: true,
      packets: paths.flatMap(({ device, farAddress }) =>
        (['prerouting', 'input'] as const).map((hook) => ({
          ...common,
          hook,
          incoming: device,
          source: farAddress,
        })),
      ),
    },
    {
      name: `BFD (UDP ${BFD_PORT}) to the tunnels`,
      nft: `oifname "${WT}" ip6 daddr fe80::/64`,
      iptables: (family) => (family === 'ipv6' ? [`-o ${WT_IPTABLES} -d fe80::/64`] : []),
      carriesPaths: true,
      packets: paths.flatMap(({ device, farAddress }) =>
        (['output', 'postrouting'] as const).map((hook) => ({
          ...common,
          hook,
          outgoing: device,
          destination: farAddress,
        })),
      ),
    },
  ];
}

/** What hosts say to those behind the peers, and the other way. */
function forwarded(site: SiteConfig): readonly OwnTraffic[] {
  const paths = planPaths(site).slice(0, MOST_PATHS);
  const lan = site.lan.interfaces;
  const families = familiesOfLan(site);
  if (paths.length === 0) return [];
  const packets = (incoming: string, outgoing: string): readonly TestPacket[] =>
    families.flatMap((family) =>
      (['tcp', 'udp'] as const).map((protocol) => ({
        ...NOTHING,
        ...{ hook: 'forward', family, protocol, incoming, outgoing, port: 443 },
      })),
    );
  const all = lan.flatMap((name) => paths.map(({ device }) => ({ name, device })));
  return [
    {
      name: `what hosts on ${lan.join(', ')} send by the tunnels`,
      nft: `iifname ${names(lan)} oifname "${WT}"`,
      iptables: () => lan.map((name) => `-i ${name} -o ${WT_IPTABLES}`),
      carriesPaths: false,
      packets: all.flatMap(({ name, device }) => packets(name, device)),
    },
    {
      name: `what the tunnels bring for hosts on ${lan.join(', ')}`,
      nft: `iifname "${WT}" oifname ${names(lan)}`,
      iptables: () => lan.map((name) => `-i ${WT_IPTABLES} -o ${name}`),
      carriesPaths: false,
      packets: all.flatMap(({ name, device }) => packets(device, name)),
    },
  ];
}

/** What hosts send to the Internet; what comes back is an answer, which firewalls let pass. */
function direct(site: SiteConfig): readonly OwnTraffic[] {
  const lan = site.lan.interfaces;
  const wans = site.wans.filter((wan) => wan.direct).map((wan) => wan.interface);
  if (wans.length === 0) return [];
  return [
    {
      name: `what hosts on ${lan.join(', ')} send to the Internet by ${wans.join(', ')}`,
      nft: `iifname ${names(lan)} oifname ${names(wans)}`,
      iptables: () => lan.flatMap((one) => wans.map((wan) => `-i ${one} -o ${wan}`)),
      carriesPaths: false,
      packets: lan.flatMap((incoming) =>
        wans.flatMap((outgoing) =>
          familiesOfLan(site).map((family) => ({
            ...NOTHING,
            ...{ hook: 'forward' as const, family, protocol: 'tcp' as const, incoming, outgoing },
            port: 443,
          })),
        ),
      ),
    },
  ];
}

/** What hosts ask this machine for. */
function served(site: SiteConfig): readonly OwnTraffic[] {
  if (site.provision === undefined) return [];
  const lan = site.lan.interfaces;
  const of = (name: string, port: number, family: Family): OwnTraffic => ({
    name: `${name} of hosts on ${lan.join(', ')}`,
    nft: `iifname ${names(lan)} udp dport ${port}`,
    iptables: (asked) =>
      asked === family ? lan.map((one) => `-i ${one} -p udp --dport ${port}`) : [],
    carriesPaths: false,
    packets: lan.map((incoming) => ({
      ...NOTHING,
      ...{ hook: 'input' as const, family, protocol: 'udp' as const, incoming, port },
    })),
  });
  const { ipv6, resolver } = site.provision;
  const families = familiesOfLan(site);
  return [
    ...(families.includes('ipv4') ? [of('DHCP', 67, 'ipv4')] : []),
    ...(families.includes('ipv6') && (ipv6 === 'dhcp' || ipv6 === 'both')
      ? [of('DHCPv6', 547, 'ipv6')]
      : []),
    ...(resolver ? families.map((family) => of('DNS', 53, family)) : []),
  ];
}

function familiesOfLan(site: SiteConfig): readonly Family[] {
  const own = [
    ...site.wans.flatMap((wan) => wan.subnets.map(({ prefix }) => prefixFamily(prefix))),
    ...site.lan.addresses.map(({ address }) => familyOf(address.address)),
  ];
  return (['ipv4', 'ipv6'] as const).filter((family) => own.includes(family));
}

/** As nftables takes one name or several. */
function names(all: readonly string[]): string {
  const [only] = all;
  const quoted = all.map((one) => `"${one}"`);
  return all.length === 1 && only !== undefined ? `"${only}"` : `{ ${quoted.join(', ')} }`;
}
