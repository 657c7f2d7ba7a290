/** The processes of the gateways' own proxies, and what the gateways say of them. */
import { readFileSync } from 'node:fs';

import type { Lab } from '../src/lab/lab.ts';
import { run } from '../src/system/command.ts';

interface ProxyPart {
  readonly proxy: { readonly pid: number | null; readonly connections: number | null } | null;
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
