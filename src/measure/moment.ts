/**
 * Moments as people write them: since the epoch, by ISO 8601, or from the first packet on.
 *
 * Always holds: what {@link momentText} writes is read as the same microsecond.
 */
import type { Time } from './packet.ts';

/** @param first time of the first packet. Undefined: `text` is no moment. */
export function parseMoment(text: string, first: Time): Time | undefined {
  const number = /^(\+?)(\d{1,12}(?:\.\d{1,9})?)$/.exec(text.trim());
  if (number !== null) return Number(number[2]) + (number[1] === '+' ? first : 0);
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return undefined;
  // Date keeps milliseconds; the rest of the fraction is added.
  const fraction = /\.\d{3}(\d+)/.exec(text)?.[1];
  const time = Date.parse(text) / 1000 + (fraction === undefined ? 0 : Number(`0.000${fraction}`));
  return Number.isNaN(time) ? undefined : time;
}

/** `2026-01-31T12:00:00.500250Z`. */
export function momentText(time: Time): string {
  const micros = Math.round(time * 1e6);
  const rest = String(micros % 1000).padStart(3, '0');
  return new Date(Math.floor(micros / 1000)).toISOString().replace('Z', `${rest}Z`);
}
