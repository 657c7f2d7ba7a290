/**
 * A gateway of a lab as the end of MPTCP connections: what every mechanism needs that carries hosts'
 * plain TCP between two gateways.
 *
 * Always holds: the gateways' site files have no proxy of their own, or there would be two; what is
 * changed here goes with the lab, endpoints also before.
 */
import { readFile } from 'node:fs/promises';

import { parseSite } from '../../config/parse.ts';
import type { SiteConfig } from '../../config/site.ts';
import { WamptcpError } from '../../lib/errors.ts';
import type { Address } from '../../net/address.ts';
import { isReached } from '../../system/is-reached.ts';
import type { Lab } from '../lab.ts';
import { inNamespace, runCommand, runCommands } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import { profileSettings } from '../make.ts';
import type { GatewayNode } from '../plan.ts';
import { processesOfSession, signal } from '../processes.ts';

/** MPTCP_SUBFLOWS_MAX. */
const SUBFLOWS = '8';

export interface Gateway {
  readonly node: GatewayNode;
  readonly site: SiteConfig;
}

/** By its name in the lab; {@link TypeError} when there is none. @throws WamptcpError GATEWAY_HAS_PROXY */
export async function gatewayOf(lab: Lab, name: string): Promise<Gateway> {
  const node = lab.plan.gateways.find((each) => each.name === name);
  if (node === undefined) throw new TypeError(`no gateway ${name}`);
  const parsed = parseSite(await readFile(node.file, 'utf8'), node.file);
  // The lab itself was made from it.
  if (!parsed.ok) throw new TypeError(`${node.file} was changed since the lab was made`);
  const { site } = parsed.value;
  if (site.proxy === undefined) return { node, site };
  throw new WamptcpError('GATEWAY_HAS_PROXY', `${node.file} has a proxy of its own`, {
    advice: 'Compare in a lab whose site files have no `proxy`.',
  });
}

/**
 * A gateway that ends connections is a host: it needs what docs/hosts.md has a host set. As with our
 * proxy, a port that rests after a connection may be used again: all of them call from one address.
 */
export async function prepareMptcp({ node, site }: Gateway): Promise<void> {
  const settings = [
    ...(await profileSettings(node.namespace, site.host)),
    'net.ipv4.tcp_tw_reuse=1',
  ];
  await runCommands([
    inNamespace(node.namespace, ['sysctl', '-qw', ...settings]),
    mptcp(node, ['limits', 'set', 'subflow', SUBFLOWS, 'add_addr_accepted', SUBFLOWS]),
  ]);
}

export async function addEndpoints(
  node: GatewayNode,
  addresses: readonly Address[],
): Promise<void> {
  const add = addresses.map((address) => ['endpoint', 'add', address, 'subflow']);
  await runCommands(add.map((words) => mptcp(node, words)));
}

/** Those that are there. */
export async function removeEndpoints(
  node: GatewayNode,
  addresses: readonly Address[],
): Promise<void> {
  // By number, for that is how ip-mptcp(8) deletes.
  const shown = await runCommand(mptcp(node, ['endpoint', 'show']));
  for (const address of addresses) {
    const id = shown
      .split('\n')
      .find((line) => line.startsWith(`${address} `))
      ?.split(' ')[2];
    if (id !== undefined) await runCommand(mptcp(node, ['endpoint', 'delete', 'id', id]));
  }
}

/** All that `startDetached` has started by one call. */
export async function endSession(session: number): Promise<void> {
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of await processesOfSession(session)) signal(pid, name);
    if (await isReached(async () => (await processesOfSession(session)).length === 0)) return;
  }
}

function mptcp({ namespace }: GatewayNode, words: readonly string[]): Command {
  return { argv: ['ip', '-n', namespace, 'mptcp', ...words] };
}
