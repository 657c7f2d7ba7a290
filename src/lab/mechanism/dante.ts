/**
 * Dante with redsocks on the gateways of a lab, for as long as something is compared with it.
 *
 * Always holds: the gateways' site files have no proxy of their own, or there would be two; `stop`
 * takes away what was started here, except the gateways' buffer sizes, which go with the lab.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseSite } from '../../config/parse.ts';
import type { SiteConfig } from '../../config/site.ts';
import { WamptcpError } from '../../lib/errors.ts';
import { isReached } from '../../system/is-reached.ts';
import { lastWords, startDetached } from '../detached.ts';
import type { Lab } from '../lab.ts';
import { inNamespace, runCommand, runCommands } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import { profileSettings } from '../make.ts';
import { labDirectory } from '../names.ts';
import type { GatewayNode } from '../plan.ts';
import { processesOfSession, signal } from '../processes.ts';
import { DANTED_PORT, danteSetup, REDSOCKS_PORT, STEERING_TABLE } from './dante-setup.ts';

/** MPTCP_SUBFLOWS_MAX. */
const SUBFLOWS = '8';

export interface Dante {
  /** All that danted and redsocks are at the moment. */
  processes(): Promise<readonly number[]>;
  stop(): Promise<void>;
}

interface Gateway {
  readonly node: GatewayNode;
  readonly site: SiteConfig;
}

/**
 * Plain TCP from the LAN of `branch` to what is behind `hub` goes through both when this returns.
 * @throws WamptcpError DANTE_NOT_STARTED, DANTE_IPV4_ONLY, DANTE_BESIDE_PROXY
 */
export async function startDante(
  lab: Lab,
  names: { readonly branch: string; readonly hub: string },
): Promise<Dante> {
  const [branch, hub] = [await gatewayOf(lab, names.branch), await gatewayOf(lab, names.hub)];
  const setup = danteSetup(branch.site, hub.site);
  const directory = join(labDirectory(lab.name).path, 'dante');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = {
    danted: join(directory, 'danted.conf'),
    redsocks: join(directory, 'redsocks.conf'),
    // Otherwise that of the machine's own danted.
    dantedPid: join(directory, 'danted.pid'),
  };
  await writeFile(files.danted, setup.danted);
  await writeFile(files.redsocks, setup.redsocks);
  for (const { node, site } of [branch, hub]) await prepareMptcp(node, site);
  const endpoints = setup.endpoints.map((address) => ['endpoint', 'add', address, 'subflow']);
  await runCommands(endpoints.map((words) => mptcp(branch.node, words)));

  const sessions: number[] = [];
  const stop = async (): Promise<void> => {
    await runCommand(inNamespace(branch.node.namespace, ['nft', '-f', '-'], WITHOUT_STEERING));
    for (const session of sessions) await endSession(session);
    // By number, for that is how ip-mptcp(8) deletes.
    const shown = await runCommand(mptcp(branch.node, ['endpoint', 'show']));
    for (const address of setup.endpoints) {
      const id = shown
        .split('\n')
        .find((line) => line.startsWith(`${address} `))
        ?.split(' ')[2];
      if (id !== undefined) await runCommand(mptcp(branch.node, ['endpoint', 'delete', 'id', id]));
    }
  };
  try {
    const start = async (node: GatewayNode, port: number, ...argv: string[]): Promise<void> => {
      sessions.push(await startWrapped(lab, node, port, argv));
    };
    await start(hub.node, DANTED_PORT, 'danted', '-f', files.danted, '-p', files.dantedPid);
    await start(branch.node, REDSOCKS_PORT, 'redsocks', '-c', files.redsocks);
    await runCommand(inNamespace(branch.node.namespace, ['nft', '-f', '-'], setup.steering));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    processes: async () => (await Promise.all(sessions.map(processesOfSession))).flat(),
    stop,
  };
}

/** Whether it is there or not. */
const WITHOUT_STEERING = `add table ip ${STEERING_TABLE}\ndelete table ip ${STEERING_TABLE}\n`;

async function gatewayOf(lab: Lab, name: string): Promise<Gateway> {
  const node = lab.plan.gateways.find((each) => each.name === name);
  if (node === undefined) throw new TypeError(`no gateway ${name}`);
  const parsed = parseSite(await readFile(node.file, 'utf8'), node.file);
  // The lab itself was made from it.
  if (!parsed.ok) throw new TypeError(`${node.file} was changed since the lab was made`);
  const { site } = parsed.value;
  if (site.proxy === undefined) return { node, site };
  throw new WamptcpError('DANTE_BESIDE_PROXY', `${node.file} has a proxy of its own`, {
    advice: 'Compare with Dante in a lab whose site files have no `proxy`.',
  });
}

/**
 * A gateway that ends connections is a host: it needs what docs/hosts.md has a host set. As with our
 * proxy, a port that rests after a connection may be used again: all of them call from one address.
 */
async function prepareMptcp(node: GatewayNode, site: SiteConfig): Promise<void> {
  const settings = [
    ...(await profileSettings(node.namespace, site.host)),
    'net.ipv4.tcp_tw_reuse=1',
  ];
  await runCommands([
    inNamespace(node.namespace, ['sysctl', '-qw', ...settings]),
    mptcp(node, ['limits', 'set', 'subflow', SUBFLOWS, 'add_addr_accepted', SUBFLOWS]),
  ]);
}

function mptcp({ namespace }: GatewayNode, words: readonly string[]): Command {
  return { argv: ['ip', '-n', namespace, 'mptcp', ...words] };
}

/** With MPTCP sockets, until it listens; its process id, which is that of its session. */
async function startWrapped(
  lab: Lab,
  node: GatewayNode,
  port: number,
  argv: readonly string[],
): Promise<number> {
  const started = await startDetached(lab.name, node, ['mptcpize', 'run', ...argv]);
  const listens = await isReached(async () => {
    const { stdout } = await lab.exec(node.name, ['ss', '-Hltn', `sport = :${port}`]);
    return stdout !== '';
  });
  if (started !== undefined && listens) return started.pid;
  if (started !== undefined) await endSession(started.pid);
  const said = await lastWords(lab.name, node.name);
  throw new WamptcpError('DANTE_NOT_STARTED', `${argv.join(' ')} does not listen:\n${said}`, {
    advice: 'Run `make setup`, which installs dante-server and redsocks.',
  });
}

async function endSession(session: number): Promise<void> {
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of await processesOfSession(session)) signal(pid, name);
    if (await isReached(async () => (await processesOfSession(session)).length === 0)) return;
  }
}
