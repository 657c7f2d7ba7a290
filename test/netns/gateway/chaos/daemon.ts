/**
 * A program: the daemon as `wamptcp run` starts it, but with a wall clock that can be stepped. Its arguments are
 * a file with the milliseconds that are added to the time, read again at SIGUSR2, and the site file.
 */
import { readFileSync } from 'node:fs';

import { localGateway } from '../../../../src/cli/gateway.ts';
import { loadSiteFile } from '../../../../src/cli/site-file.ts';
import { Daemon } from '../../../../src/daemon/daemon.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { createLogger } from '../../../../src/lib/logger.ts';

const [clock = '', config = ''] = process.argv.slice(2);

let step = 0;
function readStep(): void {
  try {
    step = Number(readFileSync(clock, 'utf8'));
  } catch {
    // It was never stepped.
  }
}
readStep();
process.on('SIGUSR2', readStep);

const { site, file } = await loadSiteFile(config);
const daemon = new Daemon({
  ...{ site, file, version: 'chaos' },
  ...localGateway(),
  clock: { monotonic: () => systemClock.monotonic(), wall: () => systemClock.wall() + step },
  log: createLogger(),
});
const stopped = new Promise<void>((resolve) => {
  process.on('SIGTERM', () => {
    resolve();
  });
});
await daemon.start();
await stopped;
await daemon.stop();
