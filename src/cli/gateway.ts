/** The gateway of this network namespace, as the commands use it. */
import { Gateway } from '../daemon/gateway.ts';
import { KeptFile } from '../daemon/kept-sites.ts';
import { StateFile } from '../daemon/state-file.ts';
import { KernelDataplane } from '../dataplane/kernel/kernel.ts';
import { systemClock } from '../lib/clock.ts';
import { runDirectory } from '../system/run-directory.ts';
import type { RunDirectory } from '../system/run-directory.ts';
import { complain, errorText, requireRoot } from './output.ts';

export interface LocalGateway {
  readonly gateway: Gateway;
  readonly directory: RunDirectory;
}

export function localGateway(): LocalGateway {
  requireRoot();
  const directory = runDirectory();
  return {
    directory,
    gateway: new Gateway(
      new KernelDataplane(directory),
      new StateFile(directory.state),
      systemClock,
      new KeptFile(directory.kept),
      (error) => {
        complain(errorText(error).replace(/^error:/, 'warning:'));
      },
    ),
  };
}
