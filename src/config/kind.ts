/**
 * A kind of value in a site file: what it is called, how it is read, what an editor is told.
 *
 * Always holds: a kind reads the same writing to the same value wherever it stands; what depends on
 * other parts of the file is checked elsewhere.
 */
import { err, ok } from '../lib/result.ts';
import type { Result } from '../lib/result.ts';
import { harmless } from './problem.ts';
import type { Scalar, TreeNode } from './tree.ts';

/** Why something is not a value of its kind. */
export interface Fault {
  readonly message: string;
  readonly cure: string;
}

export interface Kind<T> {
  /** With its article: `a duration`. */
  readonly what: string;
  readonly example: string;
  /** In words, where the JSON Schema cannot say it: `10ms … 1s`. */
  readonly range?: string;
  /** JSON Schema keywords; may accept a little more than `read`, never less. */
  readonly json: Readonly<Record<string, string | number | readonly (string | boolean)[]>>;
  /** `written` is the text of the value in the file, before YAML gave it a type. */
  readonly read: (value: Scalar, written: string) => Result<T, Fault>;
}

export function fault(message: string, cure: string): Result<never, Fault> {
  return err({ message, cure });
}

/** The text in backticks, short and harmless. */
export function quoted(text: string): string {
  if (text === '') return "`''`";
  const clean = harmless(text);
  return `\`${clean.length > 60 ? `${clean.slice(0, 57)}…` : clean}\``;
}

export function readNode<T>(kind: Kind<T>, node: TreeNode): Result<T, Fault> {
  if (node.kind === 'scalar') return kind.read(node.value, node.written);
  const found = node.kind === 'list' ? 'a list' : 'a block of keys';
  return fault(
    `expected ${kind.what}, found ${found}`,
    `write ${kind.what}, such as \`${kind.example}\``,
  );
}

/** A kind that is written as text. */
export function textKind<T>(
  parts: Pick<Kind<T>, 'what' | 'example'> & {
    readonly range?: string;
    readonly pattern?: string;
    readonly readText: (text: string) => Result<T, Fault>;
  },
): Kind<T> {
  const { what, example, range, pattern, readText } = parts;
  return {
    what,
    example,
    ...(range === undefined ? {} : { range }),
    json: pattern === undefined ? { type: 'string' } : { type: 'string', pattern },
    read(value, written) {
      if (typeof value === 'string') return readText(value);
      if (value === null) return nothing(what, example);
      // `50` for a duration: the reader of durations knows best what is wrong with it.
      if (!readText(written).ok) return readText(written);
      const type = typeof value === 'boolean' ? 'true or false' : 'a number';
      return fault(
        `YAML reads \`${written}\` as ${type}, but this is ${what}`,
        `put it in quotes: \`'${written}'\``,
      );
    },
  };
}

/** A whole number between two limits. */
export function wholeNumber(
  least: number,
  most: number,
  example: number,
  /** Why not less, or not more. */
  why?: string,
): Kind<number> {
  const what = `a whole number from ${least} to ${most}`;
  const use = why === undefined ? `use ${what}` : `use ${what}; ${why}`;
  return {
    what,
    example: String(example),
    json: { type: 'integer', minimum: least, maximum: most },
    read(value, written) {
      if (value === null) return nothing(what, String(example));
      if (typeof value === 'string') {
        return /^\d{1,15}$/.test(value) && Number(value) >= least && Number(value) <= most
          ? fault(
              `the quotes make ${quoted(value)} a text, but this is a number`,
              `write \`${value}\` without quotes`,
            )
          : fault(`${quoted(value)} is not ${what}`, `write a number, such as \`${example}\``);
      }
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
        return ok(value);
      }
      if (typeof value === 'boolean' || !Number.isInteger(Number(value))) {
        return fault(`${quoted(written)} is not a whole number`, use);
      }
      const side = Number(value) < least ? 'small' : 'large';
      return fault(`${quoted(written)} is too ${side}`, use);
    },
  };
}

/** A switch. To YAML 1.2, `off` is a text; here it means what it says. */
export const FLAG: Kind<boolean> = {
  what: '`on` or `off`',
  example: 'on',
  json: { enum: [true, false, 'on', 'off'] },
  read(value, written) {
    if (typeof value === 'boolean') return ok(value);
    if (value === 'on' || value === 'off') return ok(value === 'on');
    if (value === null) return nothing('`on` or `off`', 'on');
    const word = String(value).toLowerCase();
    if (word === 'true' || word === 'false') {
      return fault(`the quotes make ${quoted(word)} a text`, `write \`${word}\` without quotes`);
    }
    const meant = ['yes', 'y', '1', 'enabled', 'on'].includes(word)
      ? 'write `on` or `true`'
      : ['no', 'n', '0', 'disabled', 'none', 'off'].includes(word)
        ? 'write `off` or `false`'
        : 'write `on` or `off`';
    return fault(`${quoted(written || String(value))} is neither on nor off`, meant);
  },
};

/** One of a few words. */
export function words<const T extends string>(...known: readonly [T, ...T[]]): Kind<T> {
  const list = known.map((each) => `\`${each}\``).join(' or ');
  return {
    what: list,
    example: known[0],
    json: { type: 'string', enum: known },
    read(value, written) {
      const found = known.find((each) => each === value);
      if (found !== undefined) return ok(found);
      if (value === null) return nothing(list, known[0]);
      return fault(`${quoted(written)} is not known here`, `write ${list}`);
    },
  };
}

function nothing(what: string, example: string): Result<never, Fault> {
  return fault(
    `nothing is written here; expected ${what}`,
    what.includes('`') ? `write ${what}` : `write ${what}, such as \`${example}\``,
  );
}
