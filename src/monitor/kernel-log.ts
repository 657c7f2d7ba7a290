/**
 * `ip -N -ts -o monitor label link address route rule netconf` → what happened in the kernel; pure.
 *
 * Always holds: of every table all routes but the kernel's own come out, and whatever is no route. Those
 * of the main table are next hops that a DHCP client sets, or networks that it may know better than a
 * peer does (src/plan/main-table.ts).
 */
import { addressBits, familyOf, parseAddress } from '../net/address.ts';
import { localTime } from './engine-log.ts';

export interface RouteMoved {
  readonly kind: 'route';
  /** Wall clock of the kernel's notification, milliseconds with fractions. */
  readonly at: number;
  readonly table: number;
  readonly prefix: string;
  /** Undefined: no way left (unreachable or deleted). */
  readonly device: string | undefined;
  /** The path engine never takes a route away without another in its place. */
  readonly deleted: boolean;
  readonly byEngine: boolean;
}

/** A link, an address, a policy rule, a switch of an interface, or a route of the main table. */
export interface OtherChange {
  readonly kind: 'other';
  readonly at: number;
}

const LINE = /^\[([^\].]+)(\.\d+)?\] \[(LINK|ADDR|ROUTE|RULE|NETCONF)\](.*)$/;
/** 7: RTN_UNREACHABLE. Numbers, since /etc/iproute2 may give tables and protocols any name. */
const ROUTE = /^(Deleted )?(?:(7) )?(\S+) (.*)$/;
/** RTPROT_BIRD, RTPROT_KERNEL. */
const BY_ENGINE = /\bproto 12\b/;
const BY_KERNEL = /\bproto 2\b/;

/** A route to one host is printed without a length. */
function withLength(text: string): string {
  const host = parseAddress(text);
  return host === undefined ? text : `${host}/${addressBits(familyOf(host))}`;
}

export function parseKernelLine(line: string): RouteMoved | OtherChange | undefined {
  const [, time = '', fraction = '', label, rest = ''] = LINE.exec(line) ?? [];
  if (label === undefined) return undefined;
  const at = localTime(time, fraction);
  if (label !== 'ROUTE') return { kind: 'other', at };
  const [, deleted, unreachable, prefix = '', attributes = ''] = ROUTE.exec(rest) ?? [];
  const table = /\btable (\d+)\b/.exec(attributes)?.[1];
  if (BY_KERNEL.test(attributes)) return undefined;
  // The main table is not named.
  if (table === undefined) return prefix === '' ? undefined : { kind: 'other', at };
  const device = /\bdev (\S+)/.exec(attributes)?.[1];
  return {
    kind: 'route',
    at,
    table: Number(table),
    prefix: withLength(prefix),
    device: deleted === undefined && unreachable === undefined ? device : undefined,
    deleted: deleted !== undefined,
    byEngine: BY_ENGINE.test(attributes),
  };
}
