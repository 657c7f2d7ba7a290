/**
 * What the shape of a site file is made of: values, lists and blocks of keys.
 *
 * Always holds: each has a description, and tells editors the kind of its value and its limits.
 */
import { z } from 'zod';

import type { Kind } from './kind.ts';
import { NAME } from './values.ts';

interface Extras {
  readonly preset?: string | number | boolean;
  readonly example?: string;
}

/** One value. The problem it raises carries its kind; the words are found later, with the place. */
export function value<T>(kind: Kind<T>, description: string, { preset, example }: Extras = {}) {
  const shown = example ?? kind.example;
  return z
    .unknown()
    .superRefine((given, context) => {
      const scalar =
        given === null ||
        typeof given === 'string' ||
        typeof given === 'number' ||
        typeof given === 'bigint' ||
        typeof given === 'boolean';
      if (scalar && kind.read(given, String(given)).ok) return;
      // `continue: false`: so that a union does not take this form for the one that was meant.
      context.addIssue({
        code: 'custom',
        message: kind.what,
        params: { kind, scalar },
        continue: false,
      });
    })
    .meta({
      title: kind.what.replace(/^(a|an|the) /, ''),
      description: kind.range === undefined ? description : `${description} ${kind.range}.`,
      ...kind.json,
      ...(kind.json['enum'] === undefined
        ? { examples: [kind.json['type'] === 'integer' ? Number(shown) : shown] }
        : {}),
      ...(preset === undefined ? {} : { default: preset }),
    });
}

/** A name of something. */
export function name(description: string, example = 'fibre') {
  return value(NAME, description, { example });
}

/** A value that has a default. */
export function setting<T>(kind: Kind<T>, description: string, preset: string | number | boolean) {
  return value(kind, description, { preset, example: String(preset) }).optional();
}

/** A block of keys; of each pair in `either`, at most one may be given. */
export function block<const T extends z.core.$ZodLooseShape>(
  description: string,
  shape: T,
  ...either: (readonly [string, string])[]
) {
  const pairs = either.map((required) => ({ not: { required } }));
  return z
    .strictObject(shape)
    .meta(pairs.length === 0 ? { description } : { description, allOf: pairs });
}

export function list<T extends z.ZodType>(
  item: T,
  description: string,
  least?: number,
  most?: number,
) {
  let array = z.array(item);
  if (least !== undefined) array = array.min(least);
  if (most !== undefined) array = array.max(most);
  return array.meta({ description });
}
