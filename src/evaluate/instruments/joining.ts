/**
 * How long hosts take to get their addresses, with each client (section V-G).
 *
 * Always holds: hosts take turns, and each begins with nothing.
 */
import { z } from 'zod';

import { joiningTime } from '../../lab/joining-time.ts';
import { labUp } from '../../lab/lab.ts';
import type { Lab } from '../../lab/lab.ts';
import { linesOf } from '../../lab/testbed/two-sites.ts';
import { writeSites } from '../../lab/testbed/write-sites.ts';
import type { Instrument, MeasureContext } from '../experiment.ts';

export type JoiningParameters = {
  /** By which protocol addresses are given. */
  readonly by: 'DHCPv4' | 'SLAAC' | 'DHCPv6';
  readonly wans: number;
};

const milliseconds = z.number().nullable().describe('Null: not within 15 seconds.');

const joiningResult = z.object({
  hosts: z.array(
    z.object({
      client: z.string(),
      /** A host that knows nothing of WANs, and one that does. */
      ordinaryMs: milliseconds,
      awareMs: milliseconds,
    }),
  ),
});

export type JoiningResult = z.infer<typeof joiningResult>;

export const CLIENTS = ['dhclient', 'udhcpc', 'dhcpcd', 'networkd', 'networkmanager'] as const;

export const joining: Instrument<JoiningParameters, JoiningResult> = {
  name: 'joining',
  result: joiningResult,
  estimate: ({ by }) => 10 + 2 * clientsOf(by).length,
  measure,
};

/** BusyBox asks by DHCPv6 for one address only. */
export function clientsOf(by: JoiningParameters['by']): readonly (typeof CLIENTS)[number][] {
  return CLIENTS.filter((client) => by !== 'DHCPv6' || client !== 'udhcpc');
}

async function measure(
  { by, wans }: JoiningParameters,
  context: MeasureContext,
): Promise<JoiningResult> {
  const family = by === 'DHCPv4' ? 'ipv4' : 'ipv6';
  const written = await writeSites({
    lab: context.lab,
    lines: linesOf(
      Array.from({ length: wans }, () => 100),
      0,
    ),
    ...{ family, interval: 50, ipv6: by === 'DHCPv6' ? 'dhcp' : 'slaac' },
    hosts: clientsOf(by).flatMap((client) => [
      `${client}: { site: branch, client: ${client}, family: ${family} }`,
      `${client}-plain: { site: branch, client: ${client}, family: ${family}, profile: off }`,
    ]),
  });
  try {
    const lab = await labUp(written.topology, { replace: true, stop: context.stop });
    try {
      return { hosts: await inTurn(lab, by, context) };
    } finally {
      await lab.down();
    }
  } finally {
    await written.remove();
  }
}

async function inTurn(
  lab: Lab,
  by: JoiningParameters['by'],
  context: MeasureContext,
): Promise<JoiningResult['hosts']> {
  for (const host of lab.hosts.moving) await lab.hosts.stop(host);
  const timeOf = async (name: string): Promise<number | null> => {
    context.stop.throwIfAborted();
    context.say(name);
    const host = lab.hosts.moving.find((one) => one.name === name);
    const time = host === undefined ? Infinity : await joiningTime(lab, host);
    return Number.isFinite(time) ? time : null;
  };
  const hosts: JoiningResult['hosts'] = [];
  for (const client of clientsOf(by)) {
    const ordinaryMs = await timeOf(`${client}-plain`);
    hosts.push({ client, ordinaryMs, awareMs: await timeOf(client) });
  }
  return hosts;
}
