/**
 * 10,000 broken site files (`make check`: 2,000): whatever the text, there is a clear problem or a valid site, never an
 * exception. A failure prints its seed; run it again with
 *
 *     FUZZ_SEED=<seed> node --test test/unit/config/fuzz.test.ts
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';

import { contradictions } from '../../../src/config/contradictions.ts';
import { parseSite } from '../../../src/config/parse.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import type { Problem } from '../../../src/config/problem.ts';
import { assertInvariants } from './invariants.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const SHARES = { texts: 0.65, structures: 0.25, noise: 0.1 } as const;

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const examples = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(EXAMPLES, name), 'utf8'));

/** Values that have broken parsers before, and values that are good elsewhere in the file. */
const NASTY: readonly string[] = [
  ...['', '~', 'null', 'true', 'no', '0', '-1', '1e999', '.inf', '.nan', '0x10', '0o7', '1_000'],
  ...['[]', '{}', '[[]]', '[,]', '{,}', '*', '&', '*x', '&x y', '!!str', '!x', '|', '>', '%', '@'],
  ...['"', "'", '"\\x"', '"\\u0000"', '`', '- -', '? ', ': ', '---', '...', '#', '<<', '\t', '\0'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '\ufeff', '\u2028', '\ud800', '💥'],
  ...['192.0.2.2/30', '192.0.2.1', '0.0.0.0/0', '::/0', '::', '255.255.255.255', '10.10.1.0/24'],
  ...['10.10.0.0/16', '10.10.1.1/24', '2001:db8::/127', 'fe80::1', '::ffff:1.2.3.4', '1.2.3.4/33'],
  ...['fibre', 'lte', 'hub', 'branch', 'wan0', 'lan0', 'lo', 'Fibre', '-', 'x'.repeat(40)],
  ...['100mbit', '0mbit', '50ms', '5ms', '1h', '999999999h', '64MiB', '16777215', '16777216'],
  ...['{ wan: fibre, remote: 203.0.113.1 }', '[fibre, lte]', '{ prefix: 10.9.0.0/24 }', 'off'],
];
const nasty = fc.constantFrom(...NASTY);

/** One change of a text; the numbers say where, as a share of its length. */
type Mutation = (text: string) => string;

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (text: string, where: number): number => Math.floor(where * text.length);

const onLines = (change: (lines: string[], index: number, other: number) => void) =>
  fc.tuple(share, share).map(([one, other]): Mutation => (text) => {
    const lines = text.split('\n');
    change(lines, Math.floor(one * lines.length), Math.floor(other * lines.length));
    return lines.join('\n');
  });

/** Words, numbers and signs of YAML; whatever stands between them stays. */
const TOKEN = /[\w./:-]+|[^\s\w]/g;

const onTokens = (
  change: (tokens: string[], index: number, other: number, nasty: string) => string,
) =>
  fc.tuple(share, share, nasty).map(([one, other, value]): Mutation => (text) => {
    const tokens = text.match(TOKEN) ?? [''];
    const index = Math.floor(one * tokens.length);
    const replacement = change(tokens, index, Math.floor(other * tokens.length), value);
    let count = 0;
    return text.replace(TOKEN, (token) => (count++ === index ? replacement : token));
  });

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  // Bytes.
  fc.tuple(share, fc.integer({ min: 0, max: 255 })).map(([where, byte]): Mutation => (text) => {
    const bytes = Buffer.from(text, 'utf8');
    if (bytes.length > 0) bytes[at(text, where) % bytes.length] = byte;
    return bytes.toString('utf8');
  }),
  fc.tuple(share, nasty).map(([where, text]): Mutation => (whole) => {
    return whole.slice(0, at(whole, where)) + text + whole.slice(at(whole, where));
  }),
  share.map(
    (where): Mutation =>
      (text) =>
        text.slice(0, at(text, where)),
  ),
  // Lines.
  onLines((lines, index) => lines.splice(index, 1)),
  onLines((lines, index) => lines.splice(index, 0, lines[index] ?? '')),
  onLines((lines, index, other) => {
    [lines[index], lines[other]] = [lines[other] ?? '', lines[index] ?? ''];
  }),
  onLines((lines, index) => (lines[index] = ` ${lines[index] ?? ''}`)),
  onLines((lines, index) => (lines[index] = (lines[index] ?? '').replace(/^ /, ''))),
  onLines((lines, index) => (lines[index] = (lines[index] ?? '').replace(/^ +/, '\t'))),
  // Words: those of the same file are the most likely to make sense in the wrong place.
  onTokens((tokens, index) => (tokens[index] ?? '').slice(1)),
  onTokens((tokens, index) => `${tokens[index] ?? ''}${tokens[index] ?? ''}`),
  onTokens((tokens, _, other) => tokens[other] ?? ''),
  onTokens((tokens, _, other) => tokens[other] ?? ''),
  onTokens((_tokens, _index, _other, text) => text),
  onTokens((_tokens, _index, _other, text) => text),
  fc.constant<Mutation>((text) => text.replaceAll('\n', '\r\n')),
);

