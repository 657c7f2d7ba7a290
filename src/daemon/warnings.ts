/**
 * What of this machine is in the way of a site, though nothing of ours has failed: firewalls of others, an
 * interface that belongs to a bridge, a program that only the daemon needs.
 *
 * Always holds: looks only; judging is apart from looking; nothing found is an empty list, and what
 * cannot be looked at is nothing found.
 */
import type { SiteConfig } from '../config/site.ts';
import { joinedTo, readMemberships } from '../dataplane/kernel/memberships.ts';
import type { Membership } from '../dataplane/kernel/memberships.ts';
import { foreignRulesets } from '../dataplane/kernel/foreign-ruleset.ts';
import { judge, parseForeignChains } from '../monitor/foreign-firewall.ts';
import type { ForeignChain } from '../monitor/foreign-firewall.ts';
import type { Warning } from '../observe/warning.ts';
import { lackCure, lackOf, lackText } from '../system/programs.ts';
import { interfacesOf } from './refusals.ts';
import { ownTraffic } from './own-traffic.ts';
import type { OwnTraffic } from './own-traffic.ts';

export interface Found {
  readonly warnings: readonly Warning[];
  /** What of it may be why a path is down, in words that follow "firewall:". */
  readonly firewalls: readonly string[];
}

export const NOTHING_FOUND: Found = { warnings: [], firewalls: [] };

/** Looks at the machine. */
export async function findWarnings(site: SiteConfig): Promise<Found> {
  const [chains, memberships] = await Promise.all([
    foreignChains(),
    readMemberships(interfacesOf(site).map(({ name }) => name)),
  ]);
  const firewall = firewallWarnings(site, chains);
  return {
    warnings: [
      ...membershipWarnings(site, memberships),
      ...firewall.warnings,
      ...programWarnings(site),
    ],
    firewalls: firewall.firewalls,
  };
}

async function foreignChains(): Promise<readonly ForeignChain[]> {
  return (await foreignRulesets()).flatMap((text) => {
    try {
      return parseForeignChains(text);
    } catch {
      // A version of nft that says it in another way: nobody is warned then.
      return [];
    }
  });
}

/** @returns one warning per chain that drops something of ours, whatever it is. */
export function firewallWarnings(site: SiteConfig, chains: readonly ForeignChain[]): Found {
  const traffic = ownTraffic(site);
  const warnings: Warning[] = [];
  const firewalls: string[] = [];
  for (const chain of chains) {
    const dropped = traffic.filter(({ packets }) =>
      packets.some((packet) => judge(chain, packet) === 'dropped'),
    );
    if (dropped.length === 0) continue;
    const what = dropped.map(({ name }) => name).join('; ');
    const by = chain.policy === 'drop' ? ' (policy drop)' : '';
    const text = `chain ${chainName(chain)}${by}, which is not ours, drops ${what}`;
    warnings.push({ kind: 'firewall', text, advice: firewallCure(chain, dropped) });
    if (dropped.some(({ carriesPaths }) => carriesPaths)) {
      firewalls.push(`chain ${chainName(chain)}${by} drops ${named(dropped)}`);
    }
  }
  return { warnings, firewalls };
}

function named(dropped: readonly OwnTraffic[]): string {
  return dropped
    .filter(({ carriesPaths }) => carriesPaths)
    .map(({ name }) => name)
    .join('; ');
}

function chainName({ family, table, name }: ForeignChain): string {
  return `${family} ${table} ${name}`;
}

/** Tables that iptables makes; it has no words for what nft adds to them. */
const IPTABLES_CHAINS: ReadonlySet<string> = new Set(['INPUT', 'FORWARD', 'OUTPUT']);

/** Docker leaves this one to others, and asks it first. */
const FOR_USERS = 'DOCKER-USER';

function firewallCure(chain: ForeignChain, dropped: readonly OwnTraffic[]): string {
  const { family, table, name } = chain;
  const byIptables = family !== 'inet' && table === 'filter' && IPTABLES_CHAINS.has(name);
  const place = name === 'FORWARD' && chain.rules.has(FOR_USERS) ? FOR_USERS : name;
  const program = family === 'ip6' ? 'ip6tables' : 'iptables';
  const commands = byIptables
    ? dropped
        .flatMap((one) => one.iptables(family === 'ip6' ? 'ipv6' : 'ipv4'))
        .map((words) => `${program} -I ${place} ${words} -j ACCEPT`)
    : dropped.map(({ nft }) => `nft insert rule ${family} ${table} ${name} ${nft} accept`);
  return (
    `Let it pass: ${commands.map((one) => `\`${one}\``).join(', ')}; ` +
    'and write it where whoever makes that chain (Docker, ufw, firewalld, a file) keeps its rules.'
  );
}

export function membershipWarnings(
  site: SiteConfig,
  memberships: readonly Membership[],
): readonly Warning[] {
  const lan = site.lan.interfaces.map((name, index) => ({
    name,
    key: site.lan.interfaces.length === 1 ? 'lan' : `lan.interfaces[${index}]`,
  }));
  const wans = site.wans.map((wan) => ({
    name: wan.interface,
    key: `wans[${wan.name}].interface`,
  }));
  return [...lan, ...wans].flatMap(({ name, key }): readonly Warning[] => {
    const found = memberships.find((one) => one.member === name);
    if (found === undefined) return [];
    const { master, kind } = found;
    return [
      {
        kind: 'membership',
        text: `${name} (${key}) is ${joinedTo(found)}: what arrives there arrives by ${master}, and addresses belong to ${master}`,
        advice:
          kind === 'vrf'
            ? `Take it out of ${master}: the rules of a VRF come before ours.`
            : `Write \`${master}\` in its place, or take ${name} out of it: \`ip link set ${name} nomaster\`.`,
      },
    ];
  });
}

/** Without these a site works, and less is known of it. */
function programWarnings(site: SiteConfig): readonly Warning[] {
  const needed = [
    ...(site.peers.length > 0 ? ['fping'] : []),
    ...(site.provision === undefined ? [] : ['dnsmasq']),
    ...(site.proxy === undefined ? [] : ['haproxy']),
  ];
  return needed.flatMap((program): readonly Warning[] => {
    const lack = lackOf(program);
    if (lack === undefined) return [];
    return [
      {
        kind: 'program',
        text: `${lackText(lack)}: ${WITHOUT[program] ?? ''}`,
        advice: lackCure(lack),
      },
    ];
  });
}

const WITHOUT: Readonly<Record<string, string>> = {
  fping: 'round trips and what paths take are not measured, and targets of direct WANs not asked',
  dnsmasq: 'hosts get no addresses',
  haproxy: 'plain TCP is forwarded as it is',
};
