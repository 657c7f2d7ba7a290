/**
 * `wamptcp run`: the daemon, in the foreground; SIGTERM, SIGINT or a lost terminal ends it, forwarding
 * goes on.
 */
import packageJson from '../../package.json' with { type: 'json' };
import { Daemon } from '../daemon/daemon.ts';
import { systemClock } from '../lib/clock.ts';
import { createLogger } from '../lib/logger.ts';
import { keepFromTerminal } from '../system/command.ts';
import { localGateway } from './gateway.ts';
import { EXIT } from './output.ts';
import type { ExitCode } from './output.ts';
import { loadSiteFile } from './site-file.ts';

export interface RunOptions {
  readonly config: string;
  readonly replaceSite: boolean;
}

export async function runDaemonCommand(options: RunOptions): Promise<ExitCode> {
  const { site, file, text } = await loadSiteFile(options.config);
  const daemon = new Daemon({
    ...{ site, file, text },
    replaceSite: options.replaceSite,
    version: packageJson.version,
    ...localGateway(),
    clock: systemClock,
    log: createLogger(),
  });
  // A Ctrl-C is for us, and not for a command in the middle of a change.
  keepFromTerminal();
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
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
