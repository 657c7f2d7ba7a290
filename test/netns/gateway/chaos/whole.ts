/**
 * Whether a gateway is as a fresh apply gives it: nothing for `plan` to change, and the same text of
 * everything the kernel has as before the first fault.
 */
import { readFileSync } from 'node:fs';

import { kernelSnapshot } from '../../../support/kernel-snapshot.ts';
import { enterNamespace, leave } from '../../../support/namespace.ts';
import type { Comparison } from '../../../../src/apply/converge.ts';
import { localGateway } from '../../../../src/cli/gateway.ts';
import { parseSite } from '../../../../src/config/parse.ts';
import { Mutex } from '../../../../src/lib/mutex.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { difference } from '../machine-state.ts';

/**
 * The kernel adds the anycast address of the routers of a subnet when an address is set on a device that
 * forwards, and does not on one that begins to forward only later; nobody is asked by it.
 */
const ANYCAST = /^route \{"type":"anycast"/;

/** This process is in one namespace at a time. */
const turns = new Mutex();

export async function snapshotOf(gateway: GatewayUnderTest): Promise<readonly string[]> {
  const text = await inside(gateway, kernelSnapshot);
  return text.split('\n').filter((line) => !ANYCAST.test(line));
}

/** As `wamptcp plan` has it. */
async function planOf(gateway: GatewayUnderTest): Promise<Comparison> {
  const parsed = parseSite(readFileSync(gateway.file, 'utf8'), gateway.file);
  if (!parsed.ok) throw new Error(`${gateway.file} is no site file`);
  return await inside(gateway, () => localGateway().gateway.plan(parsed.value.site));
}

async function inside<T>({ namespace }: GatewayUnderTest, work: () => Promise<T>): Promise<T> {
  return await turns.exclusively(async () => {
    enterNamespace(namespace.name);
    try {
      return await work();
    } finally {
      leave();
    }
  });
}

/** What differs, in words; empty: it is whole. */
export async function whatDiffers(
  gateway: GatewayUnderTest,
  before: readonly string[],
): Promise<readonly string[]> {
  const differences = difference(before, await snapshotOf(gateway));
  if (differences.length > 0) return differences.map((line) => `${gateway.side}: ${line}`);
  const { changes } = await planOf(gateway);
  return changes.map((change) => `${gateway.side}: plan: ${JSON.stringify(change)}`);
}
