/** Why an operation on the gateway is refused, and what to do then. The machine is as it was. */
import { WamptcpError } from '../lib/errors.ts';

export function conflictOf(reason: string): WamptcpError {
  return new WamptcpError('CONFLICT', reason, {
    advice: 'Rename or remove it, or choose another `vni`. Nothing was changed.',
  });
}

export function busy(): WamptcpError {
  return new WamptcpError('BUSY', 'another wamptcp is changing this machine right now', {
    advice: 'Try again when it has finished.',
  });
}

export function awaitingConfirmation(): WamptcpError {
  return new WamptcpError('UNCONFIRMED', 'the last apply still waits for confirmation', {
    advice: 'Run `wamptcp confirm` or `wamptcp rollback` first.',
  });
}

export function nothingApplied(): WamptcpError {
  return new WamptcpError('NOTHING_APPLIED', 'no site is applied in this network namespace', {
    advice: 'Run `wamptcp apply -c FILE` or `wamptcp run -c FILE`.',
  });
}
