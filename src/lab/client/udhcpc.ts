/** BusyBox udhcpc, as on small devices; its IPv6 is the kernel's SLAAC. */
import type { ClientHost, ClientPlan } from './client-plan.ts';

export function udhcpc({ interface: name, family }: ClientHost): ClientPlan {
  const script = '$([ -x /etc/udhcpc/wamptcp.script ] && echo -s /etc/udhcpc/wamptcp.script)';
  const four = `udhcpc -f -i ${name} -p /run/udhcpc.pid -O 224 -t 5 -T 1 -A 5 ${script}`;
  return {
    files: {},
    programs: family === 'ipv6' ? [] : [`${four} &`],
    renew: 'kill -USR1 "$(cat /run/udhcpc.pid)"',
    release: 'kill -USR2 "$(cat /run/udhcpc.pid)"',
    needs: 'udhcpc',
  };
}
