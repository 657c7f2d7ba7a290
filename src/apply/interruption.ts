/** Somebody stops what is under way: no failure of the machine, and undone like one. */
import { WamptcpError } from '../lib/errors.ts';

const CODE = 'INTERRUPTED';

export function interrupted(): WamptcpError {
  return new WamptcpError(CODE, 'it was interrupted before it was done', {
    advice: 'Run it again to have it done.',
  });
}

export function isInterruption(error: unknown): boolean {
  return error instanceof WamptcpError && error.code === CODE;
}
