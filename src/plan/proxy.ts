/**
 * The MPTCP proxy of a site with everything that it needs (paper section III-C): the process, the
 * addresses its connections use, the way to it, and the gateway's own TCP.
 */
import type { SiteConfig } from '../config/site.ts';
import type { Facts, Waiting } from './facts.ts';
import { proxyConfig } from './proxy-config.ts';
import { planProxyEndpoints } from './proxy-endpoints.ts';
import { proxyRouting } from './proxy-steering.ts';
import type { Resource } from './resource.ts';

export interface ProxyPlan {
  readonly resources: readonly Resource[];
  readonly waiting: readonly Waiting[];
}

const NOTHING: ProxyPlan = { resources: [], waiting: [] };

const WITHOUT_RESETS: Waiting = {
  what: 'resets when the proxy is killed',
  reason: 'they take perl and Linux 5.12; until then hosts see an end',
};

export function planProxy(site: SiteConfig, facts: Facts): ProxyPlan {
  const { proxy } = site;
  if (proxy === undefined) return NOTHING;
  if (facts.haproxy === 'absent') {
    const reason = 'haproxy is not installed; plain TCP is forwarded as it is';
    return { ...NOTHING, waiting: [{ what: 'proxy', reason }] };
  }
  return {
    resources: [
      ...planProxyEndpoints(site, facts),
      ...proxyRouting(site),
      { kind: 'proxy', config: proxyConfig(site, proxy, facts.haproxy) },
    ],
    waiting: facts.ownedTables ? [] : [WITHOUT_RESETS],
  };
}
