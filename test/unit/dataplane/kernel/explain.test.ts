/** What a person is told of a change that the kernel refuses. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { explained } from '../../../../src/dataplane/kernel/explain.ts';
import { lacksFor } from '../../../../src/dataplane/kernel/needs.ts';
import {
  parseSocketOwner,
  parseTunnelDevices,
} from '../../../../src/dataplane/kernel/port-holder.ts';
import { WamptcpError } from '../../../../src/lib/errors.ts';
import { plan } from '../../../../src/plan/plan.ts';
import { resourceKey } from '../../../../src/plan/resource.ts';
import type { Resource } from '../../../../src/plan/resource.ts';
import { branch, plainFacts } from '../../../support/site.ts';

const site = branch(1, 'provision: { ipv6: off }');
const { resources } = plan(site, plainFacts(site));
const directory = { path: '/tmp' };

const failed = (words: string): WamptcpError =>
  new WamptcpError('COMMAND_FAILED', `\`ip\`: ${words}`, { advice: 'Theirs.', words });

async function told(resource: Resource, words: string): Promise<WamptcpError> {
  const change = { action: 'add', resource, reason: 'new' } as const;
  const error = await explained(change, failed(words), directory);
  assert.ok(error instanceof WamptcpError);
  return error;
}

describe('an answer of the kernel', () => {
  const ANSWERS = [
    ['RTNETLINK answers: File exists', /already|taken/],
    ['Cannot find device "w1"', /its interface is gone/],
    ['RTNETLINK answers: No such device', /its interface is gone/],
    ['RTNETLINK answers: Cannot assign requested address', /does not have the address/],
    ['RTNETLINK answers: Network is down', /its interface is down/],
    ['RTNETLINK answers: Network is unreachable', /next hop is in no network/],
    ['Error: Nexthop has invalid gateway.', /next hop is in no network/],
    ['RTNETLINK answers: Operation not permitted', /may not do that/],
    ['RTNETLINK answers: Operation not supported', /this kernel cannot/],
    ['Error: Unknown device type.', /this kernel cannot/],
    ['RTNETLINK answers: Device or resource busy', /something else/],
    ['RTNETLINK answers: No space left on device', /no memory or no room/],
    ['RTNETLINK answers: Invalid argument', /does not take these values/],
  ] as const;
  const things = resources.filter(({ kind }) =>
    ['address', 'route', 'rule', 'neighbour', 'link-up'].includes(kind),
  );

  test('is told by what it means, of whatever it is about', async () => {
    for (const [words, meaning] of ANSWERS) {
      for (const resource of things) {
        const { message, advice, words: brief } = await told(resource, words);
        assert.ok(message.startsWith(`${resourceKey(resource)}: `), message);
        assert.match(message, meaning);
        assert.match(brief ?? '', meaning);
        assert.notEqual(advice, 'Theirs.');
        assert.doesNotMatch(message, /RTNETLINK/);
      }
    }
  });

  test('that is not known keeps its words, and the thing is named', async () => {
    const [resource] = things as [Resource];
    const { message, advice } = await told(resource, 'Error: The moon is in the way.');
    assert.equal(message, `${resourceKey(resource)}: Error: The moon is in the way.`);
    assert.equal(advice, 'Theirs.');
  });

  test('about the port of a tunnel names the port and the key', async () => {
    const tunnel = resources.find(({ kind }) => kind === 'vxlan')!;
    const { code, message, advice } = await told(
      tunnel,
      'RTNETLINK answers: Address already in use',
    );
    assert.equal(code, 'PORT_TAKEN');
    assert.match(message, /^UDP port 4789, which the tunnels use, is taken by /);
    assert.match(advice, /`tunnel\.port`/);
  });
});

describe('who holds a port', () => {
  test('is a process, by its name', () => {
    const line =
      'UNCONN 0 0 0.0.0.0:4789 0.0.0.0:* users:(("ovs-vswitchd",pid=812,fd=20),("x",pid=9,fd=1))\n';
    assert.equal(parseSocketOwner(line), 'ovs-vswitchd (process 812)');
    assert.equal(parseSocketOwner('UNCONN 0 0 0.0.0.0:4789 0.0.0.0:*\n'), undefined);
    assert.equal(parseSocketOwner(''), undefined);
  });

  test('is a device, also without a VNI', () => {
    const devices = [
      { ifname: 'lo' },
      {
        ifname: 'flannel.1',
        linkinfo: { info_kind: 'vxlan', info_data: { id: 1, port: 8472 } },
      },
      {
        ifname: 'vx0',
        linkinfo: { info_kind: 'vxlan', info_data: { external: true, port: 4789 } },
      },
    ];
    assert.deepEqual(parseTunnelDevices(JSON.stringify(devices)), [
      { name: 'flannel.1', kind: 'vxlan', port: 8472, vni: 1 },
      { name: 'vx0', kind: 'vxlan', port: 4789, vni: undefined },
    ]);
  });
});

describe('programs that are missing', () => {
  const without =
    (...gone: readonly string[]) =>
    (program: string) =>
      gone.includes(program) ? ({ program, kind: 'missing' } as const) : undefined;
  const names = (action: 'add' | 'remove', ...gone: readonly string[]): readonly string[] =>
    lacksFor(
      resources.map((resource) => ({ action, resource })),
      without(...gone),
    ).map(({ program }) => program);

  test('are found by what is to be made', () => {
    assert.deepEqual(names('add', 'bird', 'dnsmasq', 'haproxy').toSorted(), ['bird', 'dnsmasq']);
    assert.deepEqual(names('add', 'nft'), ['nft']);
    assert.deepEqual(names('add'), []);
  });

  test('do not keep us from taking away what they made', () => {
    assert.deepEqual(names('remove', 'bird', 'birdc', 'dnsmasq'), []);
  });
});
