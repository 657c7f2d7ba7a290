/** What follows from the key of an MPTCP end (RFC 8684, section 3.2): its token, and where its data begins. */
import { createHash } from 'node:crypto';

/** The most significant 32 bits of the SHA-256 of the key. */
export function tokenOf(key: bigint): number {
  return digestOf(key).readUInt32BE(0);
}

/** The initial data sequence number: the least significant 64 bits. */
export function initialDsn(key: bigint): bigint {
  return digestOf(key).readBigUInt64BE(24);
}

function digestOf(key: bigint): Buffer {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt.asUintN(64, key));
  return createHash('sha256').update(octets).digest();
}
