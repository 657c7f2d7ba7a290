/**
 * 10,000 broken site files: whatever the text, there is a clear problem or a valid site, never an
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

const onTokens = (change: (tokens: string[], index: number, other: number) => string) =>
  fc.tuple(share, share).map(([one, other]): Mutation => (text) => {
    const tokens = text.match(TOKEN) ?? [''];
    const index = Math.floor(one * tokens.length);
    const replacement = change(tokens, index, Math.floor(other * tokens.length));
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
  nasty.chain((text) => onTokens(() => text)),
  nasty.chain((text) => onTokens(() => text)),
  fc.constant<Mutation>((text) => text.replaceAll('\n', '\r\n')),
);

const mutatedText = fc
  .tuple(fc.constantFrom(...examples), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([text, mutations]) => mutations.reduce((mutated, mutate) => mutate(mutated), text));

/**
 * Files of the right shape. Most values fit each other; now and then one is drawn from a small set
 * and clashes, or is anything at all.
 */
const sometimes = <T>(usual: T, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: rare });

const odd = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 120, arbitrary: value },
    { weight: 1, arbitrary: fc.oneof(nasty, fc.jsonValue()) },
  );

const name = fc.constantFrom('fibre', 'lte', 'dsl', 'hub', 'a', 'a-b', 'b');
const network = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom(16, 23, 24, 25),
  )
  .map(([a, b, length]) => `10.${a}.${length === 16 ? 0 : b * 2}.0/${length}`);
const host = fc
  .tuple(
    fc.constantFrom('192.0.2.', '198.51.100.', '10.1.1.', '2001:db8:1::'),
    fc.integer({ min: 1, max: 9 }),
  )
  .map(([net, number]) => `${net}${number}`);

const wanOf = (wan: string, index: number): fc.Arbitrary<unknown> =>
  fc.record(
    {
      name: odd(sometimes(wan, name)),
      interface: odd(sometimes(`wan${index}`, fc.constantFrom('wan0', 'wan1', 'lan0'))),
      address: odd(
        sometimes(
          `100.64.${index}.2/24`,
          host.map((text) => `${text}/24`),
        ),
      ),
      nexthop: odd(sometimes(`100.64.${index}.1`, host)),
      capacity: odd(fc.constantFrom('100mbit', '1gbit')),
      subnet: odd(sometimes(`10.9.${index}.0/24`, network)),
      detours: odd(sometimes<string[]>([], fc.array(name, { maxLength: 2 }))),
    },
    { requiredKeys: ['name', 'interface'] },
  );

const pathOf = (wans: readonly string[], peer: number, index: number): fc.Arbitrary<unknown> =>
  fc.constantFrom(...wans).chain((wan) =>
    fc.record(
      {
        wan: odd(sometimes(wan, name)),
        remote: odd(sometimes(`203.0.113.${peer * 10 + index + 1}`, host)),
        vni: odd(sometimes(500 + peer * 10 + index, fc.integer({ min: 98, max: 112 }))),
        subnet: odd(sometimes(`10.${20 + peer}.${index}.0/24`, network)),
      },
      { requiredKeys: ['wan', 'remote'] },
    ),
  );

const peerOf = (wans: readonly string[], peer: number): fc.Arbitrary<unknown> =>
  fc.record(
    {
      name: odd(sometimes(`peer-${peer}`, name)),
      prefixes: odd(sometimes([`10.${20 + peer}.0.0/16`], fc.array(network, { maxLength: 3 }))),
      vni: odd(sometimes(100 + peer * 10, fc.constantFrom(100, 101, 110, 16777215))),
      paths: odd(
        fc
          .integer({ min: 1, max: 3 })
          .chain((count) =>
            fc.tuple(...Array.from({ length: count }, (_, index) => pathOf(wans, peer, index))),
          ),
      ),
    },
    { requiredKeys: ['name', 'vni', 'paths'] },
  );

const structure = fc
  .tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 2 }))
  .chain(([wans, peers]) =>
    fc.record(
      {
        site: odd(sometimes('site', name)),
        lan: odd(
          fc.constantFrom('lan0', { interfaces: ['lan0', 'lan1'], addresses: ['10.2.0.1/24'] }),
        ),
        wans: odd(fc.tuple(...wans.map(wanOf))),
        peers: odd(fc.tuple(...Array.from({ length: peers }, (_, peer) => peerOf(wans, peer)))),
        tunnel: odd(fc.record({ port: odd(sometimes(4789, fc.constant(3784))) })),
        detection: odd(fc.record({ interval: odd(fc.constantFrom('10ms', '50ms')) })),
        recovery: odd(
          fc.record({
            damping: odd(fc.boolean()),
            preference: odd(sometimes<string[]>([], fc.array(name, { maxLength: 2 }))),
          }),
        ),
      },
      { requiredKeys: ['site', 'lan', 'wans', 'peers'] },
    ),
  )
  .map((value) => stringify(value));

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
