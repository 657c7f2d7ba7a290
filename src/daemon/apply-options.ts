/** How an apply, and a comparison with what is applied, is to be made. */
import type { Change } from '../apply/change.ts';
import type { SiteSource } from '../apply/state.ts';

export interface ApplyOptions {
  /** Undo it unless it is confirmed within so many milliseconds after it is made. */
  readonly confirmWithin?: number;
  /**
   * Passes over every change that fails, for a caller that cannot ask a person. Default: passes over those
   * of one WAN, path or program (`src/plan/part.ts`); any other failure undoes the apply.
   */
  readonly whateverFails?: boolean;
  /** Told when it is written down that the apply is to be confirmed, before its first change. */
  readonly beforeUnconfirmed?: () => void;
  /** What is in the file. */
  readonly text?: string;
  /** Another site than the one that is applied may take its place. */
  readonly replaceSite?: boolean;
  /** Refused when the interfaces of the file are not here; otherwise they are waited for. */
  readonly requireInterfaces?: boolean;
  /** What is not applied instead, since nobody confirmed it; it stays unconfirmed. */
  readonly insteadOf?: SiteSource;
  /** True: the apply begins no further change, and undoes those that it made. */
  readonly stopped?: () => boolean;
  readonly progress?: (change: Change, index: number, total: number) => void;
}

export interface ReconvergeOptions {
  /** Changes that failed lately and are not tried yet. */
  readonly isPutOff?: ((change: Change) => boolean) | undefined;
  /** How long it waits for another that is at work, milliseconds; after that it is refused as BUSY. */
  readonly patience?: number;
}
