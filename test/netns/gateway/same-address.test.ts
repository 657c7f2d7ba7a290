/**
 * Two modems with one address: each WAN is probed over itself, and a tunnel survives that a modem hands
 * out another address while it still remembers the old one. Needs root.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { labUp } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { labName, leftOf, until } from '../lab/lab-of-test.ts';
import { serveInternet, statusOf, untilSeenAs } from './internet.ts';

const TOPOLOGY = join(import.meta.dirname, 'same-address', 'topology.yaml');

describe('two WANs with one address', { timeout: 180_000 }, () => {
  const name = labName('same');
  let lab: Lab;

  before(async () => {
    lab = await labUp(TOPOLOGY, { name, patience: 40_000 });
    await serveInternet(lab);
    await until('all is up', async () => (await states()) === 'a up b up, a-hub up b-hub up');
  });

  after(async () => {
    await lab.down();
    assert.deepEqual(leftOf(name), []);
  });

  /** Of the direct WANs, and of the tunnels. */
  async function states(): Promise<string> {
    const { wans, paths } = await statusOf(lab, 'shop');
    const direct = wans.map((wan) => `${wan.name} ${wan.direct?.[0]?.state ?? 'none'}`);
    return `${direct.join(' ')}, ${paths.map((path) => `${path.name} ${path.state}`).join(' ')}`;
  }

  async function must(node: string, ...argv: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await lab.exec(node, argv);
    assert.equal(exitCode, 0, `${node}: ${argv.join(' ')}: ${stderr}`);
  }

  for (const [cut, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    test(`are probed each over itself: ${cut} dies and ${other} does not`, async () => {
      await lab.fault(cut, { kind: 'down' });
      await until('one is down', async () => {
        const seen = await states();
        return seen.includes(`${cut} down`) && seen.includes(`${other} up`);
      });
      await lab.fault(cut, { kind: 'up' });
      await until('both are up', async () => (await states()) === 'a up b up, a-hub up b-hub up');
    });
  }

  test('are told apart by those out there', async () => {
    await untilSeenAs(lab, 'client', '10.10.1.2', '198.51.100.7');
    await untilSeenAs(lab, 'client', '10.10.2.2', '198.51.100.8');
  });

  test('get other addresses, and the tunnels go on through NATs that remember the old', async () => {
    for (const [device, fresh, metric] of [
      ['eth1', '192.168.8.101', '1000'],
      ['eth2', '192.168.8.102', '1001'],
    ] as const) {
      await must('shop', 'ip', 'address', 'flush', 'dev', device, 'scope', 'global');
      await must('shop', 'ip', 'address', 'add', `${fresh}/24`, 'dev', device);
      await must(
        'shop',
        ...['ip', 'route', 'replace', 'default', 'via', '192.168.8.1', 'dev', device],
        ...['metric', metric],
      );
    }
    await until('they are followed', async () => {
      const { wans } = await statusOf(lab, 'shop');
      return wans.every((wan, index) => wan.direct?.[0]?.address === `192.168.8.10${index + 1}`);
    });
    for (const path of ['a-hub', 'b-hub']) {
      await until(`${path} is up`, async () => (await states()).includes(`${path} up`));
    }
    const ports = (
      await lab.exec('hub', ['nft', 'list', 'map', 'inet', 'wamptcp', 'nat_ports_ipv4'])
    ).stdout;
    assert.match(ports, /198\.51\.100\.7 \. \S+ expires \S+ : (?!4789)\d+/);
    for (const from of ['10.10.1.2', '10.10.2.2']) {
      const target = `TCP4:10.20.0.2:9,bind=${from},connect-timeout=3`;
      const { stderr } = await lab.exec('client', ['socat', '-u', '/dev/null', target]);
      assert.match(stderr, /Connection refused/, 'there and back');
    }
  });
});
