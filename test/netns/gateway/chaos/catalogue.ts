/** All kinds of fault there are. */
import type { FaultKind } from './fault.ts';
import { GATEWAY_FAULTS } from './gateway-faults.ts';
import { MACHINE_FAULTS } from './machine-faults.ts';
import { PROGRAM_FAULTS } from './program-faults.ts';
import { WAN_FAULTS } from './wan-faults.ts';

export const CATALOGUE: readonly FaultKind[] = [
  ...WAN_FAULTS,
  ...GATEWAY_FAULTS,
  ...PROGRAM_FAULTS,
  ...MACHINE_FAULTS,
];