const mutatedText = fc
  .tuple(fc.constantFrom(...examples), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([text, mutations]) => mutations.reduce((mutated, mutate) => mutate(mutated), text));

/**
 * Files of the right shape. Most values fit each other; now and then one is drawn from a small set
 * and clashes, or is anything at all.
 */
type Field = (usual: unknown) => unknown;

const ABSENT = Symbol('absent');

/** A field that is as usual, or else `rare`, or else anything; `absent` in a quarter of the files. */
const field = (rare: fc.Arbitrary<unknown>, absent = false): fc.Arbitrary<Field> =>
  fc
    .oneof(
      { weight: 120, arbitrary: fc.constant(undefined) },
      { weight: 10, arbitrary: rare.map((value) => ({ value })) },
      { weight: 1, arbitrary: fc.oneof(nasty, fc.jsonValue()).map((value) => ({ value })) },
      { weight: absent ? 40 : 0, arbitrary: fc.constant({ value: ABSENT }) },
    )
    .map((drawn) => (usual) => (drawn === undefined ? usual : drawn.value));

const present = (block: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(block).filter(([, value]) => value !== ABSENT));

const name = fc.constantFrom('wan-0', 'wan-1', 'peer-0', 'a', 'b-a');
const names = fc.array(name, { maxLength: 2 });
const network = fc
  .tuple(fc.nat(2), fc.nat(2), fc.constantFrom(16, 23, 24, 25))
  .map(([a, b, length]) => `10.${a}.${length === 16 ? 0 : b * 2}.0/${length}`);
const host = fc
  .tuple(fc.constantFrom('192.0.2.', '100.64.1.', '10.1.1.', '2001:db8:1::'), fc.nat(8))
  .map(([net, number]) => `${net}${number + 1}`);

const wanFields = fc.record({
  name: field(name),
  interface: field(fc.constantFrom('wan0', 'wan1', 'lan0')),
  address: field(
    host.map((text) => `${text}/24`),
    true,
  ),
  nexthop: field(host, true),
  capacity: field(fc.constantFrom('1gbit', '30mbit'), true),
  subnet: field(network, true),
  detours: field(names, true),
});

const pathFields = fc.record({
  wanIndex: fc.nat(2),
  wan: field(name),
  remote: field(host),
  vni: field(fc.integer({ min: 98, max: 112 }), true),
  subnet: field(network, true),
});

const peerFields = fc.record({
  name: field(name),
  prefixes: field(fc.array(network, { maxLength: 3 }), true),
  vni: field(fc.constantFrom(100, 101, 110, 16777215)),
  paths: field(fc.constant([])),
  pathFields: fc.array(pathFields, { minLength: 1, maxLength: 3 }),
});

const siteFields = fc.record({
  site: field(name),
  lan: field(fc.constant({ interfaces: ['lan0', 'lan1'], addresses: ['10.2.0.1/24'] })),
  wans: fc.array(wanFields, { minLength: 1, maxLength: 3 }),
  peers: fc.array(peerFields, { minLength: 1, maxLength: 2 }),
  port: field(fc.constant(3784), true),
  interval: field(fc.constant('10ms'), true),
  damping: field(fc.boolean(), true),
  preference: field(names, true),
});

