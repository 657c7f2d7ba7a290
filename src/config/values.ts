/** Names, interfaces, rates, durations and sizes as a site file has them. */
import { ok } from '../lib/result.ts';
import { formatDuration, parseDuration } from '../net/duration.ts';
import type { Milliseconds } from '../net/duration.ts';
import { parseAddressRange } from '../net/address-range.ts';
import type { AddressRange } from '../net/address-range.ts';
import { INTERFACE_NAME_MAX, parseInterfaceName } from '../net/interface-name.ts';
import type { InterfaceName } from '../net/interface-name.ts';
import { parseMacAddress } from '../net/mac-address.ts';
import type { MacAddress } from '../net/mac-address.ts';
import { formatRate, parseRate } from '../net/rate.ts';
import type { BitsPerSecond } from '../net/rate.ts';
import { fault, quoted, textKind } from './kind.ts';
import type { Kind } from './kind.ts';

/** Devices that the gateway itself makes; see src/plan/ids.ts. */
const TUNNEL_NAME = /^wt\d+$/;

/** Less is surely a slip of the unit. */
const LEAST_RATE = 8000;

export const NAME = textKind<string>({
  what: 'a name',
  example: 'fibre',
  pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
  readText(text) {
    // No leading dash: names are given on command lines.
    if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(text)) return ok(text);
    const rule = 'use 1 to 32 of: lower-case letters, digits and `-`';
    if (text.length > 32) {
      return fault(`${quoted(text)} is too long for a name: ${text.length} characters`, rule);
    }
    const suggestion = text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '');
    return fault(
      `${quoted(text)} is not a name`,
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
    if (parsed === undefined || text.startsWith('-') || at === 0) {
      return fault(
        text.length > INTERFACE_NAME_MAX
          ? `${quoted(text)} is too long for an interface: the kernel allows ${INTERFACE_NAME_MAX} characters`
          : `${quoted(text)} is not the name of an interface`,
        list,
      );
    }
    if (text === 'lo') return fault('`lo` is the loopback interface', `name the real one; ${list}`);
    if (TUNNEL_NAME.test(text)) {
      return fault(`${quoted(text)} is how tunnels of wamptcp are named`, `name another; ${list}`);
    }
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
    if (parsed !== undefined && parsed >= LEAST_RATE) return ok(parsed);
    const rule = 'write a number and one of kbit, mbit, gbit: `100mbit`';
    if (/^\s*0+(\.0*)?\s*[a-z]*\s*$/i.test(text)) {
      return fault(`${quoted(text)} is nothing`, 'write what the link carries, or remove the WAN');
    }
    if (parsed !== undefined) return fault(`${quoted(text)} is less than any link carries`, rule);
    return fault(`${quoted(text)} is not a rate`, guessRate(text) ?? rule);
  },
});

/** What people write for rates elsewhere. */
function guessRate(text: string): string | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(\w*)(?:\/s)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const [, number = '', prefix = '', rest = ''] = match;
  const units = 'the units are kbit, mbit and gbit';
  if (prefix === '' && rest === '') {
    const bits = parseRate(`${number}bit`);
    if (bits !== undefined && bits >= 100_000) {
      return `write \`${formatRate(bits)}\`, if these are bits per second; ${units}`;
    }
    return `write \`${number}mbit\`, if that is meant; ${units}`;
  }
  const rate = parseRate(`${number}${prefix}bit`);
  if (rate === undefined) return undefined;
  if (/^(B|bytes?)/.test(rest) && !/^bits?/i.test(rest)) {
    return `write \`${formatRate(rate * 8)}\`, or \`${formatRate(rate)}\` if bits were meant; ${units}`;
  }
  return `write \`${formatRate(rate)}\`; ${units}`;
}

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
    range: `${least} … ${most}`,
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
      const unit = step === '1s' ? 1000 : 1;
      if (parsed % unit !== 0) {
        const below = Math.floor(parsed / unit) * unit;
        return fault(
          `${quoted(text)} is not a whole number of ${step === '1s' ? 'seconds' : 'milliseconds'}`,
          `use ${formatDuration(below)} or ${formatDuration(below + unit)}`,
        );
      }
      return ok(parsed);
    },
  });
}

export const MAC = textKind<MacAddress>({
  what: 'an Ethernet address',
  example: '52:54:00:12:34:56',
  pattern: '^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$',
  readText(text) {
    const parsed = parseMacAddress(text);
    if (parsed !== undefined) return ok(parsed);
    const group = /^[0-9a-f][13579bdf]([:-][0-9a-f]{2}){5}$/i.test(text);
    return fault(
      group
        ? `${quoted(text)} is a group address, which is no host's`
        : `${quoted(text)} is not an Ethernet address`,
      '`ip link` on the host prints it behind `link/ether`',
    );
  },
});

/** What hosts append to short names. */
export const DOMAIN = textKind<string>({
  what: 'a domain',
  example: 'branch.example.com',
  pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$',
  readText(text) {
    const labels = text.split('.');
    const good = labels.every((label) =>
      /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label),
    );
    if (good && text.length <= 252) return ok(text.toLowerCase());
    return fault(
      `${quoted(text)} is not a domain`,
      'use letters, digits and `-`, with dots between: `branch.example.com`',
    );
  },
});

export const ADDRESS_RANGE = textKind<AddressRange>({
  what: 'a range of addresses',
  example: '10.10.1.100-10.10.1.199',
  readText(text) {
    const parsed = parseAddressRange(text);
    if (parsed !== undefined) return ok(parsed);
    return fault(
      `${quoted(text)} is not a range of addresses`,
      'write the first and the last one with `-` between: `10.10.1.100-10.10.1.199`',
    );
  },
});

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
    range: `${formatSize(least)} … ${formatSize(most)}`,
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
