/**
 * What a `SiteConfig` says → the text of a site file that says the same.
 *
 * Always holds: what is missing in it, since an older version wrote it, is missing in the text too, so
 * that reading the text gives it the default of today; what only a newer version knows is left out; what
 * is no site at all is read as no site.
 * Newer states keep the text of the file itself, so keys that came later need nothing here.
 */
import { formatAddressRange } from '../net/address-range.ts';
import type { AddressRange } from '../net/address-range.ts';
import { formatInterfaceAddress } from '../net/address.ts';
import type { InterfaceAddress } from '../net/address.ts';
import { formatPortRange } from '../net/port-range.ts';
import type { PortRange } from '../net/port-range.ts';
import { blockAt } from './json-schema.ts';
import type { Path } from './tree.ts';
import { formatRate } from '../net/rate.ts';

type Writer = (value: unknown) => unknown;
type Fields = Readonly<Record<string, unknown>>;

/** How the value of a key is written; by the block that it stands in where one name has two meanings. */
const WRITERS: Readonly<Record<string, Writer>> = {
  address: (value) =>
    isFields(value) ? formatInterfaceAddress(value as unknown as InterfaceAddress) : value,
  'blackhole-timeout': milliseconds,
  capacity: (value) => formatRate(Number(value)),
  'hold-down': milliseconds,
  interval: milliseconds,
  lease: milliseconds,
  loss: (value) => `${Number((Number(value) * 100).toFixed(6))}%`,
  'notsent-lowat': bytes,
  pool: (value) => formatAddressRange(value as AddressRange),
  quiet: milliseconds,
  'receive-buffer': bytes,
  'round-trip': milliseconds,
  'rto-min': milliseconds,
  'send-buffer': bytes,
  'damping window': milliseconds,
};

const ITEM_WRITERS: Readonly<Record<string, Writer>> = {
  'wans addresses': (value) => formatInterfaceAddress(value as InterfaceAddress),
  ports: (value) => formatPortRange(value as PortRange),
};

/** Names that follow from others. */
const DERIVED = new Set(['paths name']);

/** What `off` stands for, when it is not there. */
const OPTIONAL = ['provision', 'proxy'];

/** @param site complete, or what an older version knew of one. */
export function siteText(site: unknown): string {
  if (!isFields(site)) return '';
  const off = Object.fromEntries(
    OPTIONAL.filter((key) => site[key] === undefined).map((key) => [key, 'off']),
  );
  // One value per line: readers of site files refuse very long lines.
  return `${JSON.stringify({ ...block([], site), ...off }, null, 2)}\n`;
}

function block(path: Path, fields: Fields): Fields {
  const known = blockAt(path)?.properties;
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => {
      const key = field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const absent = value === undefined || value === null || DERIVED.has(inBlock(path, key));
      // An empty list is what no list is; but no detours at all are a choice.
      const empty = Array.isArray(value) && value.length === 0 && key !== 'detours';
      const unknown = known !== undefined && !(key in known);
      return absent || empty || unknown ? [] : [[key, written(path, key, value)]];
    }),
  );
}

function written(path: Path, key: string, value: unknown): unknown {
  const writer = WRITERS[inBlock(path, key)] ?? WRITERS[key];
  if (writer !== undefined) return writer(value);
  const here = [...path, key];
  if (Array.isArray(value)) {
    const item = ITEM_WRITERS[inBlock(path, key)] ?? ITEM_WRITERS[key];
    return value.map(
      (each: unknown, index) =>
        item?.(each) ?? (isFields(each) ? block([...here, index], each) : each),
    );
  }
  return isFields(value) ? block(here, value) : value;
}

/** `wans addresses`: a key, and what the block is called that it stands in. */
function inBlock(path: Path, key: string): string {
  return `${path.findLast((part) => typeof part === 'string') ?? ''} ${key}`;
}

function milliseconds(value: unknown): unknown {
  return `${String(value)}ms`;
}

function bytes(value: unknown): unknown {
  return `${String(value)}B`;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
