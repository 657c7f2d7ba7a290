/**
 * The right to a lab's name.
 *
 * Always holds: one command at a time is at work on a lab, and a lab is made only where nothing has
 * its name.
 */
import { WamptcpError } from '../lib/errors.ts';
import { acquireLock } from '../system/lock.ts';
import type { Lock } from '../system/lock.ts';
import { existingNamespaces } from './namespace.ts';
import { namespacesOf } from './plan.ts';
import type { LabPlan } from './plan.ts';
import { readRecord } from './record.ts';
import { tearDown } from './tear-down.ts';

export async function lockLab(name: string): Promise<Lock> {
  const lock = await acquireLock(`lab/${name}`, 1000);
  if (lock !== undefined) return lock;
  throw new WamptcpError('LAB_BUSY', `another command is at work on lab ${name}`, {
    advice: 'Wait for it, or interrupt it: what it has made is then removed.',
  });
}

/** Throws when the name is taken; `replace`: a lab of that name is taken down first. */
export async function makeRoom(plan: LabPlan, replace: boolean): Promise<void> {
  if (replace) await tearDown(plan.name);
  if ((await readRecord(plan.name)) !== undefined) {
    throw new WamptcpError('LAB_EXISTS', `lab ${plan.name} is there already`, {
      advice: `\`wamptcp lab down ${plan.name}\` removes it; \`lab up --replace\` makes it anew.`,
    });
  }
  const existing = new Set(await existingNamespaces());
  const taken = namespacesOf(plan).filter((name) => existing.has(name));
  if (taken.length === 0) return;
  throw new WamptcpError(
    'LAB_NAME_TAKEN',
    `these network namespaces exist already: ${taken.join(', ')}`,
    {
      advice: `Give the lab another name with --name. If they are left of a lab whose record was lost, \`wamptcp lab down ${plan.name}\` removes those.`,
    },
  );
}
