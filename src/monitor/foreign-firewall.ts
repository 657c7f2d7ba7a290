/**
 * Firewalls of others on this machine: what their chains make of a packet of ours. Pure.
 *
 * Always holds: a packet is called dropped only where every way through the rules drops it; what a rule
 * asks for and nobody here knows (marks, limits, extensions) may be so or not.
 */
import { z } from 'zod';

import type { Address, Family } from '../net/address.ts';
import { parsePrefix, prefixContains } from '../net/prefix.ts';

/** The first packet of a flow. */
export interface TestPacket {
  readonly hook: Hook;
  readonly family: Family;
  readonly protocol: 'udp' | 'tcp';
  readonly incoming: string | undefined;
  readonly outgoing: string | undefined;
  readonly source: Address | undefined;
  readonly destination: Address | undefined;
  readonly port: number;
}

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

const HOOKS: ReadonlySet<string> = new Set<Hook>([
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
]);

const chain = z.object({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  type: z.string().optional(),
  hook: z.string().optional(),
  prio: z.number().optional(),
  policy: z.string().optional(),
});
const rule = z.object({
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  expr: z.array(z.record(z.string(), z.unknown())),
});
const ruleset = z.object({
  nftables: z.array(
    z.object({ chain: chain.optional().catch(undefined), rule: rule.optional().catch(undefined) }),
  ),
});

export interface ForeignChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: Hook;
  readonly policy: 'accept' | 'drop';
  /** Chains of the same table, by name; this one is among them. */
  readonly rules: ReadonlyMap<string, readonly Expressions[]>;
}

type Expressions = readonly Readonly<Record<string, unknown>>[];

/** Base chains that see packets as they pass, `nft -j -t list table …`. */
export function parseForeignChains(json: string): readonly ForeignChain[] {
  if (json.trim() === '') return [];
  const items = ruleset.parse(JSON.parse(json)).nftables;
  const tables = new Map<string, Map<string, Expressions[]>>();
  const rulesOf = (family: string, table: string): Map<string, Expressions[]> => {
    const key = `${family} ${table}`;
    const known = tables.get(key) ?? new Map<string, Expressions[]>();
    tables.set(key, known);
    return known;
  };
  for (const { rule: one } of items) {
    if (one === undefined) continue;
    const chains = rulesOf(one.family, one.table);
    const list = chains.get(one.chain) ?? [];
    list.push(one.expr);
    chains.set(one.chain, list);
  }
  return items.flatMap(({ chain: one }): readonly ForeignChain[] => {
    if (one?.type !== 'filter' || one.hook === undefined || !HOOKS.has(one.hook)) return [];
    if (!['ip', 'ip6', 'inet'].includes(one.family)) return [];
    return [
      {
        family: one.family,
        table: one.table,
        name: one.name,
        hook: one.hook as Hook,
        policy: one.policy === 'drop' ? 'drop' : 'accept',
        rules: rulesOf(one.family, one.table),
      },
    ];
  });
}

export type Judgement = 'passes' | 'may-be-dropped' | 'dropped';

export function judge(one: ForeignChain, packet: TestPacket): Judgement {
  const { family } = one;
  const seen = family === 'inet' || (family === 'ip6') === (packet.family === 'ipv6');
  if (!seen || one.hook !== packet.hook) return 'passes';
  const ends = walk(one, one.name, packet, new Set());
  if (ends.has('end')) ends.add(one.policy);
  if (!ends.has('drop')) return 'passes';
  return ends.has('accept') ? 'may-be-dropped' : 'dropped';
}

/** `end`: neither accepted nor dropped, so whoever called it goes on. */
type End = 'accept' | 'drop' | 'end';

function walk(
  one: ForeignChain,
  name: string,
  packet: TestPacket,
  callers: ReadonlySet<string>,
): Set<End> {
  const ends = new Set<End>();
  // The kernel takes no loops; what is read may be half of a change.
  if (callers.has(name)) return ends.add('end');
  const inner = new Set(callers).add(name);
  for (const expressions of one.rules.get(name) ?? []) {
    const matches = matching(expressions, packet);
    if (matches === 'no') continue;
    const verdict = verdictOf(expressions, packet);
    if (verdict === undefined) continue;
    const { ends: its, returns } = outcome(one, verdict, packet, inner);
    for (const end of its) ends.add(end);
    if (matches === 'yes' && verdict.certain && !returns) return ends;
  }
  return ends.add('end');
}

