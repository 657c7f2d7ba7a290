/**
 * To which part of a site a resource belongs: what is missing while it cannot be made.
 *
 * Always holds: pure; derived from the resource itself, so no planner has to say it. What serves the
 * site as a whole (LAN, filter, engine, policy rules) belongs to `site`.
 */
import type { SiteConfig } from '../config/site.ts';
import { underlayTable } from './ids.ts';
import { planPaths } from './path.ts';
import type { Resource } from './resource.ts';

export type Part =
  | { readonly kind: 'site' }
  | { readonly kind: 'wan'; readonly name: string }
  | { readonly kind: 'path'; readonly name: string }
  | { readonly kind: 'program'; readonly name: 'dnsmasq' | 'HAProxy' };

const SITE: Part = { kind: 'site' };

/** @returns a function, so that the paths of a large hub are listed once. */
export function partsOf(site: SiteConfig): (resource: Resource) => Part {
  const byDevice = new Map<string, Part>([
    ...site.wans.map((wan) => [wan.interface, { kind: 'wan', name: wan.name }] as const),
    ...planPaths(site).map((path) => [path.device, { kind: 'path', name: path.name }] as const),
  ]);
  const byTable = new Map(
    site.wans.map((wan, index) => [
      underlayTable(site, index),
      { kind: 'wan' as const, name: wan.name },
    ]),
  );
  // A LAN that is also a WAN's interface is the site's.
  for (const name of site.lan.interfaces) byDevice.set(name, SITE);
  return (resource) => {
    switch (resource.kind) {
      case 'provisioner':
        return { kind: 'program', name: 'dnsmasq' };
      case 'proxy':
      case 'mptcp-endpoints':
      case 'mptcp-limits':
        return { kind: 'program', name: 'HAProxy' };
      case 'rule':
      case 'route':
        return byTable.get(resource.table) ?? SITE;
      case 'nftables':
      case 'engine':
        return SITE;
      case 'sysctl':
        return byDevice.get(resource.key[3] ?? '') ?? ofProxy(resource.key);
      default:
        return byDevice.get('interface' in resource ? resource.interface : resource.name) ?? SITE;
    }
  };
}

/** The machine's own TCP switches are taken for the proxy alone. */
function ofProxy(key: readonly string[]): Part {
  const isTcp = key[1] === 'mptcp' || (key[1] === 'ipv4' && key[2]?.startsWith('tcp_') === true);
  return isTcp ? { kind: 'program', name: 'HAProxy' } : SITE;
}

/** Whether the rest of the site is of use without it. */
export function isSeparable(part: Part): boolean {
  return part.kind !== 'site';
}

/** As `Waiting.what` names it. */
export function partText(part: Part, site: SiteConfig): string {
  switch (part.kind) {
    case 'site':
      return `site ${site.site}`;
    case 'wan':
      return `WAN ${part.name}`;
    case 'path':
      return `path ${part.name}`;
    case 'program':
      return part.name;
  }
}
