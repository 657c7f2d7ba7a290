/** `wamptcp wan drain|restore NAME`: a planned handoff, without loss. */
import { notifyDaemon } from '../daemon/api-client.ts';
import { nothingApplied } from '../daemon/gateway.ts';
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
  const onlyOne = names.every((other) => other === name || decisions.drainedWans.includes(other));
  print(
    action === 'restore'
      ? `${name} is restored; traffic returns as soon as both ends agree that it is up.`
      : onlyOne
        ? `${name} is drained, but there is no other WAN: traffic stays on it.`
        : `${name} is drained; its traffic goes by its detours, on both ends.`,
  );
  return EXIT.done;
}
