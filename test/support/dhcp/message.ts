/**
 * DHCPv4 messages (RFC 2131, options RFC 2132) for tests.
 *
 * Always holds: what is encoded has the fixed part, the magic cookie and an end option; `decode`
 * returns undefined for anything else.
 */
export const TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

export const OPTION = {
  requestedAddress: 50,
  type: 53,
  server: 54,
  parameters: 55,
  vendorClass: 60,
  clientId: 61,
  userClass: 77,
  wan: 224,
} as const;

export interface DhcpMessage {
  readonly xid: number;
  /** `02:…`, the host's own word for its Ethernet address. */
  readonly mac: string;
  readonly options: ReadonlyMap<number, Uint8Array>;
  readonly ciaddr?: string;
  readonly yiaddr?: string;
  readonly giaddr?: string;
  readonly reply?: boolean;
}

const FIXED = 236;
const COOKIE = [99, 130, 83, 99];
const BROADCAST = 0x8000;

export function encodeDhcp(message: DhcpMessage): Buffer {
  const fixed = Buffer.alloc(FIXED);
  fixed.set([message.reply === true ? 2 : 1, 1, 6, 0]);
  fixed.writeUInt32BE(message.xid, 4);
  // Whoever sends has no address yet: answers come to all.
  fixed.writeUInt16BE(BROADCAST, 10);
  fixed.set(octets(message.ciaddr ?? '0.0.0.0'), 12);
  fixed.set(octets(message.yiaddr ?? '0.0.0.0'), 16);
  fixed.set(octets(message.giaddr ?? '0.0.0.0'), 24);
  fixed.set(macOctets(message.mac), 28);
  const options = [...message.options].flatMap(([code, value]) => [code, value.length, ...value]);
  return Buffer.concat([fixed, Buffer.from([...COOKIE, ...options, 255])]);
}

export function decodeDhcp(data: Buffer): DhcpMessage | undefined {
  if (data.length < FIXED + 4 || !data.subarray(FIXED, FIXED + 4).equals(Buffer.from(COOKIE))) {
    return undefined;
  }
  const options = new Map<number, Uint8Array>();
  for (let at = FIXED + 4; at < data.length;) {
    const code = data[at] ?? 255;
    if (code === 255) break;
    if (code === 0) {
      at += 1;
      continue;
    }
    const length = data[at + 1] ?? 0;
    options.set(code, data.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const address = (at: number): string => [...data.subarray(at, at + 4)].join('.');
  return {
    xid: data.readUInt32BE(4),
    mac: [...data.subarray(28, 34)].map((each) => each.toString(16).padStart(2, '0')).join(':'),
    options,
    ciaddr: address(12),
    yiaddr: address(16),
    giaddr: address(24),
    reply: data[0] === 2,
  };
}

export function typeOf(message: DhcpMessage): number | undefined {
  return message.options.get(OPTION.type)?.[0];
}

/** Octets of an IPv4 address. */
export function octets(address: string): readonly number[] {
  return address.split('.').map(Number);
}

export function macOctets(mac: string): readonly number[] {
  return mac.split(':').map((each) => Number.parseInt(each, 16));
}
