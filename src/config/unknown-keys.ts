/** Keys that a site file does not know, and which one was probably meant. */
import { asList, blockAt, homesOf } from './json-schema.ts';
import { quoted } from './kind.ts';
import { nearest } from './nearest.ts';
import type { Reporter } from './source.ts';
import type { Entry, MappingNode, Path, TreeNode } from './tree.ts';

/** What others call our keys. */
const SYNONYMS: Readonly<Record<string, string>> = {
  gateway: 'nexthop',
  gw: 'nexthop',
  router: 'nexthop',
  via: 'nexthop',
  bandwidth: 'capacity',
  rate: 'capacity',
  speed: 'capacity',
  dev: 'interface',
  device: 'interface',
  nic: 'interface',
  iface: 'interface',
  ip: 'address',
  ipv4: 'address',
  ipv6: 'address',
  network: 'subnet',
  net: 'subnet',
  endpoint: 'remote',
  dst: 'remote',
  destination: 'remote',
  uplinks: 'wans',
  links: 'wans',
  hubs: 'peers',
  hub: 'peers',
  branches: 'peers',
  hostname: 'site',
  bfd: 'detection',
  vxlan: 'tunnel',
  tos: 'dscp',
  dsfield: 'dscp',
  id: 'vni',
};

/** Somebody else's name for a key at the top of a site file. */
export function isSynonym(key: string): boolean {
  return Object.hasOwn(SYNONYMS, key.toLowerCase());
}

interface Known {
  readonly all: readonly string[];
  readonly lists: readonly string[];
}

export function reportUnknownKeys(
  keys: readonly string[],
  path: Path,
  node: TreeNode | undefined,
  report: Reporter,
  meant: Map<MappingNode, Set<string>>,
): void {
  if (node?.kind !== 'mapping') return;
  const properties = Object.entries(blockAt(path)?.properties ?? {});
  const lists = properties.filter(([, schema]) => asList(schema) !== undefined);
  const known = { all: properties.map(([key]) => key), lists: lists.map(([key]) => key) };
  for (const key of keys) {
    const entry = node.entries.get(key);
    if (entry === undefined) continue;
    const glued = /^([\w-]+):(\S+)$/.exec(key);
    const guess = known.all.includes(glued?.[1] ?? '') ? glued?.[1] : guessKey(key, entry, known);
    const absent = guess !== undefined && !node.entries.has(guess);
    if (absent) meant.set(node, (meant.get(node) ?? new Set()).add(guess));
    if (glued !== null && glued[1] === guess) {
      report.error(
        entry.key,
        `the space after the colon is missing in ${quoted(key)}`,
        `write ${quoted(key.replace(':', ': '))}`,
      );
    } else if (guess !== undefined) {
      report.error(
        entry.key,
        `unknown key ${quoted(key)}`,
        absent ? `did you mean \`${guess}\`?` : `remove it; \`${guess}\` is given already`,
      );
    } else {
      const message = key === '' ? 'this key is empty' : `unknown key ${quoted(key)}`;
      report.error(entry.key, `${message}${placeName(path)}`, cureForUnknown(key, known.all));
    }
  }
}

/** ` in tunnel`, ` in an item of wans`; nothing for the top level. */
export function placeName(path: Path): string {
  const last = path.findLast((step) => typeof step === 'string');
  if (last === undefined) return '';
  return typeof path.at(-1) === 'number' ? ` in an item of \`${last}\`` : ` in \`${last}\``;
}

function guessKey(key: string, { value }: Entry, known: Known): string | undefined {
  const lower = key.toLowerCase();
  const synonym = Object.hasOwn(SYNONYMS, lower) ? SYNONYMS[lower] : undefined;
  if (synonym !== undefined && known.all.includes(synonym)) return synonym;
  // `prefixs: [a, b]` is as near to `prefix` as to `prefixes`; the value tells.
  const likely =
    value.kind === 'list' ? known.lists : known.all.filter((each) => !known.lists.includes(each));
  return nearest(key, likely) ?? nearest(key, known.all);
}

function cureForUnknown(key: string, known: readonly string[]): string {
  if (key === '<<') return 'merge keys (`<<`) are not read; write the keys out';
  const homes = homesOf(key);
  if (homes.length > 0) return `it belongs ${homes.join(' or ')}: check the indentation`;
  return `remove it; known here: ${known.join(', ')}`;
}
