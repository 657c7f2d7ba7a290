/** `wamptcp down`: removes everything it owns, nothing else. */
import { notifyDaemon } from '../daemon/api-client.ts';
import { localGateway } from './gateway.ts';
import { BadInput } from './output.ts';
import type { ExitCode } from './output.ts';
import { printProgress, printReport } from './report.ts';
import { loadSiteFile } from './site-file.ts';

export interface DownOptions {
  readonly config: string | undefined;
  readonly json: boolean;
}

export async function downCommand(options: DownOptions): Promise<ExitCode> {
  const { gateway, directory } = localGateway();
  if (options.config !== undefined) {
    const { site } = await loadSiteFile(options.config);
    const { applied } = await gateway.state();
    if (applied !== undefined && applied.site.site !== site.site) {
      throw new BadInput(
        `${options.config} is site ${site.site}, but ${applied.site.site} is applied here`,
        `Give ${applied.file}, or leave -c away.`,
      );
    }
  }
  const report = await gateway.down(options.json ? {} : { progress: printProgress });
  await notifyDaemon(directory.api);
  return printReport(report, gateway, options.json, 'Everything of ours is removed.');
}
