/** `wamptcp lab status`: one lab, or all that are up. */
import { labStatuses } from '../lab/status.ts';
import { recordedLabs } from '../lab/record.ts';
import { WamptcpError } from '../lib/errors.ts';
import { noSuchLab } from './lab-choice.ts';
import { labText } from './lab-text.ts';
import { EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export async function labStatusCommand(
  name: string | undefined,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  requireRoot();
  if (name !== undefined) {
    const known = await recordedLabs();
    if (!known.includes(name)) throw noSuchLab(name, known);
  }
  const labs = await labStatuses(name);
  if (options.json) printJson({ labs });
  else if (labs.length > 0) print(labs.map(labText).join('\n\n'));
  if (name !== undefined && labs.length === 0) {
    throw new WamptcpError('LAB_RECORD', `the record of lab ${name} is of another version`, {
      advice: `\`wamptcp lab down ${name}\` removes the lab.`,
    });
  }
  if (labs.length === 0 && !options.json) print('No lab is up.');
  return EXIT.done;
}
