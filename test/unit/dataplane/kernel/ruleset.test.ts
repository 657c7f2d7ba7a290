/** What of our nftables table is replaced when its text changes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { rulesetLoad, rulesetUpdate } from '../../../../src/dataplane/kernel/ruleset.ts';

const table = (...lines: readonly string[]): string =>
  ['table inet wamptcp {', ...lines, '}', ''].join('\n');
const SET = ['\tset known {', '\t\ttype ifname', '\t}'];
const chain = (name: string, ...rules: readonly string[]): readonly string[] => [
  `\tchain ${name} {`,
  '\t\ttype filter hook input priority -10; policy accept;',
  ...rules.map((rule) => `\t\t${rule}`),
  '\t}',
];

describe('a changed ruleset', () => {
  const before = table(...SET, ...chain('one', 'counter drop'), ...chain('two'));

  test('replaces only the chains whose rules differ', () => {
    const after = table(...SET, ...chain('one', 'accept'), ...chain('two'));
    assert.equal(
      rulesetUpdate(before, after),
      `flush chain inet wamptcp one\n${table(...chain('one', 'accept'))}`,
    );
  });

  const wholly: Readonly<Record<string, string>> = {
    'a set differs': table(
      ...SET.map((line) => line.replace('ifname', 'ether_addr')),
      ...chain('one', 'counter drop'),
      ...chain('two'),
    ),
    'a chain is new': table(
      ...SET,
      ...chain('one', 'counter drop'),
      ...chain('two'),
      ...chain('three'),
    ),
    'a chain is gone': table(...SET, ...chain('one', 'counter drop')),
    'a chain is hooked elsewhere': table(
      ...SET,
      ...chain('one', 'counter drop'),
      ...chain('two').map((line) => line.replace('-10', '-20')),
    ),
  };
  for (const [why, after] of Object.entries(wholly)) {
    test(`is loaded as a whole when ${why}`, () => {
      assert.equal(rulesetUpdate(before, after), rulesetLoad(after));
    });
  }

  test('is loaded as a whole when what is loaded is not in our words', () => {
    const foreign = `table inet wamptcp { # handle 5\n\tchain one {\n\t}\n}\n`;
    assert.equal(rulesetUpdate(foreign, before), rulesetLoad(before));
  });
});
