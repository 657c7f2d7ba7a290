/**
 * What others on this machine or on the line put in the way of a path: it is said what it is, where, and
 * what to write. Needs root.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { GatewayUnderTest } from './gateway-under-test.ts';
import { eventually } from './gateway-under-test.ts';
import { outsideAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

let two: TwoGateways;
let branch: GatewayUnderTest;
let hub: GatewayUnderTest;

before(async () => {
  two = await TwoGateways.create({ wans: 2 });
  ({ branch, hub } = two);
});
after(() => two.remove());

/** What `status` gives as the reason of the path over WAN `wan`. */
async function reasonIs(gateway: GatewayUnderTest, wan: number, pattern: RegExp): Promise<string> {
  let seen: string | null = null;
  return await eventually(
    () => `${gateway.side}: ${String(pattern)}, but ${seen ?? 'nothing'}`,
    async () => {
      seen = (await gateway.path(wan)).reason;
      return seen !== null && pattern.test(seen) && seen;
    },
    30_000,
  );
}

async function warned(gateway: GatewayUnderTest, pattern: RegExp): Promise<void> {
  await eventually(
    `${gateway.side}: a warning ${String(pattern)}`,
    async () => (await gateway.status()).warnings.some(({ text }) => pattern.test(text)),
    30_000,
  );
}

describe('at the start', () => {
  test('nothing is told of what never was', async () => {
    for (const gateway of two.gateways) {
      const texts = (await gateway.events()).map(({ kind, text }) => `${kind} ${text}`);
      const first = texts.findIndex((text) => /^path-up w1-\w+ is up$/.test(text));
      assert.ok(first > 0, texts.join('\n'));
      assert.deepEqual(
        texts.slice(0, first).filter((text) => /^no-path|again|has failed/.test(text)),
        [],
      );
    }
  });
});

describe('a line that drops CS6 and nothing else', () => {
  const DROP =
    'table inet provider { chain c { type filter hook prerouting priority -401;' +
    ' iifname "wan1" ip dscp cs6 drop; }; }\n';

  test('is told as that, on both ends, with the key', async () => {
    for (const gateway of two.gateways) await gateway.namespace.nft(DROP);
    await two.waitForPaths('down', 'up');
    for (const gateway of two.gateways) {
      const said = await reasonIs(gateway, 1, /^BFD is dropped, probes pass/);
      assert.match(said, /drops DSCP CS6; set `detection\.dscp`/);
      assert.doesNotMatch(said, /nat/i);
    }
  });

  test('is up with the key', async () => {
    for (const gateway of two.gateways) {
      gateway.writeSite((site) => {
        site.detection = { ...site.detection, dscp: 'cs5' } as never;
      });
      await gateway.must('apply', '-c', gateway.file);
    }
    await two.waitForPaths('up', 'up');
    const rules = await branch.namespace.run('nft', 'list', 'chain', 'inet', 'provider', 'c');
    assert.match(rules, /dscp cs6 drop/, 'the line still drops');
    for (const gateway of two.gateways) {
      await gateway.namespace.nft('delete table inet provider\n');
    }
  });
});

describe('a line that works in one direction only', () => {
  after(() => two.heal(1, 'to-hub').catch(() => undefined));

  test('is told as one-way, and not as NAT, since it has worked', async () => {
    await two.cut(1, 'to-hub');
    await two.waitForPaths('down', 'up');
    const said = await reasonIs(branch, 1, /^one-way/);
    assert.match(said, /look at the line of w1/);
    assert.doesNotMatch(said, /nat/i);
    await two.heal(1, 'to-hub');
    await two.waitForPaths('up', 'up');
  });
});

