/**
 * Dante with redsocks on the gateways of a lab, for as long as something is compared with it.
 *
 * Always holds: the gateways' site files have no proxy of their own, or there would be two; `stop`
 * takes away what was started here, except the gateways' buffer sizes, which go with the lab.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WamptcpError } from '../../lib/errors.ts';
import { isReached } from '../../system/is-reached.ts';
import { lastWords, startDetached } from '../detached.ts';
import type { Lab } from '../lab.ts';
import { inNamespace, runCommand } from '../link/command.ts';
import { labDirectory } from '../names.ts';
import type { GatewayNode } from '../plan.ts';
import { processesOfSession } from '../processes.ts';
import { DANTED_PORT, danteSetup, REDSOCKS_PORT, STEERING_TABLE } from './dante-setup.ts';
import {
  addEndpoints,
  endSession,
  gatewayOf,
  prepareMptcp,
  removeEndpoints,
} from './mptcp-gateway.ts';

export interface Dante {
  /** All that danted and redsocks are at the moment. */
  processes(): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/**
 * Plain TCP from the LAN of `branch` to what is behind `hub` goes through both when this returns.
 * @throws WamptcpError DANTE_NOT_STARTED, DANTE_IPV4_ONLY, GATEWAY_HAS_PROXY
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
  for (const gateway of [branch, hub]) await prepareMptcp(gateway);
  await addEndpoints(branch.node, setup.endpoints);

  const sessions: number[] = [];
  const stop = async (): Promise<void> => {
    await runCommand(inNamespace(branch.node.namespace, ['nft', '-f', '-'], WITHOUT_STEERING));
    for (const session of sessions) await endSession(session);
    await removeEndpoints(branch.node, setup.endpoints);
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
