/** Bit rates in tc's own words (`100mbit`, `1gbit`), kept in bits per second. */

export type BitsPerSecond = number;

const UNITS = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, tbit: 1e12 } as const;

/** Bits per second > 0, or undefined. Decimal units as in tc(8); a unit is required. */
export function parseRate(text: string): BitsPerSecond | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*([kmgt]?bit)$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = String(match[2]).toLowerCase() as keyof typeof UNITS;
  const rate = Math.round(Number(match[1]) * UNITS[unit]);
  return rate > 0 ? rate : undefined;
}

/** `100000000` → `100mbit`; exact, so it can be given to tc. */
export function formatRate(rate: BitsPerSecond): string {
  for (const unit of ['gbit', 'mbit', 'kbit'] as const) {
    if (rate % (UNITS[unit] / 1000) === 0 && rate >= UNITS[unit])
      return `${rate / UNITS[unit]}${unit}`;
  }
  return `${rate}bit`;
}
