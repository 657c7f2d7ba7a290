/** Names, interfaces, rates, durations and sizes as a site file has them. */
import { ok } from '../lib/result.ts';
import { parseDuration } from '../net/duration.ts';
import type { Milliseconds } from '../net/duration.ts';
import { INTERFACE_NAME_MAX, parseInterfaceName } from '../net/interface-name.ts';
import type { InterfaceName } from '../net/interface-name.ts';
import { parseRate } from '../net/rate.ts';
import type { BitsPerSecond } from '../net/rate.ts';
import { fault, quoted, textKind } from './kind.ts';
import type { Kind } from './kind.ts';

export const NAME = textKind<string>({
  what: 'a name',
  example: 'fibre',
  pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
  readText(text) {
    // No leading dash: names are given on command lines.
    if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(text)) return ok(text);
    const suggestion = text
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 32);
    const rule = 'use 1 to 32 of: lower-case letters, digits and `-`';
    return fault(
      text.length > 32
        ? `${quoted(text)} is too long for a name: ${text.length} characters`
        : `${quoted(text)} is not a name`,
      suggestion === '' ? rule : `${rule}; for example ${quoted(suggestion)}`,
    );
  },
});

export const INTERFACE = textKind<InterfaceName>({
  what: 'a network interface',
  example: 'eth0',
  pattern: `^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,${INTERFACE_NAME_MAX - 1}}$`,
  readText(text) {
    const parsed = parseInterfaceName(text);
    const list = '`ip -brief link` lists the interfaces of this machine';
    const at = text.indexOf('@');
    if (at > 0) {
      return fault(
        `${quoted(text)} is how \`ip link\` prints an interface, not its name`,
        `leave out what begins with \`@\`: ${quoted(text.slice(0, at))}`,
      );
    }
    if (parsed === undefined || text.startsWith('-')) {
      return fault(
        text.length > INTERFACE_NAME_MAX
          ? `${quoted(text)} is too long for an interface: the kernel allows ${INTERFACE_NAME_MAX} characters`
          : `${quoted(text)} is not the name of an interface`,
        list,
      );
    }
    if (text === 'lo') return fault('`lo` is the loopback interface', `name the real one; ${list}`);
    if (text === 'all' || text === 'default') {
      return fault(`\`${text}\` means every interface to the kernel`, `name one; ${list}`);
    }
    return ok(parsed);
  },
});

export const RATE = textKind<BitsPerSecond>({
  what: 'a rate',
  example: '100mbit',
  pattern: '^\\s*\\d{1,9}(\\.\\d{1,6})?\\s*([kKmMgGtT]?[bB][iI][tT])\\s*$',
  readText(text) {
    const parsed = parseRate(text);
    const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)\w*(?:\/s|ps)?\s*$/i.exec(text);
    if (parsed === undefined || parsed < 8000) {
      const guess =
        match === null ? '' : `${match[1] ?? ''}${(match[2] ?? '').toLowerCase() || 'm'}bit`;
      return fault(
        parsed === undefined
          ? `${quoted(text)} is not a rate`
          : `${quoted(text)} is less than any link carries`,
        parseRate(guess) === undefined || parsed !== undefined
          ? 'write a number and one of kbit, mbit, gbit: `100mbit`'
          : `write ${quoted(guess)} if that is meant; the units are kbit, mbit and gbit`,
      );
    }
    return ok(parsed);
  },
});

/** A duration between two limits, in whole `step`s. */
export function duration(
  least: string,
  most: string,
  step: '1ms' | '1s',
  example: string,
): Kind<Milliseconds> {
  return textKind<Milliseconds>({
    what: 'a duration',
    example,
    pattern: '^\\s*\\d{1,9}(\\.\\d{1,6})?\\s*(us|ms|s|m|h)\\s*$',
    readText(text) {
      const parsed = parseDuration(text);
      if (parsed === undefined) {
        const number = /^\s*(\d+(?:\.\d+)?)\s*$/.exec(text)?.[1];
        return number === undefined
          ? fault(
              `${quoted(text)} is not a duration`,
              `write a number and one of ms, s, m, h: \`${example}\``,
            )
          : fault(
              `${quoted(text)} has no unit`,
              `write \`${number}ms\` or \`${number}s\`, whichever is meant`,
            );
      }
      const from = parseDuration(least) ?? 0;
      const to = parseDuration(most) ?? Infinity;
      if (parsed < from || parsed > to) {
        return fault(
          `${quoted(text)} is ${parsed < from ? 'too short' : 'too long'}`,
          `use ${least} to ${most}`,
        );
      }
      if (parsed % (step === '1s' ? 1000 : 1) !== 0) {
        return fault(
          `${quoted(text)} is finer than it can be set`,
          `use whole ${step === '1s' ? 'seconds' : 'milliseconds'}`,
        );
      }
      return ok(parsed);
    },
  });
}

const SIZE_UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** Bytes, or undefined. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,10})\s*(B|KiB|MiB|GiB)$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * SIZE_UNITS[match[2] as keyof typeof SIZE_UNITS];
}

/** A size between two limits, in bytes. */
export function size(least: number, most: number, example: string): Kind<number> {
  return textKind<number>({
    what: 'a size',
    example,
    pattern: '^\\d{1,10}\\s*(B|KiB|MiB|GiB)$',
    readText(text) {
      const bytes = parseSize(text);
      if (bytes === undefined) {
        const loose = /^\s*(\d+)\s*([kmg])(i?b)?\s*$/i.exec(text);
        const guess =
          loose === null ? example : `${loose[1] ?? ''}${(loose[2] ?? '').toUpperCase()}iB`;
        return fault(
          `${quoted(text)} is not a size`,
          `write a whole number and one of KiB, MiB, GiB: \`${guess}\``,
        );
      }
      if (bytes >= least && bytes <= most) return ok(bytes);
      return fault(
        `${quoted(text)} is too ${bytes < least ? 'small' : 'large'}`,
        `use ${formatSize(least)} to ${formatSize(most)}`,
      );
    },
  });
}

export function formatSize(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    if (bytes % SIZE_UNITS[unit] === 0 && bytes > 0) return `${bytes / SIZE_UNITS[unit]}${unit}`;
  }
  return `${bytes}B`;
}
