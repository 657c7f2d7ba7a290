/** Two sites and what joins them, as text, for the tests of topologies. */
import { parseSite } from '../../../../src/config/parse.ts';
import type { SiteConfig } from '../../../../src/config/site.ts';
import { Reporter, Source } from '../../../../src/config/source.ts';
import type { LabPlan } from '../../../../src/lab/plan.ts';
import { planLab } from '../../../../src/lab/topology/plan-lab.ts';
import { readTopology } from '../../../../src/lab/topology/read-topology.ts';

export const BRANCH = `site: branch
lan: { interfaces: [lan0, lan1], addresses: [{ address: 10.9.0.1/24, interface: lan1 }] }
wans:
  - { name: fibre, interface: wan0, address: 192.0.2.2/30, nexthop: 192.0.2.1, subnet: 10.10.1.0/24 }
  - { name: lte, interface: wan1, address: 198.51.100.1/24, nexthop: 198.51.100.2, subnets: [10.10.2.0/24, 'fd00:2::/64'] }
  - { name: modem, interface: wan2, subnet: 10.10.3.0/30 }
peers:
  - name: hub
    paths:
      - { wan: fibre, remote: 203.0.113.1 }
      - { wan: lte, remote: 198.51.100.2 }
      - { wan: modem, remote: '2001:db8::2' }
host: { rto-min: 30ms, blackhole-timeout: 60s }
`;

export const HUB = `site: hub
lan: { interface: lan0, addresses: [10.20.0.1/24] }
wans:
  - { name: fibre, interface: wan0, address: 203.0.113.1/24, nexthop: 203.0.113.254 }
  - { name: lte, interface: wan1, address: 198.51.100.2/24 }
  - { name: modem, interface: wan2, address: '2001:db8::2/64', nexthop: 'fe80::1' }
peers:
  - name: branch
    paths:
      - { wan: fibre, remote: 192.0.2.2 }
      - { wan: lte, remote: 198.51.100.1 }
      - { wan: modem, remote: '2001:db8::9' }
`;

export const TOPOLOGY = `lab: demo
sites: { branch: branch.yaml, hub: { file: hub.yaml } }
hosts:
  client: { site: branch }
  server: { site: hub }
wans:
  fibre: { connects: [branch.fibre, hub.fibre], rate: 100mbit, rtt: 2ms }
  lte: { connects: [branch.lte, hub.lte] }
  modem:
    connects: [branch.modem, hub.modem]
    attachments: { branch.modem: { address: '2001:db8::9/64' } }
`;

export interface Planned {
  readonly plan: LabPlan | undefined;
  /** As `line:column: message`. */
  readonly problems: readonly string[];
}

/** The plan of a topology whose sites are {@link BRANCH} and {@link HUB}. */
export function planned(topologyText = TOPOLOGY): Planned {
  const report = new Reporter(new Source('t.yaml', topologyText));
  const topology = readTopology(report);
  const sites = new Map<string, SiteConfig>();
  for (const text of [BRANCH, HUB]) {
    const parsed = parseSite(text, 'site.yaml');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    sites.set(parsed.value.site.site, parsed.value.site);
  }
  const files = new Map([...sites.keys()].map((name) => [name, `/etc/${name}.yaml`]));
  const plan = topology && planLab(topology, { path: '/t.yaml', sites, files }, report);
  const problems = report
    .problems()
    .map(({ line, column, message }) => `${line}:${column}: ${message}`);
  return { plan: report.failed ? undefined : plan, problems };
}

/** The plan of a topology that must be good. */
export function goodPlan(topologyText?: string): LabPlan {
  const { plan, problems } = planned(topologyText);
  if (plan === undefined) throw new Error(problems.join('\n'));
  return plan;
}
