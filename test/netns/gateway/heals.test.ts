/**
 * What others take away from a gateway at work comes back, is told, and nothing leaves in clear meanwhile.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { eventually } from './gateway-under-test.ts';
import type { Namespace } from './namespace.ts';
import { TwoGateways } from './two-gateways.ts';

let net: TwoGateways;

before(async () => {
  net = await TwoGateways.create({ wans: 2, dualStack: true, recovery: { damping: false } });
});
after(() => net.remove());

/** Everything as the site wants it. */
async function nothingDiffers(): Promise<void> {
  await eventually('plan finds nothing to change', async () => {
    const { changes } = JSON.parse(
      await net.branch.must('plan', '-c', net.branch.file, '--json'),
    ) as { changes: unknown[] };
    return changes.length === 0;
  });
}

/** Does harm, waits until it is put right, and prints how long that took. */
async function heals(
  what: string,
  harm: () => Promise<unknown>,
  isWhole: () => Promise<boolean>,
  told: RegExp,
): Promise<void> {
  await nothingDiffers();
  const known = (await net.branch.events('healed')).length;
  await harm();
  const began = performance.now();
  await eventually(what, isWhole);
  console.log(`# ${what}: ${Math.round(performance.now() - began)} ms`);
  await eventually(`${what} is told`, async () =>
    (await net.branch.events('healed')).slice(known).some(({ text }) => told.test(text)),
  );
  await nothingDiffers();
}

