/**
 * What is written down about a lab: its plan, before anything of it is made, and its faults.
 *
 * Always holds: whatever exists of a lab is in its record or carries its mark, so the next command
 * finds it, however the last one ended.
 */
import { readdir } from 'node:fs/promises';

import { WamptcpError } from '../lib/errors.ts';
import { parseJson } from '../lib/json.ts';
import { isMissing, readIfPresent, replaceFile, writeAtomically } from '../system/file.ts';
import { RUN_ROOT } from '../system/run-directory.ts';
import type { RecordedFault } from './fault/fault-times.ts';
import type { ImpairmentKind } from './link/netem.ts';
import { labDirectory } from './names.ts';
import type { LabPlan } from './plan.ts';

const VERSION = 3;

export interface LabRecord {
  readonly version: number;
  readonly plan: LabPlan;
  readonly impairment: ImpairmentKind;
  /** Wall clock, milliseconds. */
  readonly since: number;
  /** False while it is being made: it is not usable, or its maker was killed. */
  readonly complete: boolean;
  readonly daemons: readonly DaemonRecord[];
  readonly rooms: readonly RoomRecord[];
}

export interface StartedProcess {
  readonly pid: number;
  /** Clock ticks since boot, from /proc: a process with another one only got the same number. */
  readonly started: number;
}

/** The process that holds the file system of a host open, see client/room.ts. */
export interface RoomRecord extends StartedProcess {
  readonly host: string;
}

export interface DaemonRecord extends StartedProcess {
  readonly gateway: string;
}

/** By line. */
export type FaultRecord = Readonly<Record<string, readonly RecordedFault[]>>;

export async function readRecord(lab: string): Promise<LabRecord | undefined> {
  const text = await readIfPresent(labDirectory(lab).record);
  if (text === undefined) return undefined;
  const record = parseJson(text) as LabRecord | undefined;
  return record?.version === VERSION ? record : undefined;
}

export async function writeRecord(record: Omit<LabRecord, 'version'>): Promise<void> {
  const text = JSON.stringify({ ...record, version: VERSION });
  await writeAtomically(labDirectory(record.plan.name).record, text);
}

export async function readFaults(lab: string): Promise<FaultRecord> {
  const text = await readIfPresent(labDirectory(lab).faults);
  return text === undefined ? {} : ((parseJson(text) as FaultRecord | undefined) ?? {});
}

/** @throws LAB_NOT_UP when the lab was taken down meanwhile: nothing of it is made again */
export async function writeFaults(lab: string, faults: FaultRecord): Promise<void> {
  try {
    await replaceFile(labDirectory(lab).faults, JSON.stringify(faults));
  } catch (error) {
    throw isMissing(error) ? notUp(lab, undefined) : error;
  }
}

/** Names of the labs on this machine, complete or not. */
export async function recordedLabs(): Promise<readonly string[]> {
  try {
    const files = await readdir(RUN_ROOT);
    return files.flatMap((file) => /^lab-([a-z0-9-]+)\.json$/.exec(file)?.[1] ?? []).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The record of a lab that is up; throws when there is none. */
export async function requireRecord(lab: string): Promise<LabRecord> {
  const record = await readRecord(lab);
  if (record?.complete === true) return record;
  throw notUp(lab, record);
}

export function notUp(lab: string, record: LabRecord | undefined): WamptcpError {
  return new WamptcpError(
    'LAB_NOT_UP',
    record === undefined ? `no lab ${lab} is up` : `lab ${lab} is not complete`,
    {
      advice:
        record === undefined
          ? '`wamptcp lab status` lists the labs that are.'
          : `Its \`lab up\` is still at work or was killed; \`wamptcp lab down ${lab}\` clears it.`,
    },
  );
}
