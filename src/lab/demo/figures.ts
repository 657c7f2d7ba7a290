/**
 * What the demonstration measured, and whether its story held; pure.
 *
 * Always holds: every figure was measured in this run; a condition says what it is in words.
 */
export interface DemoFigures {
  /** Of the client, as the branch's gateway handed them out. */
  readonly addresses: readonly string[];
  /** One plain TCP connection, Mb/s. */
  readonly singleMbps: number;
  /** One MPTCP connection while both lines were up, Mb/s. */
  readonly aggregateMbps: number;
  readonly downloadBytes: number;
  readonly downloadSeconds: number;
  readonly sha256: { readonly sent: string; readonly received: string };
  /** From the cut to the kernel's route change, milliseconds, per gateway. */
  readonly repairMs: Readonly<Record<string, number | null>>;
  /** From the healing to the return, milliseconds, per gateway. */
  readonly revertMs: Readonly<Record<string, number | null>>;
  /** The longest time without a message of the steady stream around the cut, milliseconds. */
  readonly longestPauseMs: number;
  readonly messagesSent: number;
  readonly messagesLost: number;
  readonly subflows: number;
  readonly mptcp: boolean;
}

export interface Condition {
  readonly text: string;
  readonly held: boolean;
}

/**
 * Generous, since the machine may be busy with other things: the demonstration shows, the benchmark
 * measures.
 */
export function conditions(figures: DemoFigures): readonly Condition[] {
  const repaired = Object.values(figures.repairMs);
  const reverted = Object.values(figures.revertMs);
  return [
    {
      text: 'the download was one MPTCP connection with a subflow per line',
      held: figures.mptcp && figures.subflows >= 2,
    },
    {
      text: 'it filled both lines: at least 1.6 × one plain TCP connection',
      held: figures.aggregateMbps >= 1.6 * figures.singleMbps,
    },
    {
      text: 'both gateways repaired the cut, and went back after it healed',
      held: [...repaired, ...reverted].every((time) => time !== null),
    },
    {
      text: 'what arrived is what was sent (SHA-256)',
      held:
        figures.sha256.sent !== '' &&
        figures.sha256.sent === figures.sha256.received &&
        figures.downloadBytes >= 100e6,
    },
    { text: 'no message of the steady stream was lost', held: figures.messagesLost === 0 },
    {
      text: 'and it never paused for a second',
      held: figures.longestPauseMs < 1000,
    },
  ];
}
