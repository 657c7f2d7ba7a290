/**
 * What can be done to a line, and how people write it. Pure.
 *
 * `down` cuts at once and both ways, `oneway SITE` only what that site sends; both drop packets and
 * leave every interface up, as a fault at the provider does. `unplug` takes the gateway's interface
 * away. `loss` and `delay` are added, in each direction, to what the line has already. `up` heals
 * everything.
 */
import { parsePart } from '../../config/percentage.ts';
import { err, ok } from '../../lib/result.ts';
import type { Result } from '../../lib/result.ts';
import { parseDuration } from '../../net/duration.ts';
import type { Milliseconds } from '../../net/duration.ts';

export type Fault =
  | { readonly kind: 'up' | 'replug' }
  | { readonly kind: 'down' | 'unplug' }
  | { readonly kind: 'oneway'; readonly from: string }
  | { readonly kind: 'loss'; readonly part: number }
  | { readonly kind: 'delay'; readonly delay: Milliseconds };

export type FaultKind = Fault['kind'];

/** Down and up in turn; what `lab fault WAN flap 1s/1s` does. */
export interface Flapping {
  readonly kind: 'flap';
  readonly down: Milliseconds;
  readonly up: Milliseconds;
  /** Absent: until interrupted. */
  readonly time: Milliseconds | undefined;
}

/** A line, `fibre`, or one site's access to it, `fibre:branch`. */
export interface FaultTarget {
  readonly line: string;
  readonly site: string | undefined;
}

export const FAULT_USAGE =
  'down | up | oneway SITE | loss 5% | delay 50ms | unplug | replug | flap 1s/1s [for 20s]';

export function parseTarget(text: string): FaultTarget {
  const colon = text.indexOf(':');
  if (colon < 0) return { line: text, site: undefined };
  return { line: text.slice(0, colon), site: text.slice(colon + 1) };
}

/** The error is a sentence to a person. */
export function parseFault(words: readonly string[]): Result<Fault | Flapping, string> {
  const [kind, argument, ...rest] = words;
  switch (kind) {
    case 'up':
    case 'down':
    case 'unplug':
    case 'replug':
      return words.length === 1 ? ok({ kind }) : err(`\`${kind}\` takes nothing more`);
    case 'oneway':
      if (argument === undefined || rest.length > 0) return err('write `oneway SITE`');
      return ok({ kind, from: argument });
    case 'loss': {
      const part = argument === undefined ? undefined : parsePart(argument);
      if (part === undefined || rest.length > 0) return err('write `loss 5%`');
      return ok({ kind, part });
    }
    case 'delay': {
      const delay = argument === undefined ? undefined : parseDuration(argument);
      if (delay === undefined || rest.length > 0) return err('write `delay 50ms`');
      return ok({ kind, delay });
    }
    case 'flap':
      return parseFlapping(argument, rest);
    default:
      return err(kind === undefined ? 'no fault is given' : `there is no fault \`${kind}\``);
  }
}

function parseFlapping(
  argument: string | undefined,
  rest: readonly string[],
): Result<Flapping, string> {
  const usage = err('write `flap DOWN/UP`, such as `flap 1s/1s`, or `flap 1s/1s for 20s`');
  const [down, up, ...more] = (argument ?? '').split('/').map(parseDuration);
  if (!down || !up || more.length > 0) return usage;
  if (rest.length === 0) return ok({ kind: 'flap', down, up, time: undefined });
  const time = rest[1] === undefined ? undefined : parseDuration(rest[1]);
  if (rest[0] !== 'for' || rest.length > 2 || !time) return usage;
  return ok({ kind: 'flap', down, up, time });
}
