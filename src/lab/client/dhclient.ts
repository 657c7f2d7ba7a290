/** ISC dhclient: one process per family. */
import type { ClientHost, ClientPlan } from './client-plan.ts';

export function dhclient({ interface: name, family, dhcp6 }: ClientHost): ClientPlan {
  const four = `dhclient -4 -q -pf /run/dhclient.pid ${name}`;
  // It gives up where the link-local address is not there yet, or still tentative.
  const six = `until dhclient -6 -D LL -q -pf /run/dhclient6.pid ${name}; do sleep 0.05; done`;
  return {
    files: {},
    programs: [...(family === 'ipv6' ? [] : [`${four} &`]), ...(dhcp6 ? [`{ ${six}; } &`] : [])],
    // It has no word for it; started anew it asks for what it had.
    renew: `kill -9 "$(cat /run/dhclient.pid)"; ${four}`,
    release: `dhclient -4 -r -q -pf /run/dhclient.pid ${name}`,
    needs: 'dhclient',
  };
}