const structure = siteFields.map(({ site, lan, wans, peers, ...rest }) =>
  stringify({
    site: site('site'),
    lan: lan('lan0'),
    wans: wans.map((wan, index) =>
      present({
        name: wan.name(`wan-${index}`),
        interface: wan.interface(`wan${index}`),
        address: wan.address(`100.64.${index}.2/24`),
        nexthop: wan.nexthop(`100.64.${index}.1`),
        capacity: wan.capacity('100mbit'),
        subnet: wan.subnet(`10.9.${index}.0/24`),
        detours: wan.detours([]),
      }),
    ),
    peers: peers.map((peer, number) =>
      present({
        name: peer.name(`peer-${number}`),
        prefixes: peer.prefixes([`10.${20 + number}.0.0/16`]),
        vni: peer.vni(100 + number * 10),
        paths: peer.paths(
          peer.pathFields.map((path, index) =>
            present({
              wan: path.wan(`wan-${path.wanIndex % wans.length}`),
              remote: path.remote(`203.0.113.${number * 10 + index + 1}`),
              vni: path.vni(500 + number * 10 + index),
              subnet: path.subnet(`10.${20 + number}.${index}.0/24`),
            }),
          ),
        ),
      }),
    ),
    tunnel: present({ port: rest.port(4789) }),
    detection: present({ interval: rest.interval('50ms') }),
    recovery: present({ damping: rest.damping(true), preference: rest.preference([]) }),
  }),
);

/** Anything at all. */
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(fc.oneof(nasty, fc.constantFrom('\n', ' ', '  ', ': ', '- ', ', ')), { maxLength: 60 })
    .map((all) => all.join('')),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.jsonValue().map((value) => stringify(value)),
);

/** Words that show that a value of ours, not of the file, was printed. */
const LEAKS = ['undefined', '[object', 'NaN', 'null', 'function'];

function assertProblem(problem: Problem, lines: readonly string[], text: string): void {
  const line = lines[problem.line - 1];
  assert.ok(line !== undefined, `line ${problem.line} of ${lines.length}`);
  assert.ok(problem.column >= 1 && problem.column <= line.length + 1, `column ${problem.column}`);
  assert.ok(problem.length >= 1);
  assert.ok(problem.column === 1 || problem.column + problem.length <= line.length + 2);
  assert.match(problem.message, /\S/);
  assert.match(problem.cure, /\S/);
  for (const words of [problem.message, problem.cure]) {
    for (const leak of LEAKS) assert.ok(!words.includes(leak) || text.includes(leak), words);
    // What a terminal would obey.
    assert.doesNotMatch(words, /[\u0000-\u001f\u007f-\u009f]/, JSON.stringify(words));
  }
}

function assertWhole(text: string): boolean {
  const result = parseSite(text, 'fuzz.yaml');
  const problems = result.ok ? result.value.warnings : result.error;
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const seen = new Set<string>();
  let last = 0;
  for (const problem of problems) {
    assertProblem(problem, lines, text);
    assert.ok(problem.line >= last, 'out of order');
    last = problem.line;
    const key = `${problem.line}:${problem.column}:${problem.message}`;
    assert.ok(!seen.has(key), `told twice: ${key}`);
    seen.add(key);
    assert.doesNotMatch(formatProblem(problem, text), /[\u0000-\u0009\u000b-\u001f]/);
  }
  assert.equal(
    problems.some(({ severity }) => severity === 'error'),
    !result.ok,
  );
  if (result.ok) {
    const { site } = result.value;
    assertInvariants(site);
    // Given twice, it has a lot to contradict. Some of them are enough, since each is read again.
    if (text.length % 4 === 0) {
      const files = ['a.yaml', 'b.yaml'].map((file) => ({ file, text, site }));
      assert.ok(contradictions(files).length > 0);
    }
  }
  return result.ok;
}

/** Checks so many texts; gives how many were valid. */
function fuzz(texts: fc.Arbitrary<string>, part: number): number {
  let valid = 0;
  fc.assert(
    fc.property(texts, (text) => {
      if (assertWhole(text)) valid += 1;
    }),
    { numRuns: Math.ceil(RUNS * part), seed: SEED },
  );
  return valid;
}

describe(`fuzzed site files, seed ${SEED}`, () => {
  // If nothing came through, or everything, this would test little.
  const assertShare = (valid: number, part: number): void => {
    const share = valid / (RUNS * part);
    assert.ok(share > 0.05 && share < 0.95, `${(100 * share).toFixed(1)} % were valid`);
  };

  test('mutations of the examples', () => {
    assertShare(fuzz(mutatedText, SHARES.texts), SHARES.texts);
  });

  test('files of the right shape with clashing values', () => {
    assertShare(fuzz(structure, SHARES.structures), SHARES.structures);
  });

  test('noise', () => {
    fuzz(noise, SHARES.noise);
  });
});
