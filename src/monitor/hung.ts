/**
 * Whether a program that runs does its work still, by looking at it again and again; pure.
 *
 * Always holds: a program that uses the processor is busy and not hung, for {@link BUSY_LOOKS}; one that
 * was stopped is hung at the second look, since a debugger or a snapshot may hold it for a moment.
 */

export interface Look {
  readonly pid: number;
  /** proc(5): `T` stopped, `t` traced, `S`, `R`, `D` … */
  readonly state: string;
  /** Processor time that it has used so far, in any unit. */
  readonly used: number;
  /** Whether it answered what it was asked. */
  readonly answered: boolean;
}

const STOPPED_LOOKS = 2;
/** Each lasts two seconds or more, since so long an answer is waited for. */
const SILENT_LOOKS = 3;
/** A minute and more: an engine may read a large configuration. */
const BUSY_LOOKS = 30;

export class HungJudge {
  #last: Look | undefined;
  #stopped = 0;
  #silent = 0;
  #idle = 0;

  /** @returns why it is to be ended, in words; undefined: it is not. */
  look(look: Look): string | undefined {
    const same = this.#last?.pid === look.pid;
    const idle = same && this.#last?.used === look.used;
    this.#last = look;
    this.#stopped = isStopped(look) ? (same ? this.#stopped : 0) + 1 : 0;
    this.#silent = look.answered ? 0 : (same ? this.#silent : 0) + 1;
    this.#idle = look.answered || !idle ? 0 : this.#idle + 1;
    if (this.#stopped >= STOPPED_LOOKS) return 'it was stopped by a signal';
    // The first look has nothing to be compared with.
    if (this.#idle >= SILENT_LOOKS - 1 && this.#silent >= SILENT_LOOKS) return 'it did not answer';
    if (this.#silent >= BUSY_LOOKS) return 'it was busy for a minute and did not answer';
    return undefined;
  }
}

export function isStopped({ state }: Pick<Look, 'state'>): boolean {
  return state === 'T' || state === 't';
}

/** `/proc/PID/stat`; undefined: it is not understood. @see proc(5) */
export function parseProcessStat(
  text: string,
): { readonly state: string; readonly used: number } | undefined {
  // The name, in parentheses, may itself hold spaces and parentheses.
  const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[10]), Number(fields[11])];
  if (state === undefined || !Number.isFinite(user) || !Number.isFinite(system)) return undefined;
  return { state, used: user + system };
}

/**
 * `/proc/net/udp`, `/proc/net/udp6`: octets that wait in the sockets with these inodes.
 * @see proc(5): column 5 is `tx_queue:rx_queue` in hexadecimal digits, column 10 the inode.
 */
export function parseUdpBacklog(text: string, inodes: ReadonlySet<string>): number {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => inodes.has(columns[9] ?? ''))
    .map((columns) => Number.parseInt(columns[4]?.split(':')[1] ?? '0', 16))
    .reduce((sum, each) => sum + each, 0);
}
