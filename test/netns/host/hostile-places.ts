/**
 * Where values from the network come in: each variable that a DHCP client hands to a hook of the host
 * script, and each value in a file that it keeps.
 */
import { FEW, HOSTILE, NO_HOSTS, NO_LENGTHS, NO_MASKS } from './hostile-values.ts';
import type { Call } from './script-room.ts';

export const SELF = '/usr/local/sbin/wamptcp-host';
const SOURCED = '. /etc/dhcp/dhclient-exit-hooks.d/wamptcp';

/** As the first client of the host hands it over, without anything to say about WANs. */
export const LEASE = {
  interface: 'eth0',
  reason: 'BOUND',
  new_ip_address: '10.10.1.5',
  new_subnet_mask: '255.255.255.0',
};
/** As an agent's client does. */
export const AGENT = { ...LEASE, WAMPTCP_WAN: '2', new_ip_address: '10.10.2.9' };
const UDHCPC_AGENT = { WAMPTCP_WAN: '2', interface: 'eth0', ip: '10.10.2.9', mask: '24' };

/** What the host is like afterwards; an ordinary server knows nothing of WANs. */
export type Result = 'as it was' | 'ordinary' | 'without a lease';

export interface Place {
  readonly client: 'dhclient' | 'networkmanager' | 'networkd';
  readonly hook: string;
  readonly name: string;
  readonly call: (value: string | Uint8Array) => Call;
  readonly result: Result;
  /** All of them are wrong here. */
  readonly values: readonly string[];
}

type Environment = Readonly<Record<string, string>>;

const inEnvironment =
  (line: string, environment: Environment, name: string) =>
  (value: string | Uint8Array): Call => ({ line, environment: { ...environment, [name]: value } });

const inLease =
  (before: string, after: string) =>
  (value: string | Uint8Array): Call => ({
    line: `${SELF} sync`,
    environment: {},
    lease: Buffer.concat([Buffer.from(before), inOneLine(value), Buffer.from(after)]),
  });

const asLease = (value: string | Uint8Array): Call => ({
  line: `${SELF} sync`,
  environment: {},
  lease: value,
});

/** What follows a new line in a file is no longer the value. */
function inOneLine(value: string | Uint8Array): Uint8Array {
  return Buffer.from(value).map((octet) => (octet === 0x0a ? 0x20 : octet));
}

const NETWORKMANAGER = `${SELF} hook-networkmanager "$device" "$event"`;
const NM_LEASE = {
  device: 'eth0',
  event: 'dhcp4-change',
  DHCP4_IP_ADDRESS: '10.10.1.5',
  DHCP4_PRIVATE_224: '01',
};

export const PLACES: readonly Place[] = [
  ...(['interface', 'reason', 'new_wamptcp_wans'] as const).map((name): Place => ({
    client: 'dhclient',
    hook: 'the hook of dhclient',
    name,
    call: inEnvironment(SOURCED, LEASE, name),
    result: name === 'new_wamptcp_wans' ? 'ordinary' : 'as it was',
    values: HOSTILE,
  })),
  ...(['interface', 'new_ip_address', 'new_subnet_mask'] as const).map((name): Place => ({
    client: 'dhclient',
    hook: 'the agent of dhclient',
    name,
    call: inEnvironment(SELF, AGENT, name),
    result: 'as it was',
    values: {
      interface: HOSTILE,
      new_ip_address: [...HOSTILE, ...NO_HOSTS],
      new_subnet_mask: [...HOSTILE, ...NO_MASKS],
    }[name],
  })),
  ...(['interface', 'opt224'] as const).map((name): Place => ({
    client: 'dhclient',
    hook: 'the hook of udhcpc',
    name,
    call: inEnvironment(`${SELF} hook-udhcpc bound`, { interface: 'eth0' }, name),
    result: name === 'opt224' ? 'ordinary' : 'as it was',
    values: HOSTILE,
  })),
  ...(['interface', 'ip', 'mask'] as const).map((name): Place => ({
    client: 'dhclient',
    hook: 'the agent of udhcpc',
    name,
    call: inEnvironment(`${SELF} bound`, UDHCPC_AGENT, name),
    result: 'as it was',
    values: {
      interface: HOSTILE,
      ip: [...HOSTILE, ...NO_HOSTS],
      mask: [...HOSTILE.filter((value) => value !== '9'), ...NO_LENGTHS],
    }[name],
  })),
  ...(['device', 'event', 'DHCP4_PRIVATE_224'] as const).map((name): Place => ({
    client: 'networkmanager',
    hook: 'the dispatcher of NetworkManager',
    name,
    call: inEnvironment(NETWORKMANAGER, NM_LEASE, name),
    result: name === 'DHCP4_PRIVATE_224' ? 'ordinary' : 'as it was',
    values: HOSTILE,
  })),
  {
    client: 'networkmanager',
    hook: 'the dispatcher of NetworkManager',
    name: 'DHCP4_IP_ADDRESS',
    call: inEnvironment(NETWORKMANAGER, NM_LEASE, 'DHCP4_IP_ADDRESS'),
    result: 'without a lease',
    values: NO_HOSTS,
  },
  ...(
    [
      ['networkmanager', 'dhcp4.ip_address', 'dhcp4.private_224'],
      ['networkd', 'ADDRESS', 'OPTION_224'],
    ] as const
  ).flatMap(([client, address, option]): readonly Place[] => {
    const hook = `the file of ${client}`;
    const result = 'without a lease';
    return [
      {
        ...{ client, hook, result, name: address, values: FEW },
        call: inLease(`${address}=`, `\n${option}=02\n`),
      },
      {
        ...{ client, hook, result, name: option, values: FEW },
        call: inLease(`${address}=10.10.1.5\n${option}=`, '\n'),
      },
      {
        ...{ client, hook, result, name: 'all that is in it' },
        values: ['', `${option}=02`, `${address}\n${option}\n`, '\n'.repeat(1e6), 'x'.repeat(1e6)],
        call: asLease,
      },
    ];
  }),
];
