/** `wamptcp events`: what happened, newest last. */
import { followEvents } from '../daemon/api-client.ts';
import { readEvents } from '../daemon/event-journal.ts';
import { formatEvent } from '../observe/event.ts';
import type { Event } from '../observe/event.ts';
import { runDirectory } from '../system/run-directory.ts';
import { complain, EXIT, print, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export interface EventsOptions {
  readonly json: boolean;
  readonly follow: boolean;
}

/** With --json one object per line, so that a reader of a stream can begin at once. */
export async function eventsCommand(options: EventsOptions): Promise<ExitCode> {
  requireRoot();
  const { events, api } = runDirectory();
  const show = (event: Event): void => {
    print(options.json ? JSON.stringify(event) : formatEvent(event));
  };
  for (const event of await readEvents(events)) show(event);
  if (!options.follow) return EXIT.done;
  // Only the daemon writes these lines.
  const ended = await followEvents(api, (line) => {
    show(JSON.parse(line) as Event);
  });
  complain(ended ? 'The daemon has stopped.' : 'No daemon runs here; nothing to follow.');
  return EXIT.failed;
}