/** What tcpdump prints of a WAN; packets inside a tunnel do not match by their inside. */
async function clearPackets(
  namespace: Namespace,
  device: string,
  filter: string,
): Promise<{ lines(): readonly string[]; end(): void }> {
  const [program, ...prefix] = namespace.prefix;
  const child = spawn(program, [...prefix, 'tcpdump', '-l', '-n', '-p', '-i', device, filter], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await eventually('tcpdump listens', async () => said.includes('listening on'));
  return {
    lines: () => printed.split('\n').filter((line) => /\bIP6? /.test(line)),
    end: () => child.kill(),
  };
}

describe('what others take away is put back', () => {
  const run = (...argv: string[]): Promise<string> => net.branch.namespace.run(...argv);
  const text = async (...argv: string[]): Promise<string> => run(...argv).catch(() => '');

  test('the policy rules, as a network manager does', async () => {
    const rules = (): Promise<string> => text('ip', '-4', 'rule');
    const whole = await rules();
    await heals(
      'policy rules',
      async () => {
        const priorities = [...whole.matchAll(/^(5\d+):/gm)].map(([, priority]) => priority!);
        await net.branch.namespace.ip(...priorities.map((each) => `rule del priority ${each}`));
      },
      async () => (await rules()) === whole,
      /policy rules were gone and are back/,
    );
  });

  test('the nftables table, whole or a chain of it', async () => {
    const list = (): Promise<string> => text('nft', '-s', '-t', 'list', 'table', 'inet', 'wamptcp');
    const whole = await list();
    const isWhole = async (): Promise<boolean> => (await list()) === whole;
    await heals(
      'nftables ruleset',
      () => run('nft', 'flush', 'ruleset'),
      isWhole,
      /nftables table inet wamptcp was gone and is back/,
    );
    await heals(
      'nftables chain',
      () => run('nft', 'flush', 'chain', 'inet', 'wamptcp', 'forward'),
      isWhole,
      /nftables table inet wamptcp was changed and is restored/,
    );
    const elements = (): Promise<string> =>
      text('nft', 'list', 'set', 'inet', 'wamptcp', 'behind_peers_ipv4');
    const all = await elements();
    await heals(
      'elements of a set',
      () => run('nft', 'flush', 'set', 'inet', 'wamptcp', 'behind_peers_ipv4'),
      async () => (await elements()) === all,
      /nftables table inet wamptcp was changed and is restored/,
    );
    // The flush has taken the faults of this test along.
    await net.branch.namespace.nft('table inet cut { set dead { type ifname; }\n }\n');
  });

  test('switches of interfaces and of the machine', async () => {
    const forwarding = '/proc/sys/net/ipv4/conf/lan0/forwarding';
    const read = (): Promise<string> => text('cat', forwarding);
    await heals(
      'forwarding of the LAN',
      () => run('sysctl', '-qw', 'net.ipv4.conf.lan0.forwarding=0'),
      async () => (await read()) === '1',
      /net\.ipv4\.conf\.lan0\.forwarding was 0 and is 1 again/,
    );
    await heals(
      'forwarding switched on and off for all',
      async () => {
        await run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
        await run('sysctl', '-qw', 'net.ipv4.ip_forward=0');
      },
      async () => (await read()) === '1',
      /kernel switches were changed and are restored|forwarding was 0 and is 1 again/,
    );
  });

  test('a route of a WAN, and one of the path engine', async () => {
    await heals(
      'route of a WAN',
      () => run('ip', 'route', 'flush', 'table', '5101'),
      async () => (await text('ip', 'route', 'show', 'table', '5101')).includes('192.0.2.4/30'),
      /route 192\.0\.2\.4\/30 in table 5101 was gone and is back/,
    );
    const engine = (): Promise<string> => text('ip', 'route', 'show', 'table', '5001');
    await heals(
      'routes of the engine',
      () => run('ip', 'route', 'flush', 'table', '5001'),
      async () => (await engine()).includes('proto bird'),
      /routes? .*(path engine|table 5001)/,
    );
  });

  test('a tunnel with all that is on it, set down or deleted', async () => {
    const devices = (): Promise<string> => text('ip', '-o', 'link', 'show', 'type', 'vxlan');
    const [name] = /wt\d+/.exec(await devices())!;
    await heals(
      'tunnel device',
      () => run('ip', 'link', 'delete', name),
      async () => (await devices()).includes(name),
      new RegExp(`tunnel device ${name} was gone and is back`),
    );
    await net.waitForPaths('up', 'up');
    await heals(
      'tunnel device set down',
      () => run('ip', 'link', 'set', name, 'down'),
      async () =>
        (await devices())
          .split('\n')
          .some((line) => line.includes(`${name}:`) && /[<,]UP[,>]/.test(line)),
      new RegExp(name),
    );
    await net.waitForPaths('up', 'up');
    await heals(
      'addresses and neighbour entries of a tunnel',
      async () => {
        await run('ip', 'address', 'flush', 'dev', name);
        await run('ip', 'neigh', 'flush', 'dev', name, 'nud', 'permanent').catch(() => undefined);
      },
      async () => (await text('ip', '-6', 'address', 'show', 'dev', name)).includes('fe80::'),
      /address/,
    );
    await net.waitForPaths('up', 'up');
  });
});

describe('while rules and routes are missing', () => {
  test('nothing of a peer’s prefix leaves in clear, neither of hosts nor of the gateway', async () => {
    const { branch, branchHost } = net;
    // Nobody heals: only what the kernel holds counts.
    await branch.stop('SIGKILL');
    const capture = await clearPackets(
      branch.namespace,
      'wan1',
      'net 10.20.0.0/16 or host 198.51.100.99',
    );
    net.onRemove(() => capture.end());
    await branch.namespace.ip('route replace default via 192.0.2.6 dev wan1');
    await branch.namespace.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    const rules = await branch.namespace.run('ip', '-4', 'rule');
    for (const [, priority] of rules.matchAll(/^(5\d+):/gm)) {
      await branch.namespace.run('ip', 'rule', 'del', 'priority', priority!);
    }
    for (let count = 0; count < 5; count++) {
      await branchHost.run('ping', '-c', '1', '-W', '0.2', '10.20.0.2').catch(() => undefined);
      await branch.namespace
        .run('ping', '-c', '1', '-W', '0.2', '10.20.0.2')
        .catch(() => undefined);
    }
    // Proof that the capture sees what leaves in clear.
    await branch.namespace
      .run('ping', '-c', '3', '-W', '1', '198.51.100.99')
      .catch(() => undefined);
    const packets = await eventually('the capture has seen the last packet', async () => {
      const lines = capture.lines();
      return lines.some((line) => line.includes('198.51.100.99')) && lines;
    });
    capture.end();
    assert.deepEqual(
      packets.filter((line) => !line.includes('198.51.100.99')),
      [],
    );
    await branch.start();
    await net.waitForPaths('up', 'up');
  });

  test('what came out of a tunnel does not leave in clear while the LAN has no address', async () => {
    const { branch, hubHost } = net;
    await branch.stop('SIGKILL');
    const filter = 'net 10.10.0.0/16 or host 198.51.100.99';
    const capture = await clearPackets(branch.namespace, 'wan1', filter);
    net.onRemove(() => capture.end());
    await branch.namespace.ip(
      'route replace default via 192.0.2.6 dev wan1',
      'address flush dev lan0',
    );
    await hubHost.run('ping', '-c3', '-i0.2', '-W0.2', '10.10.1.2').catch(() => undefined);
    await branch.namespace.run('ping', '-c3', '-W1', '198.51.100.99').catch(() => undefined);
    const packets = await eventually('the capture has seen the last packet', async () => {
      const lines = capture.lines();
      return lines.some((line) => line.includes('198.51.100.99')) && lines;
    });
    capture.end();
    assert.deepEqual(
      packets.filter((line) => !line.includes('198.51.100.99')),
      [],
    );
    await branch.namespace.ip('route delete default via 192.0.2.6 dev wan1');
    await branch.start();
    await net.waitForPaths('up', 'up');
  });
});

describe('what was not told', () => {
  test('of a path that died, since a line of the engine’s log was lost, is found all the same', async () => {
    const { branch } = net;
    const log = branch.directory.engineLog;
    // The engine goes on to write into a file that nobody reads.
    renameSync(log, `${log}.lost`);
    writeFileSync(log, '');
    await net.cut(1);
    await branch.waitForPaths('down', 'up');
    await net.heal(1);
    await branch.waitForPaths('up', 'up');
    assert.ok((await branch.events('path-down')).some(({ path }) => path === 'w1-hub'));
  });
});

describe('a program that hangs', () => {
  test('the path engine is ended and started anew, and paths are up again', async () => {
    const { branch } = net;
    const pid = branch.enginePid();
    assert.ok(readFileSync(`/proc/${pid}/stat`, 'utf8').length > 0);
    process.kill(pid, 'SIGSTOP');
    const began = performance.now();
    await branch.waitForEvent('the engine hangs', ({ kind }) => kind === 'program-hung');
    await branch.waitForEvent('it was started again', ({ kind }) => kind === 'engine-restarted');
    await net.waitForPaths('up', 'up');
    console.log(`# hung engine: ${Math.round(performance.now() - began)} ms`);
    assert.notEqual(branch.enginePid(), pid);
  });
});
