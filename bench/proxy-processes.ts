/** The processes of the gateways' own proxies, by what the gateways say. */
import type { Lab } from '../src/lab/lab.ts';

interface ProxyPart {
  readonly proxy: { readonly pid: number | null; readonly connections: number | null } | null;
}

/** HAProxy of every gateway that runs one. */
export async function proxyProcesses(lab: Lab): Promise<readonly number[]> {
  const pids = await Promise.all(
    lab.plan.gateways.map(async ({ name }) => (await proxyStatus(lab, name))?.pid ?? []),
  );
  return pids.flat();
}

/** Null: the site has no proxy. */
export async function proxyStatus(lab: Lab, gateway: string): Promise<ProxyPart['proxy']> {
  const { stdout } = await lab.wamptcp(gateway, ['status', '--json']);
  return (JSON.parse(stdout) as ProxyPart).proxy;
}
