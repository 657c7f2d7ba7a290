/** `wamptcp wan drain|restore NAME`: a planned handoff, without loss. By the daemon, where one answers. */
import { notifyDaemon, requestDrain } from '../daemon/api-client.ts';
import { setDrained } from '../daemon/drain.ts';
import type { DrainOutcome, DrainRequest } from '../daemon/drain.ts';
import { lastWayPlaces } from '../daemon/last-way.ts';
import { WamptcpError } from '../lib/errors.ts';
import { runDirectory } from '../system/run-directory.ts';
import { EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export async function wanCommand(
  action: 'drain' | 'restore',
  name: string,
  options: { readonly json: boolean; readonly force: boolean },
): Promise<ExitCode> {
  const request = { wan: name, action, force: options.force };
  requireRoot();
  const outcome = await setAnywhere(runDirectory().api, request);
  const { changed } = outcome;
  if (options.json) printJson({ wan: name, drained: action === 'drain', changed });
  else print(changed ? changedText(request, outcome) : sameText(request));
  return EXIT.done;
}

/** A daemon that does not answer keeps nobody from draining. */
async function setAnywhere(socket: string, request: DrainRequest): Promise<DrainOutcome> {
  let isSilent = false;
  try {
    const made = await requestDrain(socket, request);
    if (made !== undefined) return made;
  } catch (error) {
    if (!(error instanceof WamptcpError) || !DAEMON_TROUBLES.has(error.code)) throw error;
    isSilent = error.code === 'DAEMON_SILENT';
  }
  // Loaded only where it is needed.
  const { localGateway } = await import('./gateway.ts');
  const outcome = await setDrained(localGateway().gateway, request);
  // One that was silent has been asked, and sees it when it goes on.
  if (!isSilent) await notifyDaemon(socket);
  return outcome;
}

/** It has not refused: it did not understand, or was not able to say anything. */
const DAEMON_TROUBLES = new Set(['DAEMON_SILENT', 'DAEMON_FAILED', 'DAEMON_VERSION']);

function sameText({ wan, action }: DrainRequest): string {
  return action === 'drain' ? `${wan} is drained already.` : `${wan} is not drained.`;
}

function changedText({ wan, action }: DrainRequest, { last, peers }: DrainOutcome): string {
  if (last.length > 0) {
    const places = lastWayPlaces(last);
    return `${wan} is drained, but nothing else leads to ${places}: that traffic stays on ${wan}.`;
  }
  if (action === 'drain') {
    return peers
      ? `${wan} is drained; its traffic goes by its detours, on both ends.`
      : `${wan} is drained; new connections go elsewhere, those that there are end on it.`;
  }
  // Without peers there is no other end, and connections cannot be moved.
  return peers
    ? `${wan} is restored; traffic returns as soon as both ends agree that it is up.`
    : `${wan} is restored; new connections take it as soon as its targets answer.`;
}
