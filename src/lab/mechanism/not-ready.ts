/** What is said when a mechanism does not come back to the state it had after its set-up. */
import { WamptcpError } from '../../lib/errors.ts';

export function notReady(name: string): WamptcpError {
  return new WamptcpError('MECHANISM_NOT_READY', `${name} does not use all of its lines`, {
    advice: 'Look whether a line is still cut: `wamptcp lab status`, `wamptcp lab fault LINE up`.',
  });
}
