/** `wamptcp run`: the daemon, in the foreground; SIGTERM or SIGINT ends it, forwarding goes on. */
import packageJson from '../../package.json' with { type: 'json' };
import { Daemon } from '../daemon/daemon.ts';
import { systemClock } from '../lib/clock.ts';
import { createLogger } from '../lib/logger.ts';
import { localGateway } from './gateway.ts';
import { EXIT } from './output.ts';
import type { ExitCode } from './output.ts';
import { loadSiteFile } from './site-file.ts';

export async function runDaemonCommand(options: { readonly config: string }): Promise<ExitCode> {
  const { site, file } = await loadSiteFile(options.config);
  const daemon = new Daemon({
    site,
    file,
    version: packageJson.version,
    ...localGateway(),
    clock: systemClock,
    log: createLogger(),
  });
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      // Not `once`: execa kills us by the same signal when it finds no listener but its own.
      process.on(signal, () => {
        resolve();
      });
  });
  await daemon.start();
  await stopped;
  await daemon.stop();
  return EXIT.done;
}
