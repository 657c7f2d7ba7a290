/**
 * `wamptcp wan drain|restore NAME`: a planned handoff, without loss.
 *
 * Always holds: a WAN that is the only way to somewhere is drained only with `--force`, and then it is
 * said that traffic stays on it.
 */
import type { SiteConfig } from '../config/site.ts';
import { fetchStatus, notifyDaemon } from '../daemon/api-client.ts';
import { nothingApplied } from '../daemon/gateway-errors.ts';
import { lastWayPlaces, lastWays, lastWaysText } from '../daemon/last-way.ts';
import type { LastWay } from '../daemon/last-way.ts';
import { localGateway } from './gateway.ts';
import { BadInput, EXIT, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';

export async function wanCommand(
  action: 'drain' | 'restore',
  name: string,
  options: { readonly json: boolean; readonly force: boolean },
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
  // A daemon that does not answer keeps nobody from draining.
  const status = await fetchStatus(directory.api).catch(() => undefined);
  const last =
    action === 'drain' ? lastWays(applied.site, decisions.drainedWans, name, status) : [];
  if (last.length > 0 && !options.force) throw onlyWay(name, last);
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
  const { peers } = applied.site;
  print(action === 'restore' ? restoredText(name, peers) : drainedText(name, peers, last));
  return EXIT.done;
}

/** Without peers there is no other end, and connections cannot be moved. */
function restoredText(name: string, peers: SiteConfig['peers']): string {
  return peers.length === 0
    ? `${name} is restored; new connections take it as soon as its targets answer.`
    : `${name} is restored; traffic returns as soon as both ends agree that it is up.`;
}

function onlyWay(name: string, last: readonly LastWay[]): BadInput {
  return new BadInput(
    `${name} is not drained: ${lastWaysText(last)}`,
    `Restore or mend another WAN first. With --force it is drained all the same; that traffic then stays on ${name}.`,
  );
}

function drainedText(name: string, peers: SiteConfig['peers'], last: readonly LastWay[]): string {
  if (last.length > 0) {
    const places = lastWayPlaces(last);
    return `${name} is drained, but nothing else leads to ${places}: that traffic stays on ${name}.`;
  }
  return peers.length === 0
    ? `${name} is drained; new connections go elsewhere, those that there are end on it.`
    : `${name} is drained; its traffic goes by its detours, on both ends.`;
}
