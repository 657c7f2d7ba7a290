/**
 * The structure of the house, enforced: who may import whom (the table in DESIGN.md), and the rules
 * every file keeps.
 *
 * Decided here, where the design leaves room:
 * - A layer may import the layers named beside it and, through them, all they may import.
 * - `observe` reads the types of everything above it, but only as types; at run time it needs `lib`
 *   and `net` alone.
 * - `lab` drives gateways as a user would, by the command line. Of our source its public surface is
 *   lib, net, config, system, the ids of plan (to recognise a gateway's tables and rules) and its
 *   pools (to keep static hosts out of them), so
 *   that a lab shows what the software does and not what a shortcut does.
 * - `daemon` may import every layer a gateway runs, which the lab and the experiments are not.
 * - The pure core reaches the world only through its arguments, so it imports no effects from
 *   Node or npm either.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

interface Layer {
  /** Layers it may import, and through them all they may. */
  readonly on: readonly string[];
  /** Layers of which it may import types, and nothing at run time. */
  readonly typesOf?: readonly string[];
  /** Single files of other layers, as their path below src. */
  readonly files?: readonly string[];
}

const GATEWAY = [
  ...['lib', 'net', 'config', 'plan', 'apply', 'monitor', 'recover', 'observe', 'system'],
  ...['dataplane/kernel', 'dataplane/ovs', 'dataplane/fake', 'provision', 'proxy'],
];

const LAYERS: Readonly<Record<string, Layer>> = {
  lib: { on: [] },
  net: { on: ['lib'] },
  config: { on: ['net'] },
  plan: { on: ['config'] },
  apply: { on: ['plan'] },
  system: { on: ['lib'] },
  'dataplane/kernel': { on: ['apply', 'system'] },
  'dataplane/ovs': { on: ['apply', 'system'] },
  'dataplane/fake': { on: ['apply', 'system'] },
  monitor: { on: ['net'] },
  recover: { on: ['monitor', 'apply'] },
  observe: { on: ['net'], typesOf: ['recover'] },
  provision: { on: ['plan'] },
  proxy: { on: ['plan'] },
  chart: { on: ['net'] },
  measure: { on: ['chart'] },
  lab: { on: ['config', 'system'], files: ['plan/ids.ts', 'plan/pools.ts'] },
  evaluate: { on: ['lab', 'measure'] },
  daemon: { on: GATEWAY },
  cli: { on: [...GATEWAY, 'daemon', 'lab', 'measure', 'evaluate'] },
};

/** Layers without effects, and the modules by which effects come in. */
const PURE = ['net', 'config', 'plan', 'apply', 'monitor', 'recover', 'chart', 'measure'];
const EFFECTS =
  /^(execa|koffi|(node:)?(fs|child_process|net|dgram|http|https|http2|tls|dns|worker_threads|cluster)(\/.*)?)$/;

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

interface Source {
  /** Path below src, such as `plan/routes.ts`. */
  readonly path: string;
  readonly imports: readonly Import[];
  readonly exportsDefault: boolean;
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'fixtures'].includes(entry.name) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

function parse(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const imports: Import[] = [];
  let exportsDefault = false;
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      imports.push({ specifier: node.moduleSpecifier.text, typeOnly });
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      imports.push({ specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      const specifier = argument && ts.isStringLiteral(argument) ? argument.text : '(computed)';
      imports.push({ specifier, typeOnly: false });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      imports.push({ specifier: (node.argument.literal as ts.StringLiteral).text, typeOnly: true });
    } else if (ts.isExportAssignment(node)) {
      exportsDefault = true;
    } else if (ts.canHaveModifiers(node)) {
      exportsDefault ||=
        ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword) ?? false;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, imports, exportsDefault };
}

function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS).find((layer) => path.startsWith(`${layer}/`));
}

function closure(layers: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const visit = (layer: string): void => {
    if (reached.has(layer)) return;
    reached.add(layer);
    LAYERS[layer]!.on.forEach(visit);
  };
  layers.forEach(visit);
  return reached;
}

/** What is wrong with one import, or nothing. */
function fault(source: Source, { specifier, typeOnly }: Import): string | undefined {
  const from = layerOf(source.path)!;
  if (!specifier.startsWith('.')) {
    if (PURE.includes(from) && EFFECTS.test(specifier) && !typeOnly) {
      return `imports effects from '${specifier}', but ${from} is pure`;
    }
    return undefined;
  }
  const target = relative(SRC, resolve(SRC, dirname(source.path), specifier));
  if (target === '../package.json') return undefined;
  const to = layerOf(target);
  if (to === undefined) return `imports ${target}, which is in no layer`;
  const layer = LAYERS[from]!;
  const allowed = closure([from, ...(typeOnly ? (layer.typesOf ?? []) : [])]);
  // What a layer builds on may lend it single files too: evaluate gets those of lab.
  const files = [...closure([from])].flatMap((name) => LAYERS[name]!.files ?? []);
  if (allowed.has(to) || files.includes(target)) return undefined;
  const only = closure(layer.typesOf ?? []).has(to) ? ' other than as types' : '';
  return `imports ${target}, but ${from} may not import ${to}${only}`;
}

