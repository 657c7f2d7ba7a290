/** Labs of less usual topologies. Needs root. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { labUp } from '../../../src/lab/lab.ts';
import { labName, leftOf, ROOT, SERVER, tcpPasses, until, wamptcp } from './lab-of-test.ts';

describe('topologies', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wamptcp-lab-'));
  after(() => rmSync(directory, { recursive: true }));

  const site = (own: string, peer: string, number: number, wans: string, paths: string): string =>
    [
      `site: ${own}`,
      'lan: lan0',
      'wans:',
      wans,
      'peers:',
      `  - name: ${peer}`,
      '    paths:',
      paths,
      'detection: { interval: 50ms, multiplier: 3 }',
      `host: { rto-min: ${number}0ms }`,
      '',
    ].join('\n');

  test('one subnet, lent addresses, link-local next hops, many addresses on one host', async () => {
    writeFileSync(
      join(directory, 'a.yaml'),
      site(
        ...(['a', 'b', 1] as const),
        [
          '  - { name: flat, interface: wan0, address: 192.0.2.1/24, nexthop: 192.0.2.2, subnet: 10.1.1.0/24 }',
          '  - { name: dhcp, interface: wan1, subnet: 10.1.2.0/24 }',
          "  - { name: six, interface: wan2, address: '2001:db8:1::1/64', nexthop: 'fe80::1', subnet: 10.1.3.0/24 }",
        ].join('\n'),
        [
          '      - { wan: flat, remote: 192.0.2.2, subnet: 10.2.1.0/24 }',
          '      - { wan: dhcp, remote: 203.0.113.2, subnet: 10.2.2.0/24 }',
          "      - { wan: six, remote: '2001:db8:2::1', subnet: 10.2.3.0/24 }",
        ].join('\n'),
      ),
    );
    writeFileSync(
      join(directory, 'b.yaml'),
      site(
        ...(['b', 'a', 2] as const),
        [
          '  - { name: flat, interface: wan0, address: 192.0.2.2/24, subnet: 10.2.1.0/24 }',
          '  - { name: dhcp, interface: wan1, address: 203.0.113.2/24, nexthop: 203.0.113.1, subnet: 10.2.2.0/24 }',
          "  - { name: six, interface: wan2, address: '2001:db8:2::1/64', nexthop: '2001:db8:2::ff', subnet: 10.2.3.0/24 }",
        ].join('\n'),
        [
          '      - { wan: flat, remote: 192.0.2.1, subnet: 10.1.1.0/24 }',
          '      - { wan: dhcp, remote: 198.51.100.9, subnet: 10.1.2.0/24 }',
          "      - { wan: six, remote: '2001:db8:1::1', subnet: 10.1.3.0/24 }",
        ].join('\n'),
      ),
    );
    const topology = join(directory, 'topology.yaml');
    writeFileSync(
      topology,
      [
        `lab: ${labName('odd')}`,
        'sites: { a: a.yaml, b: b.yaml }',
        'hosts:',
        '  client: { site: a, owns: 10.1.1.128/25 }',
        '  server: { site: b }',
        'wans:',
        '  flat: { connects: [a.flat, b.flat] }',
        '  dhcp: { connects: [a.dhcp, b.dhcp], attachments: { a.dhcp: { address: 198.51.100.9/24 } } }',
        '  six: { connects: [a.six, b.six] }',
        '',
      ].join('\n'),
    );
    const lab = await labUp(topology);
    try {
      for (const [index, target] of ['10.2.1.2', '10.2.2.2', '10.2.3.2'].entries()) {
        assert.ok(await tcpPasses(lab, `10.1.${index + 1}.2`, target), target);
      }
      const owned = ['ping', '-c', '2', '-i', '0.05', '-W', '1', '-I', '10.1.1.200', '10.2.1.2'];
      assert.match((await lab.exec('client', owned)).stdout, / 2 received/);
      await lab.fault('dhcp', { kind: 'unplug' });
      await lab.fault('dhcp', { kind: 'replug' });
      await lab.waitForPaths();
    } finally {
      await lab.down();
    }
  });

  test('a bad one is refused with its place, and nothing is made', async () => {
    const file = join(directory, 'bad.yaml');
    writeFileSync(
      file,
      `lab: ${labName('bad')}\nsites: {}\nwans:\n  a: { connects: [x.y, z.w] }\n`,
    );
    const { exitCode, stderr } = await wamptcp('lab', 'up', file);
    assert.equal(exitCode, 2);
    assert.match(stderr, /bad\.yaml:4:19: error: there is no site `x`/);
    assert.deepEqual(leftOf(labName('bad')), []);
  });

  test('three branches share the lines of a hub', async () => {
    const lab = await labUp(join(ROOT, 'examples/lab/three-branches.yaml'), {
      name: labName('three'),
    });
    try {
      const { stdout } = await lab.exec('west-client', ['ping', '-c', '2', '-i', '0.1', SERVER]);
      assert.match(stdout, / 2 received/);
      // One access only: the others on the line go on.
      await lab.fault('isp-b:west', { kind: 'down' });
      await until('west is cut off', async () =>
        (await lab.pathsNotUp()).some((each) => each.startsWith('west: lte-hub')),
      );
      assert.ok(!(await lab.pathsNotUp()).some((each) => each.startsWith('north')));
    } finally {
      await lab.down();
    }
  });
});
