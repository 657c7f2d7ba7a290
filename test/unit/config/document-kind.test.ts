/** Files of another kind than a command takes: it is said what they are, and nothing else. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { parseSite } from '../../../src/config/parse.ts';
import type { Problem } from '../../../src/config/problem.ts';
import { Reporter, Source } from '../../../src/config/source.ts';
import { loadTopology } from '../../../src/lab/topology/load-topology.ts';
import { readTopology } from '../../../src/lab/topology/read-topology.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');

function asSite(text: string): readonly Problem[] {
  const parsed = parseSite(text, 'x.yaml');
  return parsed.ok ? [] : parsed.error;
}

function asTopology(text: string): readonly Problem[] {
  const report = new Reporter(new Source('x.yaml', text));
  readTopology(report);
  return report.problems();
}

const files = (directory: string): readonly string[] =>
  readdirSync(join(EXAMPLES, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(EXAMPLES, directory, name), 'utf8'));

describe('a topology given as a site file', () => {
  for (const text of files('lab').filter((each) => /^lab:/m.test(each))) {
    const [first] = /^lab:.*/m.exec(text) ?? [''];

    test(`${first} is called a topology`, () => {
      const [problem, ...more] = asSite(text);
      assert.deepEqual(more, []);
      assert.match(problem!.message, /^this is the topology of a lab, not a site file$/);
      assert.match(problem!.cure, /`wamptcp lab check` and `lab up` take it; its site files are /);
      assert.deepEqual(asTopology(text), []);
    });
  }
});

describe('a site file given as a topology', () => {
  for (const text of files('.').filter((each) => /^site:/m.test(each))) {
    const [first] = /^site:.*/m.exec(text) ?? [''];

    test(`${first} is called a site file`, () => {
      const [problem, ...more] = asTopology(text);
      assert.deepEqual(more, []);
      assert.match(problem!.message, /^this is the site file of `.*`, not the topology of a lab$/);
      assert.deepEqual(asSite(text), []);
    });
  }
});

describe('other files', () => {
  for (const [text, what] of [
    ['services:\n  web: { image: nginx }\nvolumes: {}\n', /a Compose file/],
    ['network:\n  version: 2\n  ethernets: {}\n', /a netplan file/],
    ['apiVersion: v1\nkind: Pod\nmetadata: {}\n', /a Kubernetes manifest/],
    ['{ "name": "x", "version": "1", "dependencies": {} }', /a package of npm/],
    ['{ "compilerOptions": {}, "include": [] }', /of `compilerOptions`, `include` none is a key/],
  ] as const) {
    test(`${text.split('\n', 1)[0]} is none of ours`, () => {
      for (const problems of [asSite(text), asTopology(text)]) {
        assert.equal(problems.length, 1);
        assert.match(problems[0]!.message, what);
      }
    });
  }

  for (const text of [
    'sit: branch\nlan: eth0\nwans: []\n',
    'uplinks: []\nhostname: branch\n',
    'site: branch\nlab: eth0\nwans: [{ name: a, interface: b }]\n',
  ]) {
    test(`${text.split('\n', 1)[0]} is a site file with slips`, () => {
      assert.ok(asSite(text).every(({ message }) => !message.startsWith('this is')));
    });
  }

  test('a topology with slips stays one', () => {
    for (const text of ['labs: demo\nsites: { a: a.yaml }\nwans: {}\n', 'lab: demo\nwans: []\n']) {
      assert.ok(asTopology(text).every(({ message }) => !message.startsWith('this is')));
    }
  });
});

describe('a topology whose site files are not good', () => {
  const { file, folder } = temporaryFiles('document-kind');
  const topology = (branch: string): string =>
    `lab: x\nsites: { branch: ${branch}, hub: hub.yaml }\nhosts: { h: { site: branch } }\n` +
    'wans: { fibre: { connects: [branch.fibre, hub.fibre] }, lte: { connects: [branch.lte, hub.lte] } }\n';
  const hub = readFileSync(join(EXAMPLES, 'lab/two-wans/hub.yaml'), 'utf8');
  const branch = readFileSync(join(EXAMPLES, 'lab/two-wans/branch.yaml'), 'utf8');

  for (const [what, name, content, expected] of [
    [
      'an error in it',
      'bad.yaml',
      branch.replace('wan0', 'wan0/1'),
      /^bad\.yaml:\d+:\d+ .*wan0\/1/,
    ],
    ['an empty file', 'empty.yaml', '', /^empty\.yaml:1:1 the file says nothing/],
    [
      'another site’s file',
      'other.yaml',
      branch.replace('site: branch', 'site: b2'),
      /is the file of site `b2`/,
    ],
    ['a topology', 'again.yaml', topology('again.yaml'), /this is the topology of a lab/],
    ['no file', 'absent.yaml', undefined, /cannot read .*absent\.yaml: there is no such file/],
    ['a directory', '.', undefined, /cannot read .*: this is a directory/],
  ] as const) {
    test(`${what}: that is said, and never that there is no such site`, async () => {
      if (content !== undefined) file(name, content);
      file('hub.yaml', hub);
      const path = file('topology.yaml', topology(name));
      const loaded = await loadTopology(path);
      assert.ok(!loaded.ok);
      const said = loaded.error.problems.map(
        (one) => `${one.file.replace(`${folder}/`, '')}:${one.line}:${one.column} ${one.message}`,
      );
      assert.ok(
        said.some((one) => expected.test(one)),
        said.join('\n'),
      );
      assert.ok(
        said.every((one) => !one.includes('there is no site')),
        said.join('\n'),
      );
    });
  }
});
