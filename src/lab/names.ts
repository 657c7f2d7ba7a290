/**
 * How things of a lab are called in the kernel and in the file system.
 *
 * Always holds: a lab's name is in every name, nodes have no dot in theirs and the rest has, so two
 * things of one lab never share a name.
 */
import { join } from 'node:path';

import { RUN_ROOT } from '../system/run-directory.ts';
import { formatAttachment } from './topology/topology.ts';
import type { AttachmentName } from './topology/topology.ts';

export function nodeNamespace(lab: string, node: string): string {
  return `${lab}-${node}`;
}

export function coreNamespace(lab: string, line: string): string {
  return `${lab}-wan.${line}`;
}

export function accessNamespace(lab: string, line: string, attachment: AttachmentName): string {
  return `${lab}-wan.${line}.${formatAttachment(attachment)}`;
}

export function switchNamespace(lab: string, site: string, lan: string): string {
  return `${lab}-lan.${site}.${lan}`;
}

/** The interfaces of a middlebox: towards its hosts, and towards the gateway. */
export const INSIDE = 'inside';
export const OUTSIDE = 'outside';

/** The alias on the loopback of every namespace of a lab: no record can be lost that matters. */
export function namespaceMark(lab: string): string {
  return `wamptcp lab ${lab}`;
}

export interface LabDirectory {
  readonly path: string;
  /** What was made, or was about to be. Beside the directory, so that it goes last. */
  readonly record: string;
  readonly faults: string;
  readonly delaySocket: string;
}

export function labDirectory(lab: string): LabDirectory {
  const path = join(RUN_ROOT, `lab-${lab}`);
  return {
    path,
    record: `${path}.json`,
    faults: join(path, 'faults.json'),
    delaySocket: join(path, 'delay.sock'),
  };
}

export function nodeLog(lab: string, node: string): string {
  return join(labDirectory(lab).path, `${node}.log`);
}
