/** Mechanisms that use one line at a time, so that another makes up for all of it when it is away. */
import type { MechanismName } from '../lab/mechanism/mechanism.ts';

export const ONE_LINE_AT_A_TIME: readonly MechanismName[] = [
  'plain-tcp',
  'plain-mptcp',
  'handoff',
  'handoff-ping',
];
