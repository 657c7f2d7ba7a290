/** How people miswrite addresses and prefixes, and what to tell them. */
import { addressBits, familyOf, parseAddress } from '../net/address.ts';
import { quoted } from './kind.ts';
import type { Fault } from './kind.ts';
import { reservedFor } from './reserved.ts';

/** `text` should be an address, and is not. */
export function faultOfAddress(text: string, example: string): Fault {
  const slash = text.indexOf('/');
  if (slash > 0 && parseAddress(text.slice(0, slash)) !== undefined) {
    return {
      message: `${quoted(text)} has a prefix length, which does not belong here`,
      cure: `write ${quoted(text.slice(0, slash))}`,
    };
  }
  return {
    message: `${quoted(text)} is not an IP address`,
    cure: cureForAddress(text) ?? `write an address such as ${example} or 2001:db8::1`,
  };
}

/** `text` should be `address/length`, and is not; `what` it should be, with its article. */
export function faultOfPair(text: string, what: string, example: string): Fault {
  const slash = text.indexOf('/');
  const base = slash < 0 ? text : text.slice(0, slash);
  const parsed = parseAddress(base);
  if (parsed === undefined) {
    return {
      message: `${quoted(text)} is not ${what}`,
      cure: cureForPair(text) ?? cureForAddress(base) ?? `write it like \`${example}\``,
    };
  }
  const bits = addressBits(familyOf(parsed));
  if (slash < 0) {
    const length = bits === 32 ? 24 : 64;
    return {
      message: `${quoted(text)} lacks its prefix length`,
      cure: `add it: ${quoted(`${text}/${length}`)}, if that is its size`,
    };
  }
  const mask = text.slice(slash + 1);
  const length = bits === 32 ? lengthOfMask(mask) : undefined;
  if (length === undefined) {
    return {
      message: `${quoted(text.slice(slash))} is not a prefix length`,
      cure: `use a whole number from 0 to ${bits}, as in ${example}`,
    };
  }
  return {
    message: `${quoted(mask)} is a mask, not a prefix length`,
    cure: `write ${quoted(`${base}/${length}`)}`,
  };
}

function cureForAddress(text: string): string | undefined {
  const bare = /^(?:\w+:\/\/)?\[?(.*?)\]?(?::\d+)?\/?$/.exec(text)?.[1] ?? '';
  if (parseAddress(bare) !== undefined) return `write ${quoted(bare)}`;
  if (/^[\d ,]+$/.test(text) && parseAddress(text.replace(/[ ,]+/g, '.')) !== undefined) {
    return `write ${quoted(text.replace(/[ ,]+/g, '.'))}`;
  }
  const [base = '', zone] = text.split('%');
  const parsed = parseAddress(base);
  if (zone !== undefined && parsed !== undefined) {
    return reservedFor(parsed) === undefined
      ? `leave out the zone: ${quoted(base)}`
      : 'use an address that other sites can reach, without a zone';
  }
  if (/^\d+(\.\d+){3}$/.test(text)) {
    return text.split('.').some((part) => Number(part) > 255)
      ? 'each of the four numbers is at most 255'
      : 'write the numbers without leading zeros';
  }
  if (/^[\d.]+$/.test(text)) return 'an IPv4 address is four numbers, such as 203.0.113.1';
  if (/^(?!0x)[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(text) && /[g-z]/i.test(text)) {
    return 'names are not looked up: write the address itself';
  }
  return undefined;
}

/** Other ways to write a whole network, or that there is none. */
function cureForPair(text: string): string | undefined {
  if (/^(dhcp|dhcpv?[46]|auto|automatic|dynamic|slaac|none|static)$/i.test(text)) {
    return 'leave the key out: then a DHCP client or the system sets the address';
  }
  if (/^(any|all|default|internet|everything)$/i.test(text)) {
    return '`0.0.0.0/0` is every IPv4 address, `::/0` every IPv6 address';
  }
  const star = /^((?:\d+\.){1,3})\*(?:\.\*)*$/.exec(text)?.[1]?.slice(0, -1).split('.');
  if (star !== undefined) {
    return `write ${quoted(`${[...star, '0', '0', '0'].slice(0, 4).join('.')}/${star.length * 8}`)}`;
  }
  if (/^[\da-f.:]+\s*-\s*[\da-f.:]+$/i.test(text)) {
    return 'write the range as a prefix; `10.10.2.0/24` is 10.10.2.0 to 10.10.2.255';
  }
  return undefined;
}

/** `255.255.255.0` → 24, and `0.0.0.255`, its inverse, too. */
function lengthOfMask(mask: string): number | undefined {
  const parsed = parseAddress(mask);
  if (parsed === undefined || parsed.includes(':')) return undefined;
  const bits = parsed
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  if (/^1*0*$/.test(bits)) return bits.replaceAll('0', '').length;
  return /^0*1*$/.test(bits) ? bits.replaceAll('1', '').length : undefined;
}
