/** `wamptcp lab status`: one lab, or all that are up. */
import { labStatuses } from '../lab/status.ts';
import { labText } from './lab-text.ts';
import { complain, EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export async function labStatusCommand(
  name: string | undefined,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  requireRoot();
  const labs = await labStatuses(name);
  if (options.json) printJson({ labs });
  else if (labs.length > 0) print(labs.map(labText).join('\n\n'));
  if (name !== undefined && labs.length === 0) {
    complain(`error: no lab ${name} is up`);
    return EXIT.failed;
  }
  if (labs.length === 0 && !options.json) print('No lab is up.');
  return EXIT.done;
}