interface Verdict {
  readonly action: 'accept' | 'drop' | 'return' | 'jump' | 'goto';
  readonly target?: string;
  readonly certain: boolean;
}

/** @returns `returns`: the rules after it are asked as well. */
function outcome(
  one: ForeignChain,
  { action, target = '' }: Verdict,
  packet: TestPacket,
  callers: ReadonlySet<string>,
): { readonly ends: readonly End[]; readonly returns: boolean } {
  switch (action) {
    case 'accept':
    case 'drop':
      return { ends: [action], returns: false };
    case 'return':
      return { ends: ['end'], returns: false };
    case 'jump': {
      const ends = walk(one, target, packet, callers);
      const returns = ends.delete('end');
      return { ends: [...ends], returns };
    }
    case 'goto':
      return { ends: [...walk(one, target, packet, callers)], returns: false };
  }
}

function verdictOf(expressions: Expressions, packet: TestPacket): Verdict | undefined {
  for (const one of expressions) {
    if ('accept' in one) return { action: 'accept', certain: true };
    if ('drop' in one || 'reject' in one) return { action: 'drop', certain: true };
    if ('return' in one) return { action: 'return', certain: true };
    // To a program that decides: nobody knows how.
    if ('queue' in one) return { action: 'accept', certain: true };
    const extension = target.safeParse(one['xt']);
    if (extension.success) {
      const { name } = extension.data;
      if (name === 'REJECT' || name === 'DROP') return { action: 'drop', certain: true };
    }
    for (const action of ['jump', 'goto'] as const) {
      const to = jump.safeParse(one[action]);
      if (to.success) return { action, target: to.data.target, certain: true };
    }
    const map = vmap.safeParse(one['vmap']);
    if (map.success) return mapped(map.data, packet);
  }
  return undefined;
}

const target = z.object({ type: z.literal('target'), name: z.string() });
const jump = z.object({ target: z.string() });
const vmap = z.object({
  key: z.unknown(),
  data: z.object({ set: z.array(z.tuple([z.unknown(), z.record(z.string(), z.unknown())])) }),
});

function mapped({ key, data }: z.infer<typeof vmap>, packet: TestPacket): Verdict | undefined {
  const own = valueOf(key, packet);
  for (const [item, verdict] of data.set) {
    const fits = own === UNKNOWN ? 'maybe' : fitting(own, item);
    if (fits === 'no') continue;
    const found = verdictOf([verdict], packet);
    if (found !== undefined) return { ...found, certain: found.certain && fits === 'yes' };
  }
  return undefined;
}

type Fits = 'yes' | 'no' | 'maybe';

function matching(expressions: Expressions, packet: TestPacket): Fits {
  let all: Fits = 'yes';
  for (const one of expressions) {
    const fits = 'match' in one ? matchFits(one['match'], packet) : otherFits(one);
    if (fits === 'no') return 'no';
    if (fits === 'maybe') all = 'maybe';
  }
  return all;
}

const match = z.object({ op: z.string(), left: z.unknown(), right: z.unknown() });

function matchFits(raw: unknown, packet: TestPacket): Fits {
  const parsed = match.safeParse(raw);
  if (!parsed.success) return 'maybe';
  const { op, left, right } = parsed.data;
  const own = valueOf(left, packet);
  if (own === UNKNOWN) return 'maybe';
  const fits = fitting(own, right);
  if (op === '==' || op === 'in') return fits;
  if (op !== '!=') return 'maybe';
  return fits === 'yes' ? 'no' : fits === 'no' ? 'yes' : 'maybe';
}

