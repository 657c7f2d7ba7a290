/** `wamptcp wan drain|restore NAME`: a planned handoff, without loss. */
import type { SiteConfig } from '../config/site.ts';
import { notifyDaemon } from '../daemon/api-client.ts';
import { nothingApplied } from '../daemon/gateway-errors.ts';
import { localGateway } from './gateway.ts';
import { BadInput, EXIT, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';

export async function wanCommand(
  action: 'drain' | 'restore',
  name: string,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const { gateway, directory } = localGateway();
  const { applied, decisions } = await gateway.state();
  if (applied === undefined) throw nothingApplied();
  const names = applied.site.wans.map((wan) => wan.name);
  if (!names.includes(name)) {
    throw new BadInput(
      `site ${applied.site.site} has no WAN ${name}`,
      `It has ${names.join(', ')}.`,
    );
  }
  const isDrained = decisions.drainedWans.includes(name);
  if (isDrained === (action === 'drain')) {
    if (options.json) printJson({ wan: name, drained: isDrained, changed: false });
    else print(isDrained ? `${name} is drained already.` : `${name} is not drained.`);
    return EXIT.done;
  }
  await gateway.decide((before) => ({
    ...before,
    drainedWans:
      action === 'drain'
        ? [...before.drainedWans, name]
        : before.drainedWans.filter((other) => other !== name),
  }));
  await notifyDaemon(directory.api);
  if (options.json) {
    printJson({ wan: name, drained: action === 'drain', changed: true });
    return EXIT.done;
  }
  const left = names.filter((other) => other !== name && !decisions.drainedWans.includes(other));
  const { peers } = applied.site;
  print(action === 'restore' ? restoredText(name, peers) : drainedText(name, peers, left));
  return EXIT.done;
}

/** Without peers there is no other end, and connections cannot be moved. */
function restoredText(name: string, peers: SiteConfig['peers']): string {
  return peers.length === 0
    ? `${name} is restored; new connections take it as soon as its targets answer.`
    : `${name} is restored; traffic returns as soon as both ends agree that it is up.`;
}

/** @param left the other WANs that are not drained. */
function drainedText(name: string, peers: SiteConfig['peers'], left: readonly string[]): string {
  if (left.length === 0)
    return `${name} is drained, but there is no other WAN: traffic stays on it.`;
  return peers.length === 0
    ? `${name} is drained; new connections go elsewhere, those that there are end on it.`
    : `${name} is drained; its traffic goes by its detours, on both ends.`;
}
