/** `wamptcp down`: removes everything it owns, nothing else. */
import { notifyDaemon } from '../daemon/api-client.ts';
import { discardState } from './discard-state.ts';
import { localGateway } from './gateway.ts';
import { Interruption } from './interruption.ts';
import { noteReport } from './journal.ts';
import { BadInput } from './output.ts';
import type { ExitCode } from './output.ts';
import { printProgress, printReport } from './report.ts';
import { loadSiteFile } from './site-file.ts';

export interface DownOptions {
  readonly config: string | undefined;
  readonly json: boolean;
  readonly discardState: boolean;
}

export async function downCommand(options: DownOptions): Promise<ExitCode> {
  const local = localGateway();
  const { gateway, directory } = local;
  if (options.config === undefined) {
    if (options.discardState) {
      throw new BadInput('--discard-state needs -c FILE', 'The file says what to look for.');
    }
  } else {
    const { site } = await loadSiteFile(options.config);
    if (options.discardState) await discardState(local, site);
    const { applied } = await gateway.state();
    if (applied !== undefined && applied.site.site !== site.site) {
      throw new BadInput(
        `${options.config} is site ${site.site}, but ${applied.site.site} is applied here`,
        `Give ${applied.file}, or leave -c away.`,
      );
    }
  }
  const interruption = new Interruption('stop');
  const report = await gateway.down({
    stopped: interruption.stopped,
    ...(options.json ? {} : { progress: printProgress }),
  });
  noteReport(directory, report, 'the site is taken down', 'down', interruption.why);
  await notifyDaemon(directory.api);
  const code = printReport(report, gateway, options.json, 'Everything of ours is removed.');
  if (report.failure === undefined) interruption.tellIfLate();
  interruption.end();
  return code;
}
