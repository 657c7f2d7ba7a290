/**
 * A new BFD session in place of one that cannot send.
 *
 * Always holds: only this session begins anew. The engine ends a session when the address that it is
 * from goes, and begins one when it comes; a new configuration would leave it as it is.
 */
import type { PathPlan } from '../../plan/path.ts';
import type { AddressResource } from '../../plan/resource.ts';
import { run } from '../../system/command.ts';
import { commandsFor } from './command.ts';

export async function renewSession({
  device,
  localAddress,
}: Pick<PathPlan, 'device' | 'localAddress'>): Promise<void> {
  const resource: AddressResource = {
    kind: 'address',
    interface: device,
    address: localAddress,
    length: 64,
  };
  for (const action of ['remove', 'add'] as const) {
    for (const command of commandsFor({ action, resource, reason: 'a session without a socket' })) {
      if ('run' in command) await run(command.run);
    }
  }
}
