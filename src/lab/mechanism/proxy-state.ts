/**
 * The gateways' own proxies in a lab: their processes, and what the gateways say of them.
 *
 * Always holds: asks, and changes nothing.
 */
import { readFileSync } from 'node:fs';

import type { Lab } from '../lab.ts';
import { run } from '../../system/command.ts';
import { isReached } from '../../system/is-reached.ts';
import { notReady } from './not-ready.ts';

interface ProxyPart {
  readonly proxy: {
    readonly pid: number | null;
    readonly connections: number | null;
    readonly peers: readonly { readonly answers: boolean | null }[];
  } | null;
}

/** All of HAProxy on every gateway that runs it: there are two on each under mptcpize. */
export async function proxyProcesses(lab: Lab): Promise<readonly number[]> {
  const pids = await Promise.all(
    lab.plan.gateways.map(({ namespace }) => run(['ip', 'netns', 'pids', namespace])),
  );
  return pids
    .flatMap((text) => text.split('\n').filter((line) => line !== ''))
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'haproxy');
}

/** Null: the site has no proxy. */
export async function proxyStatus(lab: Lab, gateway: string): Promise<ProxyPart['proxy']> {
  const { stdout } = await lab.wamptcp(gateway, ['status', '--json']);
  return (JSON.parse(stdout) as ProxyPart).proxy;
}

/**
 * Waits until connections that begin at the gateway go by its peers' proxies.
 * Until then they go to the server itself, by one line if that speaks plain TCP.
 * @throws WamptcpError MECHANISM_NOT_READY when they do not answer within seconds
 */
export async function untilTwinsAnswer(lab: Lab, gateway: string): Promise<void> {
  const answered = await isReached(async () => {
    const status = await proxyStatus(lab, gateway);
    return status?.peers.every(({ answers }) => answers === true) === true;
  });
  if (!answered) throw notReady(`the proxy of ${gateway}`);
}
