/**
 * Netlink messages in octets, as the kernel takes them (RFC 3549 section 2.2, `man 7 netlink`), for the
 * little that no program of the system says for us.
 *
 * Always holds: attributes and messages are as long as they say and padded to four octets; lengths, types
 * and flags are in the order of this machine, what nfnetlink asks for in network order says so.
 */

export const REQUEST = 0x1;
export const ACKNOWLEDGE = 0x4;
export const CREATE = 0x400;
export const APPEND = 0x800;

/** Set in the type of an attribute that holds attributes. */
const NESTED = 0x8000;

/** Of a message and of an attribute. */
const ALIGNMENT = 4;

/** A 32-bit number in the order of this machine, as marks are. */
export function hostOrder(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

/** A 32-bit number in network order. */
export function networkOrder(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

/** Text as the kernel reads it, with a zero at its end. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

export function attribute(type: number, content: Uint8Array): Uint8Array {
  return padded(joined([halves(4 + content.length, type), content]));
}

export function nested(type: number, ...content: readonly Uint8Array[]): Uint8Array {
  return attribute(type | NESTED, joined(content));
}

/**
 * A message of nfnetlink; its sequence number is 0, since one answer needs no telling apart.
 * @param header the family, the version and a number in network order, four octets.
 */
export function message(
  type: number,
  flags: number,
  header: Uint8Array,
  ...content: readonly Uint8Array[]
): Uint8Array {
  const body = joined([header, ...content]);
  return joined([
    hostOrder(16 + body.length),
    halves(type, flags),
    hostOrder(0),
    // To the kernel; from whom, it fills in.
    hostOrder(0),
    body,
  ]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function halves(one: number, other: number): Uint8Array {
  return new Uint8Array(Uint16Array.of(one, other).buffer);
}

function padded(bytes: Uint8Array): Uint8Array {
  return joined([bytes, new Uint8Array((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)]);
}
