/**
 * Applies faults to the lines of a lab and remembers them.
 *
 * Always holds: one fault at a time per lab, also between processes; what is written down is what
 * the kernel has, except between the two, and any later fault sets the whole state of its line anew.
 */
import { systemClock } from '../../lib/clock.ts';
import { WamptcpError } from '../../lib/errors.ts';
import type { Milliseconds } from '../../net/duration.ts';
import { acquireLock } from '../../system/lock.ts';
import { replug, unplug } from '../build/access.ts';
import { runCommands } from '../link/command.ts';
import { DIRECTIONS } from '../link/direction.ts';
import type { Delaying } from '../link/held-packets.ts';
import type { Impairment } from '../link/impairment.ts';
import type { Attachment, LabLine, LabPlan } from '../plan.ts';
import { notUp, readFaults, writeFaults } from '../record.ts';
import type { FaultRecord } from '../record.ts';
import { afterFault, cutSets, impairmentOf, isUnplugged, keyOf } from './active-faults.ts';
import type { ActiveFault, Scope } from './active-faults.ts';
import { Cutter } from './cutter.ts';
import { parseTarget } from './fault.ts';
import type { Fault } from './fault.ts';
import { changeOf, withoutTime } from './fault-times.ts';
import type { FaultChange } from './fault-times.ts';

export interface AppliedFault {
  /** CLOCK_MONOTONIC, right after it took effect. */
  readonly at: Milliseconds;
  /** What the line suffers from now on. */
  readonly active: readonly ActiveFault[];
  readonly change: FaultChange;
}

const LOCK_PATIENCE_MS = 5000;

export class FaultDesk {
  readonly #plan: LabPlan;
  readonly #impairment: Impairment;
  readonly #cutters = new Map<string, Cutter>();
  #closed = false;

  constructor(plan: LabPlan, impairment: Impairment) {
    this.#plan = plan;
    this.#impairment = impairment;
  }

  async active(): Promise<FaultRecord> {
    return readFaults(this.#plan.name);
  }

  async apply(target: string, fault: Fault): Promise<AppliedFault> {
    const { line, scope } = this.#resolve(target, fault);
    const lock = await acquireLock(`lab-faults/${this.#plan.name}`, LOCK_PATIENCE_MS);
    if (lock === undefined) {
      throw new WamptcpError('LAB_BUSY', 'another command changes the faults of this lab', {
        advice: 'Try again when it is done.',
      });
    }
    try {
      const all = await readFaults(this.#plan.name);
      const before = all[line.name] ?? [];
      const active = afterFault(before, fault, scope);
      const at = await this.#enact(line, before, active);
      const change = changeOf(before, active, at);
      await writeFaults(this.#plan.name, { ...all, [line.name]: change.recorded });
      return { at, active: active.map(withoutTime), change };
    } finally {
      await lock.release();
    }
  }

  /** Has a knife ready at every line. */
  async prepare(): Promise<void> {
    const all = await readFaults(this.#plan.name);
    for (const line of this.#plan.lines) {
      await this.#cutter(line).set(cutSets(line, all[line.name] ?? []));
    }
  }

  /** What is asked for afterwards is refused: a knife that nobody puts away keeps this process alive. */
  close(): void {
    this.#closed = true;
    for (const cutter of this.#cutters.values()) cutter.close();
    this.#cutters.clear();
  }

  /** The last thing that is done is what the fault is about, so that the time is that of the fault. */
  async #enact(
    line: LabLine,
    before: readonly ActiveFault[],
    active: readonly ActiveFault[],
  ): Promise<Milliseconds> {
    let at = systemClock.monotonic();
    for (const attachment of line.attachments) {
      if (!isUnplugged(attachment, before) && isUnplugged(attachment, active)) {
        await runCommands(unplug(attachment));
      } else if (isUnplugged(attachment, before) && !isUnplugged(attachment, active)) {
        await this.#replug(line, attachment, active);
      } else continue;
      at = systemClock.monotonic();
    }
    for (const attachment of line.attachments) {
      for (const direction of DIRECTIONS) {
        const now = impairmentOf(attachment, active, direction);
        if (isSame(now, impairmentOf(attachment, before, direction))) continue;
        await this.#impairment.set(attachment.access.namespace, direction, now);
        at = systemClock.monotonic();
      }
    }
    if (!sameCut(line, before, active)) at = await this.#cutter(line).set(cutSets(line, active));
    return at;
  }

  async #replug(
    line: LabLine,
    attachment: Attachment,
    active: readonly ActiveFault[],
  ): Promise<void> {
    await runCommands(replug(attachment, this.#plan.lines.indexOf(line), this.#impairment.kind));
    // With netem the new cable has the line's own delay, and not what a fault has added.
    if (this.#impairment.kind === 'netem') {
      const how = impairmentOf(attachment, active, 'down');
      await this.#impairment.set(attachment.access.namespace, 'down', how);
    }
  }

  #cutter(line: LabLine): Cutter {
    const known = this.#cutters.get(line.name);
    if (this.#closed) throw notUp(this.#plan.name, undefined);
    if (known !== undefined && !known.ended) return known;
    const cutter = new Cutter(line.core);
    this.#cutters.set(line.name, cutter);
    return cutter;
  }

  #resolve(target: string, fault: Fault): { line: LabLine; scope: Scope } {
    const { line: name, site } = parseTarget(target);
    const line = this.#plan.lines.find((each) => each.name === name);
    if (line === undefined) {
      throw badFault(
        `lab ${this.#plan.name} has no line ${name}`,
        `It has ${this.#plan.lines.map((each) => each.name).join(', ')}.`,
      );
    }
    if (fault.kind === 'oneway') {
      if (site !== undefined && site !== fault.from) {
        throw badFault('two sites for one fault', `Write \`${name} oneway ${fault.from}\`.`);
      }
      return { line, scope: keyOf(attachmentOf(line, fault.from)) };
    }
    if (site !== undefined) return { line, scope: keyOf(attachmentOf(line, site)) };
    const [first] = line.attachments;
    // A cable has two ends; that of the site named first is the one meant.
    return { line, scope: fault.kind === 'unplug' && first !== undefined ? keyOf(first) : null };
  }
}

/** By its site, where that is on the line once, or by site and WAN. */
function attachmentOf(line: LabLine, text: string): Attachment {
  const exact = line.attachments.find((each) => keyOf(each) === text);
  const [one, ...more] = line.attachments.filter(({ name }) => name.site === text);
  const found = exact ?? (more.length === 0 ? one : undefined);
  if (found !== undefined) return found;
  throw badFault(
    one === undefined
      ? `${text} is not on line ${line.name}`
      : `${text} is on line ${line.name} with several WANs`,
    `Choose one of ${line.attachments.map(keyOf).join(', ')}.`,
  );
}

function badFault(message: string, advice: string): WamptcpError {
  return new WamptcpError('LAB_BAD_FAULT', message, { advice });
}

function isSame(one: Delaying, other: Delaying): boolean {
  return one.delay === other.delay && one.loss === other.loss;
}

function sameCut(
  line: LabLine,
  before: readonly ActiveFault[],
  active: readonly ActiveFault[],
): boolean {
  return JSON.stringify(cutSets(line, before)) === JSON.stringify(cutSets(line, active));
}
