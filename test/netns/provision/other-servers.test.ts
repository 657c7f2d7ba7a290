/**
 * The configurations of docs/other-servers.md, word for word, run by the servers they are for. Needs
 * root, and the servers.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { DhcpHosts, macOf } from '../../support/dhcp/hosts.ts';
import { enterNamespace, leave } from '../../support/namespace.ts';
import { eventually } from '../gateway/gateway-under-test.ts';
import { Namespace } from '../gateway/namespace.ts';

const DOCUMENT = join(import.meta.dirname, '../../../docs/other-servers.md');
const WANS = [1, 2, 3];

function block(language: string): string {
  const text = readFileSync(DOCUMENT, 'utf8');
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text)?.[1];
  assert.ok(found, `a block of ${language}`);
  return found;
}

/** What the servers write goes to file systems of their own. */
const OWN = 'for d in /var/lib /var/log /run; do mount -t tmpfs tmpfs $d; done';

class Lan {
  readonly gateway: Namespace;
  readonly hosts: Namespace;
  readonly files = mkdtempSync(join(tmpdir(), 'wamptcp-other-'));
  #server: ChildProcess | undefined;

  constructor(gateway: Namespace, hosts: Namespace) {
    this.gateway = gateway;
    this.hosts = hosts;
  }

  static async create(): Promise<Lan> {
    const lan = new Lan(await Namespace.create('other'), await Namespace.create('hosts'));
    await lan.gateway.ip(
      `link add lan0 type veth peer name eth0 netns ${lan.hosts.name}`,
      'link set lan0 up',
      ...WANS.flatMap((wan) => [
        `address add 10.10.${wan}.1/24 dev lan0`,
        `address add fd10:${wan}::1/64 dev lan0 nodad`,
      ]),
    );
    await lan.hosts.ip('link set eth0 up');
    return lan;
  }

  /** `script` with the configuration as `$0`. */
  start(configuration: string, script: string): void {
    const file = join(this.files, 'configuration');
    writeFileSync(file, configuration);
    const [program, ...prefix] = this.gateway.prefix;
    this.#server = spawn(
      program,
      [...prefix, 'unshare', '--mount', 'sh', '-c', `${OWN}; ${script}`, file],
      { stdio: 'ignore' },
    );
  }

  async remove(): Promise<void> {
    this.#server?.kill('SIGKILL');
    for (const namespace of [this.gateway, this.hosts]) {
      await namespace.endProcesses();
      await namespace.remove();
    }
    rmSync(this.files, { recursive: true });
  }
}

describe('ISC Kea', () => {
  let lan: Lan;
  let hosts: DhcpHosts;

  before(async () => {
    lan = await Lan.create();
    lan.start(block('json'), 'mkdir -p /var/lib/kea /run/kea; exec kea-dhcp4 -c "$0"');
    enterNamespace(lan.hosts.name);
    hosts = new DhcpHosts('eth0');
    leave();
    await eventually('it answers', async () => {
      return (await hosts.join([{ mac: macOf(99), wan: 1 }], 1000)).length === 1;
    });
  });
  after(async () => {
    hosts.close();
    await lan.remove();
  });

  test('gives each index an address of its subnet, and says how many there are', async () => {
    const granted = await hosts.join(
      [1, 2, 3].map((wan) => ({ mac: macOf(1), wan })),
      10_000,
    );
    assert.deepEqual(granted.map(({ address }) => address.slice(0, 8)).toSorted(), [
      '10.10.1.',
      '10.10.2.',
      '10.10.3.',
    ]);
    assert.ok(granted.every(({ message }) => message.options.get(224)?.[0] === 3));
  });

  test('gives an ordinary host one address, and an index of no WAN none', async () => {
    const [plain] = await hosts.join([{ mac: macOf(2) }], 5000);
    assert.match(plain?.address ?? 'none', /^10\.10\.1\./);
    assert.deepEqual(await hosts.join([{ mac: macOf(3), wan: 4 }], 1500), []);
  });

  test('reads a class where a client cannot send the option', async () => {
    const options = [[60, [...Buffer.from('wamptcp-3')]]] as const;
    const [granted] = await hosts.join([{ mac: macOf(4), options }], 5000);
    assert.match(granted?.address ?? 'none', /^10\.10\.3\./);
  });
});

describe('dhcpy6d', () => {
  let lan: Lan;
  before(async () => {
    lan = await Lan.create();
    lan.start(
      block('ini'),
      'mkdir -p /var/lib/dhcpy6d; touch /var/lib/dhcpy6d/volatile.sqlite; exec dhcpy6d --config "$0"',
    );
  });
  after(() => lan.remove());

  test('gives one address per WAN in one reply to a stock client', async () => {
    const script = `${OWN}; mkdir -p /var/lib/dhcp; timeout 20 dhclient -6 -1 -v eth0`;
    await lan.hosts.run('unshare', '--mount', 'sh', '-c', script).catch(() => undefined);
    await eventually('an address in each prefix', async () => {
      const text = await lan.hosts.run('ip', '-6', '-o', 'address', 'show', 'dev', 'eth0');
      return WANS.every((wan) => text.includes(`fd10:${wan}:`));
    });
  });
});
