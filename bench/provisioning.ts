/**
 * From the cable's being plugged in to the last address that can be used: an ordinary host with one
 * address, and one with an address per WAN, with each client (paper section V-G).
 *
 * Always holds: hosts take turns, so noise hits all alike.
 */
import { joiningTime } from '../src/lab/joining-time.ts';
import type { Lab } from '../src/lab/lab.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';

const CLIENTS = ['dhclient', 'udhcpc', 'dhcpcd', 'networkd', 'networkmanager'];
const WANS = [2, 3, 5];

/** Seconds in the paper: ordinary DHCP, WaMPTCP by DHCPv4, WaMPTCP by DHCPv6. */
const PAPER = { ordinary: 1.7, ipv4: 2.6, ipv6: 1.7 } as const;
const TARGET_MS = { ipv4: 350, ipv6: 600 } as const;

interface Way {
  readonly name: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly ipv6: 'slaac' | 'dhcp';
  readonly clients: readonly string[];
}

const WAYS: readonly Way[] = [
  { name: 'DHCPv4', family: 'ipv4', ipv6: 'slaac', clients: CLIENTS },
  { name: 'SLAAC', family: 'ipv6', ipv6: 'slaac', clients: CLIENTS },
  // BusyBox asks by DHCPv6 for one address only.
  {
    name: 'DHCPv6',
    family: 'ipv6',
    ipv6: 'dhcp',
    clients: CLIENTS.filter((client) => client !== 'udhcpc'),
  },
];

export const provisioning: Benchmark = {
  name: 'provisioning',
  about: 'from plugging in to the last address, each client, 2, 3 and 5 WANs',
  run: async (context) => {
    const rows: Row[] = [];
    for (const way of WAYS) {
      for (const wans of WANS) {
        const { family, ipv6, clients } = way;
        const sites = {
          lines: linesOf(
            Array.from({ length: wans }, () => 100),
            0,
          ),
          family,
          ipv6,
          interval: 50,
          hosts: clients.flatMap((client) => [
            `${client}: { site: branch, client: ${client}, family: ${family} }`,
            `${client}-plain: { site: branch, client: ${client}, family: ${family}, profile: off }`,
          ]),
        };
        rows.push(...(await withLab(sites, (lab) => measure(lab, way, wans, context))));
      }
    }
    return rows;
  },
};

async function measure(
  lab: Lab,
  { name, family, clients }: Way,
  wans: number,
  context: BenchContext,
): Promise<readonly Row[]> {
  const times = new Map<string, number[]>();
  for (const host of lab.hosts.moving) await lab.hosts.stop(host);
  for (let round = 0; round < repetitions(10, context); round++) {
    for (const host of lab.hosts.moving) {
      const time = await joiningTime(lab, host);
      times.set(host.name, [...(times.get(host.name) ?? []), time]);
      context.progress(`${name}, ${wans} WANs, ${host.name}: ${time.toFixed(0)} ms`);
    }
  }
  return clients.flatMap((client) => [
    {
      what: `${name}, ordinary, ${client} (paper ${PAPER.ordinary} s)`,
      unit: 'ms',
      values: times.get(`${client}-plain`) ?? [],
    },
    {
      what: `${name}, ${wans} WANs, ${client} (paper ${PAPER[family]} s)`,
      unit: 'ms',
      values: times.get(client) ?? [],
      target: {
        text: `≤ ${TARGET_MS[family]} ms`,
        met: (value: number) => value <= TARGET_MS[family],
      },
    },
  ]);
}
