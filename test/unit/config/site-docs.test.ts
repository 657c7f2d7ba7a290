/** docs/site.schema.json and docs/site-file.md say what the code does. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';

import { blocks, siteDocs } from '../../../scripts/site-docs.ts';
import { UNICAST } from '../../../src/config/addresses.ts';
import { siteJsonSchema } from '../../../src/config/json-schema.ts';
import { KINDS } from '../../../src/config/kinds.ts';
import { parseSite } from '../../../src/config/parse.ts';
import { INTERFACE, NAME, RATE } from '../../../src/config/values.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const examples = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.yaml'));
const corpus = readdirSync(join(ROOT, 'test/corpus/site'));

describe('generated documents', async () => {
  for (const { path, text } of await siteDocs()) {
    test(`${path} is current`, () => {
      assert.equal(read(path), text, `${path} is stale: run \`npm run schema\` and commit it`);
    });
  }

  test('site-file.md has a table of every block of keys', () => {
    const markers = [...read('docs/site-file.md').matchAll(/<!-- keys: (.*?) -->/g)];
    assert.deepEqual(markers.map(([, name]) => name).sort(), [...blocks().keys()].sort());
  });

  test('every key has a description', () => {
    for (const [name, block] of blocks()) {
      for (const [key, schema] of Object.entries(block.properties ?? {})) {
        assert.match(schema.description ?? '', /^[A-Z`].*\.$/, `${name}: ${key}`);
      }
    }
  });
});

describe('the YAML in site-file.md', () => {
  const fences = [...read('docs/site-file.md').matchAll(/```yaml\n([^]*?)```/g)];
  const whole = fences.map(([, text]) => text!);

  test('is there', () => assert.ok(whole.length >= 5));

  whole.forEach((text, index) => {
    test(`block ${index + 1} is right`, () => {
      // A part of a file is completed from the first block, which is a whole one.
      const merged = { ...(parse(whole[0]!) as object), ...(parse(text) as object) };
      const result = parseSite(stringify(merged), 'docs');
      assert.deepEqual(result.ok ? result.value.warnings : result.error, []);
    });
  });
});

describe('the JSON Schema', () => {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
  });
  const validate = ajv.compile(siteJsonSchema());

  test('is a valid one', () => assert.ok(ajv.validateSchema(siteJsonSchema())));

  for (const name of examples) {
    test(`accepts ${name}`, () => {
      assert.ok(validate(parse(read(`examples/${name}`))), JSON.stringify(validate.errors));
    });
  }

  test('refuses unknown keys, missing keys, wrong types and both of a pair', () => {
    const base = parse(read('examples/smallest.yaml')) as Record<string, unknown>;
    const withoutLan = { ...base };
    delete withoutLan['lan'];
    for (const [what, value] of [
      ['unknown key', { ...base, mtu: 1500 }],
      ['missing key', withoutLan],
      ['number for a name', { ...base, site: 1 }],
      ['upper case', { ...base, site: 'Branch' }],
      ['port', { ...base, tunnel: { port: 0 } }],
      ['nine WANs', { ...base, wans: Array<unknown>(9).fill((base['wans'] as unknown[])[0]) }],
      ['both', { ...base, lan: { interface: 'a', interfaces: ['b'] } }],
      ['duration without unit', { ...base, detection: { interval: '50' } }],
      ['switch', { ...base, recovery: { fast: 'yes' } }],
    ] as const) {
      assert.ok(!validate(value), `${what} is accepted`);
    }
  });

  test('never refuses what the parser accepts', () => {
    for (const name of corpus) {
      const text = read(`test/corpus/site/${name}`);
      if (!parseSite(text, name).ok) continue;
      assert.ok(validate(parse(text)), `${name}: ${JSON.stringify(validate.errors)}`);
    }
  });

  test('its patterns match whatever the kind reads', () => {
    const kinds = [NAME, INTERFACE, RATE, UNICAST, KINDS.interval, KINDS.holdDown, KINDS.buffer];
    const text = fc.oneof(
      fc.stringMatching(/^ ?[0-9]{1,3}(\.[0-9])? ?([kMmG]?i?[bB]?i?t?|ms|s|m|h) ?$/),
      fc.stringMatching(/^[a-z0-9._@-]{1,16}$/),
      fc.ipV4(),
    );
    fc.assert(
      fc.property(text, (given) => {
        for (const kind of kinds) {
          const { pattern } = kind.json;
          if (typeof pattern !== 'string' || !kind.read(given, given).ok) continue;
          assert.match(given, new RegExp(pattern, 'u'), kind.what);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
