/** dhcpcd, for both families in one process; it does router advertisements itself. */
import type { ClientHost, ClientPlan } from './client-plan.ts';
import { writeDuid } from './identity.ts';

const FLAGS = { ipv4: '-4', ipv6: '-6', both: '' } as const;

export function dhcpcd({ interface: name, family }: ClientHost): ClientPlan {
  const flag = FLAGS[family];
  return {
    files: {},
    programs: [
      writeDuid(name, '/var/lib/dhcpcd/duid'),
      'mkdir -p /run/dhcpcd',
      `dhcpcd ${flag} -q ${name} &`,
    ],
    renew: `dhcpcd ${flag} -N ${name}`,
    release: `dhcpcd ${flag} -k ${name}`,
    needs: 'dhcpcd',
  };
}
