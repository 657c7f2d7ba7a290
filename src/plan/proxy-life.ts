/**
 * How a host learns that the proxy was killed: by a reset. The kernel closes the sockets of a process
 * that dies with FIN, the word for "this was all". So while a process of the proxy lives, an nftables
 * table of its own marks what it says to hosts, and a FIN without that mark becomes a RST.
 *
 * The table is owned: it goes when the netlink socket closes that made it. The process holds that socket
 * under its greatest descriptor number, and the kernel closes the greatest first. Its listeners go last,
 * so the table says as well that there is somebody for a new connection.
 *
 * Always holds: a FIN of a connection that is closed by a process that lives, or by one that has handed
 * over to a process that lives, stays one.
 */
import { PROXY_LIVES, PROXY_LIVES_MARK, PROXY_MARKS } from './ids.ts';
import {
  ACKNOWLEDGE,
  APPEND,
  attribute,
  CREATE,
  hostOrder,
  joined,
  message,
  nested,
  networkOrder,
  REQUEST,
  text,
} from './netlink.ts';

const TABLE_PREFIX = 'wamptcp_proxy_';

/** Before the chain that makes resets, which has −10. */
const OUTPUT_PRIORITY = -20;

/** Before the chain that steers to the proxy, which has −140; after all that mark for another reason. */
const PREROUTING_PRIORITY = -141;

/** What a process marks its sockets towards hosts with. */
export function lifeMark(life: number): string {
  return hex(PROXY_MARKS + life);
}

/** The numbers of the processes that live, from what `nft list tables` prints. */
export function parseLives(tables: string): readonly number[] {
  const names = tables.matchAll(new RegExp(`^table inet ${TABLE_PREFIX}(\\d+)$`, 'gm'));
  return [...names].map(([, life]) => Number(life));
}

/** What a new connection has on it while there is a process that will take it. */
export function livesMark(): string {
  return hex(PROXY_LIVES_MARK);
}

/** For the hook output, after those tables. RST and ACK: the number of the FIN is the one expected. */
export function resetsOfTheDead(): readonly string[] {
  const marks = `${hex(PROXY_MARKS)}-${hex(PROXY_MARKS + PROXY_LIVES - 1)}`;
  return [`\t\tmeta mark ${marks} tcp flags & fin == fin tcp flags set rst | ack`];
}

/** `linux/netfilter.h` and `linux/netfilter/nfnetlink.h`. */
const INET = 1;
const PRE_ROUTING = 0;
const LOCAL_OUT = 3;
const NF_TABLES = 10;
const BATCH = { begin: 16, end: 17 } as const;

/** `linux/netfilter/nf_tables.h`, as are the numbers of attributes below. */
const NEW = { table: 0, chain: 3, rule: 6 } as const;
const FLAG_OWNER = 2;
const REGISTER = networkOrder(1);
const KEY_MARK = networkOrder(3);
const KEY_PROTOCOL = networkOrder(16);
const TCP = Uint8Array.of(6);
const EQUAL = networkOrder(0);

/**
 * The table of a process as a batch for the kernel, which answers it once. Whoever sends it owns the table.
 * @param life the number of the process.
 * @param before those it takes over from: what they closed may still be on its way when they have ended.
 */
export function lifeBatch(life: number, before: readonly number[]): Uint8Array {
  const name = text(`${TABLE_PREFIX}${life}`);
  const chain = (title: string, hook: number, priority: number): Uint8Array =>
    create(
      NEW.chain,
      0,
      attribute(1, name),
      attribute(3, text(title)),
      nested(4, attribute(1, networkOrder(hook)), attribute(2, networkOrder(priority))),
      attribute(7, text('filter')),
    );
  const rule = (title: string, flags: number, expressions: readonly Uint8Array[]): Uint8Array =>
    create(
      NEW.rule,
      APPEND | flags,
      attribute(1, name),
      attribute(2, text(title)),
      nested(4, ...expressions),
    );
  return joined([
    bounds(BATCH.begin),
    create(NEW.table, 0, attribute(1, name), attribute(2, networkOrder(FLAG_OWNER))),
    chain('output', LOCAL_OUT, OUTPUT_PRIORITY),
    chain('prerouting', PRE_ROUTING, PREROUTING_PRIORITY),
    ...[...before, life].map((each) => rule('output', 0, marked(PROXY_MARKS + each))),
    rule('prerouting', ACKNOWLEDGE, [...isTcp(), ...marked(0)]),
    bounds(BATCH.end),
  ]);
}

/** `meta l4proto tcp` */
function isTcp(): readonly Uint8Array[] {
  return [expression('meta', attribute(1, REGISTER), attribute(2, KEY_PROTOCOL)), equals(TCP)];
}

/** `meta mark … meta mark set …`, with the mark of the living. */
function marked(mark: number): readonly Uint8Array[] {
  return [
    expression('meta', attribute(1, REGISTER), attribute(2, KEY_MARK)),
    equals(hostOrder(mark)),
    expression(
      'immediate',
      attribute(1, REGISTER),
      nested(2, attribute(1, hostOrder(PROXY_LIVES_MARK))),
    ),
    expression('meta', attribute(2, KEY_MARK), attribute(3, REGISTER)),
  ];
}

function equals(value: Uint8Array): Uint8Array {
  return expression(
    'cmp',
    attribute(1, REGISTER),
    attribute(2, EQUAL),
    nested(3, attribute(1, value)),
  );
}

function expression(name: string, ...content: readonly Uint8Array[]): Uint8Array {
  return nested(1, attribute(1, text(name)), nested(2, ...content));
}

function create(type: number, flags: number, ...content: readonly Uint8Array[]): Uint8Array {
  const header = Uint8Array.of(INET, 0, 0, 0);
  return message((NF_TABLES << 8) | type, REQUEST | CREATE | flags, header, ...content);
}

function bounds(type: number): Uint8Array {
  return message(type, REQUEST, Uint8Array.of(0, 0, 0, NF_TABLES));
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
