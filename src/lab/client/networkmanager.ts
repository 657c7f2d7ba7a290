/** NetworkManager with a D-Bus of its own; it keeps option 224 when it is told it unasked. */
import type { ClientHost, ClientPlan } from './client-plan.ts';
import { writeMachineId } from './identity.ts';

const CONNECTION = '/etc/NetworkManager/system-connections/lan.nmconnection';

export function networkmanager({ interface: name, family }: ClientHost): ClientPlan {
  const method = (wanted: 'ipv4' | 'ipv6'): string =>
    family === wanted || family === 'both' ? 'auto' : 'disabled';
  return {
    files: {
      '/etc/NetworkManager/NetworkManager.conf': [
        '[main]',
        'plugins=keyfile',
        'no-auto-default=*',
        'dhcp=internal',
        'dns=none',
        // The name is the whole machine's.
        'hostname-mode=none',
        // It leaves the ends of virtual cables alone by itself.
        `[device-${name}]`,
        `match-device=interface-name:${name}`,
        'managed=1',
        // Nor does it touch an interface that has addresses when it starts, as from an advertisement.
        'keep-configuration=no',
      ].join('\n'),
      [CONNECTION]: [
        '[connection]',
        'id=lan',
        'type=ethernet',
        `interface-name=${name}`,
        '[ipv4]',
        `method=${method('ipv4')}`,
        '[ipv6]',
        `method=${method('ipv6')}`,
      ].join('\n'),
    },
    programs: [
      // As in a container: there is no udev to ask about interfaces.
      'mount -o remount,bind,ro /sys',
      writeMachineId(name),
      `chmod 600 ${CONNECTION}`,
      'mkdir -p /run/dbus && dbus-daemon --system --fork',
      '/usr/lib/NetworkManager/nm-dispatcher --persist &',
      'NetworkManager',
    ],
    renew: 'nmcli connection up lan',
    release: `nmcli device disconnect ${name}`,
    needs: 'NetworkManager',
  };
}
