/**
 * `ip -N -ts -o monitor label link address route` → what happened in the kernel; pure.
 *
 * Always holds: only the engine's own route changes and changes of links, addresses and the main
 * table's default routes (the next hops that a DHCP client sets) come out.
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
}

export interface LinkChanged {
  readonly kind: 'link';
  readonly at: number;
}

const LINE = /^\[([^\].]+)(\.\d+)?\] \[(LINK|ADDR|ROUTE)\](.*)$/;
/** 7: RTN_UNREACHABLE. Numbers, since /etc/iproute2 may give tables and protocols any name. */
const ROUTE = /^(Deleted )?(?:(7) )?(\S+) (.*)$/;
/** RTPROT_BIRD. */
const BY_ENGINE = /\bproto 12\b/;

/** A route to one host is printed without a length. */
function withLength(text: string): string {
  const host = parseAddress(text);
  return host === undefined ? text : `${host}/${addressBits(familyOf(host))}`;
}

export function parseKernelLine(line: string): RouteMoved | LinkChanged | undefined {
  const [, time = '', fraction = '', label, rest = ''] = LINE.exec(line) ?? [];
  if (label === undefined) return undefined;
  const at = localTime(time, fraction);
  if (label !== 'ROUTE') return { kind: 'link', at };
  const [, deleted, unreachable, prefix = '', attributes = ''] = ROUTE.exec(rest) ?? [];
  const table = /\btable (\d+)\b/.exec(attributes)?.[1];
  // The main table is not named.
  if (prefix === 'default' && !/\btable /.test(attributes)) return { kind: 'link', at };
  if (table === undefined || !BY_ENGINE.test(attributes)) return undefined;
  const device = /\bdev (\S+)/.exec(attributes)?.[1];
  return {
    kind: 'route',
    at,
    table: Number(table),
    prefix: withLength(prefix),
    device: deleted === undefined && unreachable === undefined ? device : undefined,
  };
}