/** What stands in a rule beside comparisons and verdicts. */
function otherFits(one: Readonly<Record<string, unknown>>): Fits {
  if ('limit' in one || 'quota' in one || 'ct count' in one) return 'maybe';
  const extension = z.object({ type: z.literal('match'), name: z.string() }).safeParse(one['xt']);
  if (!extension.success) return 'yes';
  const { name } = extension.data;
  if (name === 'comment') return 'yes';
  // Almost always asks for what is established: the first packet of a flow is not.
  return name === 'conntrack' || name === 'state' ? 'no' : 'maybe';
}

const UNKNOWN = Symbol('unknown');

/** Of the packet; undefined: it has none, and nothing equals it. */
function valueOf(left: unknown, packet: TestPacket): string | number | undefined | typeof UNKNOWN {
  const meta = z.object({ meta: z.object({ key: z.string() }) }).safeParse(left);
  if (meta.success) return metaOf(meta.data.meta.key, packet);
  const payload = z
    .object({ payload: z.object({ protocol: z.string(), field: z.string() }) })
    .safeParse(left);
  if (payload.success) return fieldOf(payload.data.payload, packet);
  const ct = z.object({ ct: z.object({ key: z.string() }) }).safeParse(left);
  if (ct.success) return ct.data.ct.key === 'state' ? 'new' : UNKNOWN;
  return UNKNOWN;
}

function metaOf(key: string, packet: TestPacket): string | undefined | typeof UNKNOWN {
  switch (key) {
    case 'iifname':
    case 'iif':
      return packet.incoming;
    case 'oifname':
    case 'oif':
      return packet.outgoing;
    case 'nfproto':
      return packet.family;
    case 'protocol':
      return packet.family === 'ipv4' ? 'ip' : 'ip6';
    case 'l4proto':
      return packet.protocol;
    default:
      return UNKNOWN;
  }
}

function fieldOf(
  { protocol, field }: { readonly protocol: string; readonly field: string },
  packet: TestPacket,
): string | number | undefined | typeof UNKNOWN {
  if (protocol === 'ip' || protocol === 'ip6') {
    if ((protocol === 'ip6') !== (packet.family === 'ipv6')) return undefined;
    if (field === 'saddr') return packet.source ?? UNKNOWN;
    if (field === 'daddr') return packet.destination ?? UNKNOWN;
    return field === 'protocol' || field === 'nexthdr' ? packet.protocol : UNKNOWN;
  }
  if (protocol !== packet.protocol && protocol !== 'th') {
    return ['tcp', 'udp', 'icmp', 'icmpv6', 'sctp'].includes(protocol) ? undefined : UNKNOWN;
  }
  return field === 'dport' ? packet.port : UNKNOWN;
}

const range = z.object({ range: z.tuple([z.number(), z.number()]) });
const prefix = z.object({ prefix: z.object({ addr: z.string(), len: z.number() }) });
const set = z.object({ set: z.array(z.unknown()) });

/** Whether a value is what `right` asks for, or in it. */
function fitting(own: string | number | undefined, right: unknown): Fits {
  if (own === undefined) return 'no';
  if (Array.isArray(right)) return any(right.map((one) => fitting(own, one)));
  const list = set.safeParse(right);
  if (list.success) return any(list.data.set.map((one) => fitting(own, one)));
  const numbers = range.safeParse(right);
  if (numbers.success) {
    const [first, last] = numbers.data.range;
    return typeof own === 'number' && own >= first && own <= last ? 'yes' : 'no';
  }
  const network = prefix.safeParse(right);
  if (network.success) {
    const { addr, len } = network.data.prefix;
    const parsed = parsePrefix(`${addr}/${len}`);
    if (parsed === undefined) return 'maybe';
    return prefixContains(parsed, own as Address) ? 'yes' : 'no';
  }
  if (typeof right === 'string') {
    // A set by its name: its elements are not looked at.
    if (right.startsWith('@')) return 'maybe';
    if (right.endsWith('*')) return String(own).startsWith(right.slice(0, -1)) ? 'yes' : 'no';
    return String(own) === right ? 'yes' : 'no';
  }
  if (typeof right === 'number') return own === right ? 'yes' : 'no';
  return 'maybe';
}

function any(all: readonly Fits[]): Fits {
  if (all.includes('yes')) return 'yes';
  return all.includes('maybe') ? 'maybe' : 'no';
}
