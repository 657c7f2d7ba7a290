/**
 * Apply and down as a gateway does them, without its locks: what `execute` and the ledger need
 * around them, on any data plane.
 */
import { compare, execute } from '../../src/apply/converge.ts';
import type { Comparison, Outcome } from '../../src/apply/converge.ts';
import type { Dataplane } from '../../src/apply/dataplane.ts';
import { EMPTY_STATE } from '../../src/apply/state.ts';
import type { StateStore } from '../../src/apply/state.ts';
import type { SiteConfig } from '../../src/config/site.ts';
import { NO_OVERRIDES } from '../../src/plan/overrides.ts';
import type { Overrides } from '../../src/plan/overrides.ts';

export interface Step extends Outcome {
  readonly comparison: Comparison;
}

export async function apply(
  dataplane: Dataplane,
  store: StateStore,
  site: SiteConfig,
  overrides: Overrides = NO_OVERRIDES,
): Promise<Step> {
  await store.save({ ...(await store.load()), attempting: site });
  const comparison = await compare(dataplane, await store.load(), site, overrides);
  const outcome = await carryOut(dataplane, store, comparison);
  if (outcome.failure === undefined) {
    await store.save({
      ...(await store.load()),
      attempting: undefined,
      applied: { site, file: 'site.yaml', at: 0 },
    });
  }
  return { ...outcome, comparison };
}

export async function down(dataplane: Dataplane, store: StateStore): Promise<Step> {
  const comparison = await compare(dataplane, await store.load(), undefined, NO_OVERRIDES);
  const outcome = await carryOut(dataplane, store, comparison);
  if (outcome.failure === undefined) await store.save(EMPTY_STATE);
  return { ...outcome, comparison };
}

async function carryOut(
  dataplane: Dataplane,
  store: StateStore,
  { changes, ledger }: Comparison,
): Promise<Outcome> {
  await store.save({ ...(await store.load()), ledger });
  return await execute(dataplane, store, changes);
}
