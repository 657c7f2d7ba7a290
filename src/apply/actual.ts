/**
 * What the machine really has, as far as it concerns us.
 *
 * Always holds: everything that we own is in it; of what belongs to others, only what a plan may
 * ask for, so that it can be found to be there already or to be in the way.
 */
import type { Resource } from '../plan/resource.ts';

export interface Observed {
  readonly resource: Resource;
  readonly owned: boolean;
}
