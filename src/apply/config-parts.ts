/**
 * Two versions of a text that a program loads (BIRD, nftables, dnsmasq, HAProxy) → which parts of it
 * differ, as an engineer calls them; pure.
 *
 * Always holds: equal texts give nothing; texts that differ give at least one part; what a part is
 * called comes from the texts alone.
 */
import type { Milliseconds } from '../net/duration.ts';
import { formatDuration } from '../net/duration.ts';

/** More than that is no reason any more but a list. */
const MOST_PARTS = 6;

export type Named = (device: string) => string;

/** @param pathOf what the tunnel `device` is called in the site file. */
export function engineParts(before: string, after: string, pathOf: Named): readonly string[] {
  if (before === after) return [];
  return shortened([
    ...timerParts(before, after),
    ...sessionParts(before, after, pathOf),
    ...routeParts(before, after, pathOf),
  ]);
}

/** Chains, sets and maps of nftables. */
export function rulesetParts(before: string, after: string): readonly string[] {
  if (before === after) return [];
  const blocks = changedBlocks(rulesetBlocks(before), rulesetBlocks(after));
  return shortened(blocks.map(({ name, how }) => `${name}${HOW[how]}`));
}

/** dnsmasq: one option per line. HAProxy: sections. */
export function lineParts(before: string, after: string): readonly string[] {
  if (before === after) return [];
  const [one, other] = [lines(before), lines(after)];
  const [had, has] = [new Set(one), new Set(other)];
  const gone = one.filter((line) => !has.has(line));
  const come = other.filter((line) => !had.has(line));
  const parts = [...come.map((line) => `${line} (new)`), ...gone.map((line) => `${line} (gone)`)];
  return shortened(parts.length === 0 ? ['order of its lines'] : parts);
}

function shortened(parts: readonly string[]): readonly string[] {
  const all = parts.length === 0 ? ['text without effect'] : parts;
  const left = all.length - MOST_PARTS;
  return left <= 1 ? all : [...all.slice(0, MOST_PARTS), `${left} more`];
}

type How = 'new' | 'gone' | 'changed';

const HOW: Readonly<Record<How, string>> = { new: ' (new)', gone: ' (gone)', changed: '' };

function changedBlocks(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly { readonly name: string; readonly how: How }[] {
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((name) => {
    const [one, other] = [before.get(name), after.get(name)];
    if (one === other) return [];
    const how = one === undefined ? 'new' : other === undefined ? 'gone' : 'changed';
    return [{ name, how }];
  });
}

function rulesetBlocks(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^\t((?:chain|set|map) [^\s{]+) \{\n([\s\S]*?)^\t\}/gm)].map(
      ([, name = '', body = '']) => [name, body],
    ),
  );
}

function timerParts(before: string, after: string): readonly string[] {
  const [one, other] = [timers(before), timers(after)];
  if (one === undefined || other === undefined) return [];
  const parts: string[] = [];
  if (one.interval !== other.interval) {
    const [from, to] = [formatDuration(one.interval), formatDuration(other.interval)];
    parts.push(`detection.interval ${from} → ${to}`);
  }
  if (one.multiplier !== other.multiplier) {
    parts.push(`detection.multiplier ${one.multiplier} → ${other.multiplier}`);
  }
  return parts;
}

function timers(
  text: string,
): { readonly interval: Milliseconds; readonly multiplier: number } | undefined {
  const [, interval, multiplier] =
    /^ {2}interface "[^"]+" \{ interval (\d+) us; multiplier (\d+);/m.exec(text) ?? [];
  if (interval === undefined) return undefined;
  return { interval: Number(interval) / 1000, multiplier: Number(multiplier) };
}

function sessionParts(before: string, after: string, pathOf: Named): readonly string[] {
  const [one, other] = [sessions(before), sessions(after)];
  return changedBlocks(one, other).map(
    ({ name, how }) => `BFD session of path ${pathOf(name)}${HOW[how]}`,
  );
}

function sessions(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^ {2}neighbor (\S+)%'([^']+)' (.*)$/gm)].map(
      ([, far = '', device = '', rest = '']) => [device, `${far} ${rest}`],
    ),
  );
}

interface RouteOf {
  readonly prefix: string;
  readonly device: string | undefined;
  readonly text: string;
}

/** Prefixes that come and go; of those that stay, the paths whose routes rank or are sized otherwise. */
function routeParts(before: string, after: string, pathOf: Named): readonly string[] {
  const [one, other] = [routes(before), routes(after)];
  const prefixes = (all: readonly RouteOf[]): ReadonlySet<string> =>
    new Set(all.map(({ prefix }) => prefix));
  const [had, has] = [prefixes(one), prefixes(other)];
  const [were, are] = [
    new Set(one.map(({ text }) => text)),
    new Set(other.map(({ text }) => text)),
  ];
  const differing = [
    ...one.filter(({ text }) => !are.has(text)),
    ...other.filter(({ text }) => !were.has(text)),
  ].filter(({ prefix }) => had.has(prefix) && has.has(prefix));
  const devices = new Set(differing.flatMap(({ device }) => device ?? []));
  return [
    ...[...has].filter((prefix) => !had.has(prefix)).map((prefix) => `routes to ${prefix} (new)`),
    ...[...had].filter((prefix) => !has.has(prefix)).map((prefix) => `routes to ${prefix} (gone)`),
    ...[...devices].map((device) => `rank of the routes by path ${pathOf(device)}`),
    ...changedBlocks(kernelTables(before), kernelTables(after)).map(
      ({ name, how }) => `table ${name}${HOW[how]}`,
    ),
  ];
}

function routes(text: string): readonly RouteOf[] {
  // Of which table a route is, is in the line before: a protocol of that table.
  let protocol = '';
  return text.split('\n').flatMap((line) => {
    const [, begun] = /^protocol static (\S+) \{/.exec(line) ?? [];
    protocol = begun ?? protocol;
    const [, prefix, target = ''] = /^ {2}route (\S+) (.*)$/.exec(line) ?? [];
    if (prefix === undefined) return [];
    const [, device] = /%'([^']+)'/.exec(target) ?? [];
    return [{ prefix, device, text: `${protocol} ${line}` }];
  });
}

function kernelTables(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^protocol kernel kernel_t(\d+)_(ipv[46]) \{$/gm)].map(
      ([, table = '', family = '']) => [`${table} (${family})`, ''],
    ),
  );
}

function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
