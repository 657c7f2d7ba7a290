/** Arithmetic with figures as they are printed: `176`, `>3600`, `stall`. Pure. */

/** One printed figure as a part of another; undefined where either is no number. */
export function printedRatio(
  one: string | undefined,
  other: string | undefined,
): string | undefined {
  const ratio = Number(one) / Number(other);
  return Number.isNaN(ratio) ? undefined : ratio.toFixed(2);
}

/** `176` and `>3600` so many times as large; what is no number stays as it is. */
export function printedTimes(
  one: string | undefined,
  factor: number,
  digits: number,
): string | undefined {
  const printed = printedNumber(one);
  if (printed === undefined || factor === 1) return one;
  return `${printed.sign}${(printed.number * factor).toFixed(digits)}`;
}

/** A number as a part of a printed time: of `>3600` it is less than that part. */
export function partOfPrinted(one: number, other: string | undefined): string | undefined {
  const printed = printedNumber(other);
  if (printed === undefined || Number.isNaN(one)) return undefined;
  return `${printed.sign === '' ? '' : '<'}${(one / printed.number).toFixed(2)}`;
}

function printedNumber(text = ''): { readonly sign: string; readonly number: number } | undefined {
  const [, sign = '', number] = /^(>?)(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  return number === undefined ? undefined : { sign, number: Number(number) };
}
