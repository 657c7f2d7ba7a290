/** How changes are put together for few processes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inverse } from '../../../../src/apply/change.ts';
import type { Change } from '../../../../src/apply/change.ts';
import { diff } from '../../../../src/apply/diff.ts';
import { batchesOf } from '../../../../src/dataplane/kernel/batch.ts';
import { address } from '../../../../src/net/address.ts';
import { interfaceName } from '../../../../src/net/interface-name.ts';
import { plan } from '../../../../src/plan/plan.ts';
import type { Resource } from '../../../../src/plan/resource.ts';
import { hubOf } from '../../../support/hub.ts';
import { plainFacts } from '../../../support/site.ts';

function changesOf(branches: number): readonly Change[] {
  const hub = hubOf(branches);
  return diff(plan(hub, plainFacts(hub)), [], new Map()).changes;
}

/** Switches are written by ourselves. */
function processesOf(changes: readonly Change[]): number {
  return [...batchesOf(changes)].filter((one) => 'steps' in one || one.resource.kind !== 'sysctl')
    .length;
}

const add = (resource: Resource): Change => ({ action: 'add', resource, reason: '' });
const own = (name: string, text: string): Change =>
  add({ kind: 'address', interface: interfaceName(name), address: address(text), length: 24 });

describe('batches', () => {
  test('hold every change once, in order', () => {
    const changes = changesOf(5);
    const held = [...batchesOf(changes)].flatMap((one) =>
      'steps' in one ? one.steps.map(({ change }) => change) : [one],
    );
    assert.deepEqual(held, changes);
  });

  for (const [what, all] of [
    ['apply', changesOf],
    ['undo', (branches: number) => changesOf(branches).toReversed().map(inverse)],
  ] as const) {
    test(`to ${what} a hub are as few with 300 branches as with 30`, () => {
      assert.equal(processesOf(all(300)), processesOf(all(30)));
      assert.ok(processesOf(all(30)) < 20);
    });
  }

  test('end where the options of the program change', () => {
    const rule = (family: 'ipv4' | 'ipv6'): Change =>
      add({
        kind: 'rule',
        family,
        priority: 5000,
        from: undefined,
        to: undefined,
        outgoing: undefined,
        incoming: undefined,
        ipProtocol: undefined,
        mark: undefined,
        table: 5000,
        suppressPrefixLength: undefined,
      });
    const programs = [
      ...batchesOf([rule('ipv4'), rule('ipv4'), rule('ipv6'), own('a', '10.0.0.1')]),
    ];
    assert.deepEqual(
      programs.map((one) => 'steps' in one && [one.program.join(' '), one.steps.length]),
      [
        ['ip -4', 2],
        ['ip -6', 1],
        ['ip', 1],
      ],
    );
  });

  test('end before the second IPv4 address of an interface', () => {
    const lengths = [
      ...batchesOf([own('a', '10.0.0.1'), own('b', '10.0.1.1'), own('a', '10.0.2.1')]),
    ].map((one) => 'steps' in one && one.steps.length);
    assert.deepEqual(lengths, [2, 1]);
  });

  test('leave out what iproute2 would read in another way', () => {
    const tunnel = changesOf(1).find(({ resource }) => resource.kind === 'vxlan');
    assert.ok(tunnel?.resource.kind === 'vxlan');
    const odd = add({ ...tunnel.resource, alias: 'two words' });
    assert.deepEqual([...batchesOf([odd])], [odd]);
  });
});
