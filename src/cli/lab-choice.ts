/** Which lab a command is about: the one that is named, or else the only one there is. */
import { recordedLabs } from '../lab/record.ts';
import { BadInput } from './output.ts';

/** @param name as given with --lab; WAMPTCP_LAB in the environment counts as given. */
export async function chooseLab(name: string | undefined): Promise<string> {
  const given = name ?? process.env['WAMPTCP_LAB'];
  const labs = await recordedLabs();
  if (given !== undefined && given !== '') {
    if (labs.includes(given)) return given;
    throw noSuchLab(given, labs);
  }
  const [only, ...more] = labs;
  if (only === undefined) {
    throw new BadInput('no lab is up', 'Make one: `wamptcp lab up examples/lab/two-wans.yaml`.');
  }
  if (more.length === 0) return only;
  const names = [only, ...more].join(', ');
  const advice = `Name one of ${names}: \`lab down NAME\`, \`lab exec --lab NAME …\`.`;
  throw new BadInput('several labs are up', advice);
}

/** @param labs those that there are, complete or not. */
export function noSuchLab(given: string, labs: readonly string[]): BadInput {
  return new BadInput(
    `there is no lab ${given}`,
    labs.length === 0
      ? 'No lab is up; make one: `wamptcp lab up examples/lab/two-wans.yaml`.'
      : `There ${labs.length === 1 ? 'is' : 'are'} ${labs.join(', ')}.`,
  );
}
