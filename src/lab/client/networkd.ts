/**
 * systemd-networkd, without the rest of systemd: it asks no udev where /sys cannot be written, as in
 * a container.
 */
import type { ClientHost, ClientPlan } from './client-plan.ts';
import { writeMachineId } from './identity.ts';

const NETWORKD = '/lib/systemd/systemd-networkd';

export function networkd({ interface: name, family }: ClientHost): ClientPlan {
  const dhcp = { ipv4: 'ipv4', ipv6: 'ipv6', both: 'yes' }[family];
  const state = '/run/systemd/netif';
  return {
    files: {
      [`/etc/systemd/network/50-${name}.network`]: [
        '[Match]',
        `Name=${name}`,
        '[Network]',
        `DHCP=${dhcp}`,
        `IPv6AcceptRA=${family === 'ipv4' ? 'no' : 'yes'}`,
      ].join('\n'),
    },
    programs: [
      'mount -o remount,bind,ro /sys',
      writeMachineId(name),
      `mkdir -p ${state}/leases ${state}/links ${state}/lldp && chown -R systemd-network: ${state}`,
      // For networkctl.
      'mkdir -p /run/dbus && dbus-daemon --system --fork',
      `${NETWORKD} &`,
    ],
    renew: `networkctl renew ${name}`,
    release: `ip link set ${name} down`,
    needs: NETWORKD,
  };
}
