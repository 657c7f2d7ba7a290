/** Parts of a whole, written in percent. */
import { ok } from '../lib/result.ts';
import { fault, quoted, textKind } from './kind.ts';

/** A part of one, written in percent. */
export const PART = textKind<number>({
  what: 'a percentage',
  example: '0.5%',
  readText(text) {
    const parsed = parsePart(text);
    if (parsed !== undefined) return ok(parsed);
    const number = /^\s*(\d+(?:\.\d+)?)\s*$/.exec(text)?.[1];
    return number === undefined
      ? fault(`${quoted(text)} is not a percentage`, 'write 0% to 100%, such as `0.5%`')
      : fault(`${quoted(text)} has no unit`, `write \`${number}%\``);
  },
});

/** `5%` → 0.05; undefined when it is none, or more than everything. */
export function parsePart(text: string): number | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)\s*%$/.exec(text.trim());
  if (match === null || Number(match[1]) > 100) return undefined;
  return Number(match[1]) / 100;
}
