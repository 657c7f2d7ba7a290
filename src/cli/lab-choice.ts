/** Which lab a command is about: the one that is named, or else the only one there is. */
import { recordedLabs } from '../lab/record.ts';
import { BadInput } from './output.ts';

/** @param name as given with --lab; WAMPTCP_LAB in the environment counts as given. */
export async function chooseLab(name: string | undefined): Promise<string> {
  const given = name ?? process.env['WAMPTCP_LAB'];
  if (given !== undefined && given !== '') return given;
  const [only, ...more] = await recordedLabs();
  if (only === undefined) {
    throw new BadInput('no lab is up', 'Make one: `wamptcp lab up examples/lab/two-wans.yaml`.');
  }
  if (more.length === 0) return only;
  const names = [only, ...more].join(', ');
  const advice = `Name one of ${names}: \`lab down NAME\`, \`lab exec --lab NAME …\`.`;
  throw new BadInput('several labs are up', advice);
}
