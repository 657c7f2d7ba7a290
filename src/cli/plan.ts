/** `wamptcp plan`: what would change here, and why; changes nothing. */
import { findWarnings } from '../daemon/warnings.ts';
import { changeJson, changeList, changeSummary, waitingList } from './changes.ts';
import { localGateway } from './gateway.ts';
import { complain, EXIT, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';
import { loadSiteFile } from './site-file.ts';
import { printWarnings } from './warnings.ts';

export interface PlanOptions {
  readonly config: string;
  readonly json: boolean;
  readonly commands: boolean;
}

export async function planCommand(options: PlanOptions): Promise<ExitCode> {
  const { site } = await loadSiteFile(options.config);
  const { gateway } = localGateway();
  const { changes, conflicts, desired } = await gateway.plan(site);
  const waiting = desired?.waiting ?? [];
  if (options.json) {
    printJson({
      site: site.site,
      changes: changes.map((change) => changeJson(change, gateway.dataplane)),
      conflicts: conflicts.map((conflict) => conflict.reason),
      waiting,
      warnings: (await findWarnings(site)).warnings,
    });
  } else {
    if (changes.length > 0) print(changeList(changes, gateway.dataplane, options.commands));
    if (waiting.length > 0) print(waitingList(waiting));
    print(changes.length === 0 ? 'Nothing to change.' : `${changeSummary(changes)}.`);
    await printWarnings(site);
    for (const conflict of conflicts) complain(`error: ${conflict.reason}`);
  }
  return conflicts.length === 0 ? EXIT.done : EXIT.failed;
}
