/**
 * A new BFD session in place of one that lacks a socket.
 *
 * Always holds: only this session begins anew, and its address is there afterwards. The engine ends a
 * session when the address that it is from goes, and begins one when it comes; a new configuration
 * would leave it as it is.
 */
import { TUNNEL_PREFIX_LENGTH } from '../../plan/ids.ts';
import type { PathPlan } from '../../plan/path.ts';
import type { AddressResource } from '../../plan/resource.ts';
import { run } from '../../system/command.ts';
import { isReached } from '../../system/is-reached.ts';
import type { RunDirectory } from '../../system/run-directory.ts';
import { commandsFor } from './command.ts';
import { control } from './engine.ts';

/** Another address of the device may keep the session. */
const PATIENCE_MS = 1000;

export async function renewSession(
  directory: RunDirectory,
  { device, localAddress, farAddress }: PathPlan,
): Promise<void> {
  const own: AddressResource = {
    kind: 'address',
    interface: device,
    address: localAddress,
    length: TUNNEL_PREFIX_LENGTH,
  };
  const isGone = async (): Promise<boolean> =>
    !(await control(directory, 'show', 'bfd', 'sessions')).includes(`\n${farAddress} `);
  await perform('remove', own);
  try {
    // An address that is back at once is the same to the engine, and so is the session.
    await isReached(isGone, PATIENCE_MS);
  } finally {
    await perform('add', own);
  }
}

async function perform(action: 'add' | 'remove', resource: AddressResource): Promise<void> {
  for (const command of commandsFor({ action, resource, reason: 'a session without a socket' })) {
    if ('run' in command) await run(command.run);
  }
}
