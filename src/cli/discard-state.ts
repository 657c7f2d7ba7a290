/** `--discard-state`: the way out when the state cannot be read. */
import type { SiteConfig } from '../config/site.ts';
import { StateFile } from '../daemon/state-file.ts';
import { WamptcpError } from '../lib/errors.ts';
import type { LocalGateway } from './gateway.ts';

/** @throws when the state can be read: what it knows is needed */
export async function discardState(
  { gateway, directory }: LocalGateway,
  site: SiteConfig,
): Promise<void> {
  await gateway.exclusively(async () => {
    const readable = await gateway.state().then(
      () => true,
      () => false,
    );
    if (readable) {
      throw new WamptcpError('STATE_READABLE', `${directory.state} can be read`, {
        advice:
          'Leave --discard-state away: the state says what was there before. Nothing was changed.',
      });
    }
    await new StateFile(directory.state).discard(site);
  });
}
