/** What can be said of the host script without a network: it parses, and it agrees with the rest. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { DEFAULTS } from '../../../src/config/defaults.ts';
import { parseSize } from '../../../src/config/values.ts';
import { parseDuration } from '../../../src/net/duration.ts';

const HOST = join(import.meta.dirname, '../../../host');
const SCRIPTS = [
  'install',
  'wamptcp-host',
  ...readdirSync(join(HOST, 'lib')).map((name) => `lib/${name}`),
];

describe('the host script', () => {
  for (const [shell, ...flags] of [
    ['dash', '-n'],
    ['busybox', 'ash', '-n'],
  ] as const) {
    test(`is understood by ${shell}`, () => {
      for (const name of SCRIPTS) {
        const { status, stderr } = spawnSync(shell, [...flags, join(HOST, name)]);
        assert.equal(status, 0, `${name}: ${String(stderr)}`);
      }
    });
  }

  test('has the defaults of the site file', () => {
    const text = readFileSync(join(HOST, 'wamptcp-host'), 'utf8');
    const value = (name: string): number =>
      Number(new RegExp(`^${name}=(\\d+)`, 'm').exec(text)?.[1]);
    const { host } = DEFAULTS;
    assert.equal(value('RTO_MIN_MS'), parseDuration(host.rtoMin));
    assert.equal(value('STALE_LOSS_COUNT'), host.staleLossCount);
    assert.equal(value('RECEIVE_BUFFER'), parseSize(host.receiveBuffer));
    assert.equal(value('SEND_BUFFER'), parseSize(host.sendBuffer));
    assert.equal(value('NOTSENT_LOWAT'), parseSize(host.notsentLowat));
    assert.equal(value('BLACKHOLE_TIMEOUT'), parseDuration(host.blackholeTimeout));
  });
});

describe('host/install below a directory', () => {
  const root = mkdtempSync(join(tmpdir(), 'wamptcp-root-'));
  after(() => rmSync(root, { recursive: true }));

  const install = (...words: readonly string[]): string =>
    execFileSync(join(HOST, 'install'), [...words, '--root', root], { encoding: 'utf8' });
  const files = (): string[] =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
      .sort();

  for (const client of ['dhclient', 'udhcpc', 'dhcpcd', 'networkd', 'networkmanager', 'none']) {
    test(`for ${client} names every file it writes, and --remove takes them all away`, () => {
      const said = install('--client', client, '--interface', 'eth0');
      for (const file of files()) assert.ok(said.includes(file), `${file} is not named`);
      assert.ok(files().includes('/usr/local/sbin/wamptcp-host'));
      install('--remove');
      assert.deepEqual(files(), []);
    });
  }

  test('another client takes the place of the one before', () => {
    install('--client', 'dhcpcd', '--interface', 'eth0');
    install('--client', 'dhclient', '--interface', 'eth0');
    assert.ok(!files().includes('/etc/dhcpcd.conf'));
    install('--remove');
  });

  for (const [words, complaint] of [
    [['--client', 'pump'], /unknown client 'pump'; one of dhclient/],
    [['--interface', 'eth0;reboot', '--client', 'none'], /is not the name of an interface/],
    [['--clinet', 'dhclient'], /unknown option '--clinet'/],
  ] as const) {
    test(`refuses ${words.join(' ')}`, () => {
      const { status, stderr } = spawnSync(join(HOST, 'install'), [
        ...words,
        ...(words.includes('--interface' as never) ? [] : ['--interface', 'eth0']),
        '--root',
        root,
      ]);
      assert.notEqual(status, 0);
      assert.match(String(stderr), complaint);
      assert.deepEqual(files(), []);
    });
  }
});
