/**
 * One step from what is to what should be, and the step back.
 *
 * Always holds: a change followed by its inverse leaves machine and ledger as they were; a change
 * says why.
 */
import type { Resource } from '../plan/resource.ts';

export interface Add {
  readonly action: 'add';
  readonly resource: Resource;
  readonly reason: string;
}

export interface Remove {
  readonly action: 'remove';
  readonly resource: Resource;
  readonly reason: string;
}

/** The same thing in another state; with `release` it is given back to whoever had it before. */
export interface Modify {
  readonly action: 'change';
  readonly before: Resource;
  readonly resource: Resource;
  readonly release: boolean;
  readonly reason: string;
}

export type Change = Add | Remove | Modify;

/** What was given back is taken again: so the inverse of a `release` is none. */
export function inverse(change: Change): Change {
  switch (change.action) {
    case 'add':
      return { ...change, action: 'remove' };
    case 'remove':
      return { ...change, action: 'add' };
    case 'change':
      return {
        ...change,
        before: change.resource,
        resource: change.before,
        release: false,
      };
  }
}
