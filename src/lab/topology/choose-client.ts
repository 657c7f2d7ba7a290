/** Which client a host has, and what it is to get by it. Pure. */
import type { Fault } from '../../config/kind.ts';
import type { SiteConfig } from '../../config/site.ts';
import type { Span } from '../../config/source.ts';
import { err, ok } from '../../lib/result.ts';
import type { Result } from '../../lib/result.ts';
import type { InterfaceName } from '../../net/interface-name.ts';
import { prefixFamily } from '../../net/prefix.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { ClientKind, HostFamily, TopologyHost } from './topology.ts';

export interface ClientChoice {
  readonly kind: ClientKind;
  readonly family: HostFamily;
  readonly dhcp6: boolean;
  readonly expects: readonly Prefix[];
}

type Refusal = Fault & { readonly span: Span };

export function chooseClient(
  host: TopologyHost,
  site: SiteConfig,
  lan: InterfaceName,
): Result<ClientChoice, Refusal> {
  const offered = offeredSubnets(site, lan);
  const kind =
    host.client?.value ??
    (offered.length > 0 && host.addresses === undefined && host.behind === undefined
      ? 'dhclient'
      : 'static');
  if (kind === 'static') return ok({ kind, family: 'both', dhcp6: false, expects: [] });
  const refused = refuse(host, site, offered);
  if (refused !== undefined) return err(refused);
  const has = (family: 'ipv4' | 'ipv6'): boolean =>
    offered.some((prefix) => prefixFamily(prefix) === family);
  const every = has('ipv4') && has('ipv6') ? 'both' : has('ipv4') ? 'ipv4' : 'ipv6';
  const family = host.family?.value ?? every;
  const wanted = offered.filter((prefix) => family === 'both' || prefixFamily(prefix) === family);
  const ipv6 = site.provision?.ipv6;
  return ok({
    kind,
    family,
    dhcp6: family !== 'ipv4' && has('ipv6') && (ipv6 === 'dhcp' || ipv6 === 'both'),
    expects: host.profile === 'off' ? withoutHelp(wanted) : wanted,
  });
}

function refuse(
  host: TopologyHost,
  site: SiteConfig,
  offered: readonly Prefix[],
): Refusal | undefined {
  const span = (host.client ?? host.name).span;
  if (host.addresses !== undefined) {
    return {
      span,
      message: 'a host with a client gets its addresses from it',
      cure: 'leave out `addresses`, or write `client: static`',
    };
  }
  if (host.behind !== undefined) {
    return {
      span,
      message: 'a middlebox passes no DHCP',
      cure: 'leave out `client`: hosts behind a middlebox have fixed addresses',
    };
  }
  if (offered.length === 0) {
    return {
      span,
      message: `site \`${site.site}\` hands out no addresses on this LAN`,
      cure: 'add `provision: on` to its site file, or write `client: static`',
    };
  }
  const family = host.family;
  if (family === undefined || family.value === 'both') return undefined;
  if (offered.some((prefix) => prefixFamily(prefix) === family.value)) return undefined;
  return {
    span: family.span,
    message: `site \`${site.site}\` hands out no ${family.value} addresses`,
    cure: 'give its WANs subnets of that family, or leave out `family`',
  };
}

/** The subnets of WANs that are handed out on this LAN. */
function offeredSubnets(site: SiteConfig, lan: InterfaceName): readonly Prefix[] {
  if (site.provision === undefined) return [];
  const { ipv6 } = site.provision;
  return site.wans
    .flatMap((wan) => wan.subnets)
    .filter((subnet) => subnet.interface === lan)
    .map((subnet) => subnet.prefix)
    .filter((prefix) => prefixFamily(prefix) === 'ipv4' || ipv6 !== 'off');
}

/** An ordinary host gets one address by DHCPv4, but one per prefix by IPv6. */
function withoutHelp(offered: readonly Prefix[]): readonly Prefix[] {
  const ipv4 = offered.filter((prefix) => prefixFamily(prefix) === 'ipv4');
  return [...ipv4.slice(0, 1), ...offered.filter((prefix) => prefixFamily(prefix) === 'ipv6')];
}
