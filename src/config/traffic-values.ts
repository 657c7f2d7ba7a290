/**
 * What a class of traffic is told by, as a site file has it: code points, protocols, ports.
 *
 * Always holds: TCP is none of the protocols; see {@link CLASS_PROTOCOL}.
 */
import { ok } from '../lib/result.ts';
import { parseDscp } from '../net/dscp.ts';
import { parsePortRange } from '../net/port-range.ts';
import type { PortRange } from '../net/port-range.ts';
import { fault, quoted, words } from './kind.ts';
import type { Kind } from './kind.ts';
import type { ClassProtocol } from './site.ts';

export const DSCP: Kind<number> = {
  what: 'a DSCP',
  example: 'EF',
  range: 'CS0 … CS7, AF11 … AF43, EF, VA, LE, or 0 … 63',
  json: { type: ['string', 'integer'] },
  read(_, written) {
    const parsed = parseDscp(written);
    if (parsed !== undefined) return ok(parsed);
    const octet = /^0x[0-9a-f]{1,2}$/i.test(written) ? Number(written) >> 2 : undefined;
    return fault(
      `${quoted(written)} is not a DSCP`,
      octet === undefined
        ? 'write a name, such as `EF`, `AF41` or `CS5`, or a number from 0 to 63'
        : `write \`${octet}\`, if that is the whole traffic class octet`,
    );
  },
};

export const PORT_RANGE: Kind<PortRange> = {
  what: 'a port or a range of ports',
  example: '16384-32767',
  json: { type: ['string', 'integer'] },
  read(_, written) {
    const parsed = parsePortRange(written);
    if (parsed !== undefined) return ok(parsed);
    return fault(
      `${quoted(written)} is neither a port nor a range of ports`,
      'write a number from 1 to 65535, or two with `-` between: `16384-32767`',
    );
  },
};

const PROTOCOLS = words<ClassProtocol>('udp', 'sctp', 'icmp', 'esp', 'gre');

export const CLASS_PROTOCOL: Kind<ClassProtocol> = {
  ...PROTOCOLS,
  read(value, written) {
    if (value !== 'tcp') return PROTOCOLS.read(value, written);
    // To take a subflow away from the WAN of its address is to undo what MPTCP builds on.
    return fault(
      'a class is for what is not TCP: TCP goes by the WAN of its subnet, so that MPTCP fills them all',
      `write ${PROTOCOLS.what}; or give a host that must not use a WAN no address of its subnet`,
    );
  },
};