function faults(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.imports.flatMap((imported) => {
      const problem = fault(source, imported);
      return problem === undefined ? [] : [`src/${source.path} ${problem}`];
    }),
  );
}

const sources = filesBelow(SRC)
  .filter((path) => path.endsWith('.ts'))
  .map((path) => parse(relative(SRC, path), readFileSync(path, 'utf8')));

/** All that people write and maintain as code; data and prose have other rules. */
const code = ['src', 'test', 'bench', 'scripts', 'bin', 'host', 'web']
  .flatMap((folder) => filesBelow(join(ROOT, folder)))
  .filter((path) => ['', '.ts', '.js', '.mjs', '.sh', '.css', '.html'].includes(extname(path)));

const inCode = (wrong: (path: string) => boolean): string[] =>
  code.filter(wrong).map((path) => relative(ROOT, path));

describe('layers', () => {
  test('the map of layers has no circle', () => {
    for (const layer of Object.keys(LAYERS)) {
      assert.ok(!closure(LAYERS[layer]!.on).has(layer), `${layer} builds on itself`);
    }
  });

  test('every file in src is in a layer', () => {
    const homeless = filesBelow(SRC).map((path) => relative(SRC, path));
    assert.deepEqual(
      homeless.filter((path) => layerOf(path) === undefined),
      [],
    );
  });

  test('imports follow the map', () => {
    assert.deepEqual(faults(sources), []);
  });

  test('the check itself finds what it should', () => {
    const found = (path: string, text: string): string[] => faults([parse(path, text)]);
    const clean = [
      ['plan/a.ts', `import { b } from './b.ts'; import { c } from '../config/c.ts';`],
      ['plan/a.ts', `import { ok } from '../lib/result.ts'; import { z } from 'zod';`],
      ['observe/a.ts', `import type { Desired } from '../plan/desired.ts';`],
      ['lab/a.ts', `import { table } from '../plan/ids.ts';`],
      ['system/a.ts', `import { execa } from 'execa'; import fs from 'node:fs';`],
      ['cli/main.ts', `import p from '../../package.json' with { type: 'json' };`],
    ] as const;
    for (const [path, text] of clean) assert.deepEqual(found(path, text), [], text);
    const dirty = [
      ['config/a.ts', `import { b } from '../plan/b.ts';`],
      ['config/a.ts', `import type { B } from '../plan/b.ts';`],
      ['config/a.ts', `export { b } from '../plan/b.ts';`],
      ['config/a.ts', `const b = await import('../plan/b.ts');`],
      ['config/a.ts', `type B = import('../plan/b.ts').B;`],
      ['observe/a.ts', `import { desired } from '../plan/desired.ts';`],
      ['lab/a.ts', `import { routes } from '../plan/routes.ts';`],
      ['dataplane/ovs/a.ts', `import { b } from '../kernel/b.ts';`],
      ['daemon/a.ts', `import { lab } from '../lab/lab.ts';`],
      ['lib/a.ts', `import { b } from '../../test/b.ts';`],
      ['plan/a.ts', `import { readFile } from 'node:fs/promises';`],
    ] as const;
    for (const [path, text] of dirty) assert.notDeepEqual(found(path, text), [], text);
  });
});

describe('every file', () => {
  test('has at most 400 lines', () => {
    const long = inCode((path) => readFileSync(path, 'utf8').trimEnd().split('\n').length > 400);
    assert.deepEqual(long, []);
  });

  test('is named after its one concept, not utils', () => {
    const vague = inCode((path) =>
      relative(ROOT, path)
        .split('/')
        .some((part) => /(^|[-_.])utils?([-_.]|$)/i.test(basename(part))),
    );
    assert.deepEqual(vague, []);
  });

  test('holds no notes of unfinished work', () => {
    const note = new RegExp(['TO' + 'DO', 'FIX' + 'ME'].map((word) => `\\b${word}\\b`).join('|'));
    assert.deepEqual(
      inCode((path) => note.test(readFileSync(path, 'utf8'))),
      [],
    );
  });

  test('in src exports by name', () => {
    const defaults = sources.filter((source) => source.exportsDefault).map(({ path }) => path);
    assert.deepEqual(defaults, []);
    assert.ok(parse('a.ts', 'export default 1;').exportsDefault);
    assert.ok(parse('a.ts', 'export default function f() {}').exportsDefault);
  });
});