describe('a peer whose address changes', () => {
  const changed = '198.51.100.5';
  before(async () => {
    await branch.namespace.ip(`route add ${outsideAddress('hub', 1, 'ipv4')} dev wan1`);
    await hub.namespace.ip(`route add ${changed} dev wan1`);
  });

  test('is told as that, from where to where, with the key', async () => {
    branch.writeSite((site) => {
      site.wans[0]!.addresses = [`${changed}/31`];
    });
    await branch.must('apply', '-c', branch.file);
    const said = await reasonIs(hub, 1, /address changed/);
    assert.match(
      said,
      new RegExp(`changed from ${outsideAddress('branch', 1, 'ipv4')} to ${changed}`),
    );
    assert.match(said, /`remote` of this path \(peers\[branch\]\.paths\[w1\]\.remote\)/);
    assert.doesNotMatch(said, /nat: on/);
  });

  test('is reached again with that, and plan says why it would change', async () => {
    hub.writeSite((site) => {
      site.peers[0]!.paths[0]!.remote = changed;
    });
    const plan = await hub.must('plan', '-c', hub.file);
    assert.match(
      plan,
      new RegExp(`remote \\S+ → ${changed} \\(peers\\[branch\\]\\.paths\\[w1\\]\\.remote\\)`),
    );
    assert.doesNotMatch(plan, /\((missing|differs in [^)]*)\)/);
    await hub.must('apply', '-c', hub.file);
    await two.waitForPaths('up', 'up');
  });
});

describe('a firewall of others', () => {
  test('that drops what comes in is named as the reason, at the command and in status', async () => {
    await branch.namespace.nft(
      'table inet fw { chain input { type filter hook input priority 0; policy drop;' +
        ' ct state established,related accept; iif lo accept; icmp type echo-request accept; }; }\n',
    );
    await two.waitForPaths('down', 'down');
    const said = await reasonIs(branch, 1, /^firewall: /);
    assert.match(said, /chain inet fw input \(policy drop\) drops the tunnels \(UDP 4789\)/);
    await warned(branch, /^chain inet fw input \(policy drop\), which is not ours/);
    const applied = await branch.wamptcp('apply', '-c', branch.file);
    assert.match(applied.stderr, /warning: chain inet fw input/);
    assert.match(await branch.must('status'), /Warning: chain inet fw input/);
    const diagnoses = await branch.events('path-diagnosis');
    assert.doesNotMatch(diagnoses.at(-1)!.text, /NAT/);
  });

  test('lets it pass with the rules that are given, and is warned of no more', async () => {
    const { warnings } = await branch.status();
    const commands = [...(warnings[0]?.advice ?? '').matchAll(/`nft ([^`]+)`/g)];
    assert.ok(commands.length > 0);
    for (const [, words = ''] of commands) await branch.namespace.nft(`${words}\n`);
    await two.waitForPaths('up', 'up');
    const planned = await branch.wamptcp('plan', '-c', branch.file);
    assert.doesNotMatch(planned.stderr, /warning: chain/);
    await branch.namespace.nft('delete table inet fw\n');
  });

  test('like that of Docker, made by iptables, is warned of with words of iptables', async () => {
    const { namespace } = branch;
    await namespace.run('iptables', '-P', 'FORWARD', 'DROP');
    await namespace.run('iptables', '-N', 'DOCKER-USER');
    await namespace.run('iptables', '-I', 'FORWARD', '-j', 'DOCKER-USER');
    const planned = await branch.wamptcp('plan', '-c', branch.file);
    assert.match(planned.stderr, /warning: chain ip filter FORWARD \(policy drop\)/);
    const commands = [...planned.stderr.matchAll(/`iptables ([^`]+)`/g)];
    assert.ok(commands.length > 0);
    for (const [, words = ''] of commands) await namespace.run('iptables', ...words.split(' '));
    const again = await branch.wamptcp('plan', '-c', branch.file);
    assert.doesNotMatch(again.stderr, /warning: chain/);
    await namespace.nft('delete table ip filter\n');
  });
});

test('a LAN interface that is a port of a bridge is said, with its name', async () => {
  await branch.namespace.ip('link add br0 type bridge', 'link set lan0 master br0');
  const planned = await branch.wamptcp('plan', '-c', branch.file);
  assert.match(planned.stderr, /warning: lan0 \(lan\) is a port of the bridge br0/);
  const json = JSON.parse(await branch.must('plan', '-c', branch.file, '--json')) as {
    warnings: { kind: string }[];
  };
  assert.deepEqual(
    json.warnings.map(({ kind }) => kind),
    ['membership'],
  );
  await branch.must('apply', '-c', branch.file);
  await warned(branch, /lan0 \(lan\) is a port of the bridge br0/);
});
