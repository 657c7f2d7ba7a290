/**
 * The state as it stands in the file ↔ as it is used.
 *
 * Always holds: what another version of ours wrote is either read into all that this version expects
 * of it, or it is said that it cannot be read; nothing half-read comes out.
 */
import { z } from 'zod';

import type { Ledger, LedgerEntry } from '../apply/ledger.ts';
import { EMPTY_STATE } from '../apply/state.ts';
import type { Applied, Pending, SiteSource, State } from '../apply/state.ts';
import type { SiteConfig } from '../config/site.ts';
import type { Clock } from '../lib/clock.ts';

/** Written into the file. A version with another number is one whose states mean something else. */
export const STATE_VERSION = 1;

/**
 * Which keys a `SiteConfig` has; a test computes it, and says what to write here. Sites that were
 * written under the same one are used as they are: to read them anew takes a second on a large hub.
 */
export const SITE_SHAPE = '2215b0c2197d';

const site = z.custom<SiteConfig>((value) => typeof value === 'object' && value !== null);
const source = z.object({ site, file: z.string(), text: z.string().optional() });
const applied = source.extend({ at: z.number() });
const names = z.array(z.string()).default([]);

const pending = z.object({
  source: source.optional(),
  /** Of a version that kept no more of it. */
  site: site.optional(),
  previous: applied.optional(),
  time: z.object({ until: z.number(), due: z.number() }).optional(),
  /** Of a version that had no `time`; the older ones of it knew what people are told, only. */
  until: z.number().optional(),
  due: z.number().optional(),
});

const entry = z.custom<LedgerEntry>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'resource') === 'object',
);

const stored = z.object({
  version: z.literal(STATE_VERSION),
  shape: z.string().optional(),
  ledger: z.array(z.tuple([z.string(), entry])),
  applied: applied.optional(),
  attempting: site.optional(),
  pending: pending.optional(),
  confirmed: z.boolean().optional(),
  refused: z.union([source, site]).optional(),
  decisions: z
    .object({
      drainedWans: names,
      held: names,
      suspect: names,
      pathMtu: z.record(z.string(), z.number()).default({}),
      directDown: names,
      directHeld: names,
    })
    .default(EMPTY_STATE.decisions as never),
});

type Stored = z.infer<typeof stored>;

/** A site of the file → as this version knows it. */
type ReadSite = (site: SiteConfig, text?: string) => SiteConfig | undefined;

/** Why a state cannot be used. */
export type Unreadable = 'broken' | 'of another version';

export function stateText(state: State): string {
  const { ledger, ...rest } = state;
  return JSON.stringify({
    version: STATE_VERSION,
    shape: SITE_SHAPE,
    ...rest,
    ledger: [...(ledger as Map<string, LedgerEntry>)],
  });
}

export async function readState(text: string, clock: Clock): Promise<State | Unreadable> {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return 'broken';
  if (Reflect.get(value, 'version') !== STATE_VERSION) return 'of another version';
  const parsed = stored.safeParse(value);
  if (!parsed.success) return 'broken';
  if (parsed.data.shape === SITE_SHAPE) return stateFrom(parsed.data, clock, (site) => site);
  // Only now: to load the reader of site files takes as long as a whole command.
  const { readStoredSite } = await import('./stored-site.ts');
  return stateFrom(parsed.data, clock, readStoredSite);
}

function stateFrom(data: Stored, clock: Clock, read: ReadSite): State | Unreadable {
  const known = { applied: data.applied && readSource(data.applied, read) };
  const waiting = data.pending && readPending(data.pending, clock, read);
  if (known.applied === null || waiting === null) return 'of another version';
  return {
    ledger: new Map(data.ledger) satisfies Ledger,
    applied: known.applied,
    // Whose numbers are swept, if that is known, and what is not applied again: nothing hangs on them.
    attempting: data.attempting && read(data.attempting),
    pending: waiting,
    confirmed: data.confirmed,
    refused: (data.refused && readSource(toSource(data.refused), read)) ?? undefined,
    decisions: data.decisions,
  };
}

/** Null: this version cannot read it. */
function readPending(data: z.infer<typeof pending>, clock: Clock, read: ReadSite): Pending | null {
  const previous = data.previous && readSource(data.previous, read);
  if (previous === null) return null;
  const waits = data.source ?? (data.site === undefined ? undefined : toSource(data.site));
  return {
    source: (waits && readSource(waits, read)) ?? undefined,
    previous,
    time: data.time ?? oldTime(data, clock),
  };
}

function oldTime({ until, due }: z.infer<typeof pending>, clock: Clock): Pending['time'] {
  if (until === undefined) return undefined;
  return { until, due: due ?? clock.monotonic() + until - clock.wall() };
}

function readSource<T extends SiteSource | Applied>(one: T, read: ReadSite): T | null {
  const site = read(one.site, one.text);
  return site === undefined ? null : { ...one, site };
}

function toSource(one: SiteSource | SiteConfig): SiteSource {
  return typeof one.site === 'string' ? { site: one as SiteConfig, file: '' } : (one as SiteSource);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
