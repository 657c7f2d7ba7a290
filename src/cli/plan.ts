/**
 * `wamptcp plan`: whose file this is and what it finds here, then what would change, and why; changes
 * nothing.
 */
import type { Facts } from '../plan/facts.ts';
import type { Applied } from '../apply/state.ts';
import type { SiteConfig } from '../config/site.ts';
import { interfacesOf } from '../daemon/refusals.ts';
import { findWarnings } from '../daemon/warnings.ts';
import { changeJson, changeList, changeSummary, waitingList } from './changes.ts';
import { localGateway } from './gateway.ts';
import { colours, complain, EXIT, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';
import { loadSiteFile } from './site-file.ts';
import { printWarnings } from './warnings.ts';

export interface PlanOptions {
  readonly config: string;
  readonly json: boolean;
  readonly commands: boolean;
}

export async function planCommand(options: PlanOptions): Promise<ExitCode> {
  const { site, file } = await loadSiteFile(options.config);
  const { gateway } = localGateway();
  const { applied } = await gateway.state();
  const { changes, conflicts, desired, facts } = await gateway.plan(site);
  const waiting = desired?.waiting ?? [];
  const interfaces = interfacesHere(site, facts);
  if (options.json) {
    printJson({
      site: site.site,
      file,
      applied: applied === undefined ? null : { site: applied.site.site, file: applied.file },
      interfaces: interfaces.map(({ name, wan, present }) => ({ name, wan: wan ?? null, present })),
      changes: changes.map((change) => changeJson(change, gateway.dataplane)),
      conflicts: conflicts.map((conflict) => conflict.reason),
      waiting,
      warnings: (await findWarnings(site)).warnings,
    });
  } else {
    print(siteLine(site, file, applied));
    print(interfacesLine(interfaces));
    if (changes.length > 0) print(changeList(changes, gateway.dataplane, options.commands));
    if (waiting.length > 0) print(waitingList(waiting));
    print(changes.length === 0 ? 'Nothing to change.' : `${changeSummary(changes)}.`);
    await printWarnings(site);
    for (const conflict of conflicts) complain(`error: ${conflict.reason}`);
  }
  return conflicts.length === 0 ? EXIT.done : EXIT.failed;
}

interface InterfaceHere {
  readonly name: string;
  readonly wan: string | undefined;
  readonly present: boolean;
}

function interfacesHere(site: SiteConfig, { interfaces }: Facts): readonly InterfaceHere[] {
  return interfacesOf(site).map((one) => ({ ...one, present: interfaces.has(one.name) }));
}

function siteLine({ site }: SiteConfig, file: string, applied: Applied | undefined): string {
  const now =
    applied === undefined
      ? 'no site is applied here now'
      : applied.site.site === site
        ? 'it is applied here now'
        : colours.red(
            `site ${applied.site.site} is applied here now, and is replaced only with --replace-site`,
          );
  return `Site ${colours.bold(site)} of ${file}; ${now}.`;
}

function interfacesLine(interfaces: readonly InterfaceHere[]): string {
  const names = interfaces.map(({ name, wan, present }) => {
    const text = `${name} (${wan ?? 'LAN'}) ${present ? 'present' : 'absent'}`;
    return present ? text : colours.red(text);
  });
  return `Interfaces: ${names.join(', ')}.`;
}
