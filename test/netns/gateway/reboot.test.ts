/**
 * A reboot while an apply waits for confirmation: what was confirmed last comes up.
 *
 * A machine is a network namespace with a first process of its own, a new `/run/wamptcp` for each
 * boot, and a `/var/lib/wamptcp` that all boots share.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';

import type { Event } from '../../../src/observe/event.ts';
import type { Status } from '../../../src/observe/status.ts';
import { siteFile } from './site-files.ts';

const WAMPTCP = join(import.meta.dirname, '../../../bin/wamptcp');

/** What a boot finds; its last process takes all others with it. */
const BOOT = [
  'mount --bind "$DISK" /var/lib/wamptcp',
  'mount -t tmpfs tmpfs /run/wamptcp',
  'for name in lan0 wan1; do ip link add $name type veth peer name far-$name; ip link set $name up; done',
  // In vain for so long that nobody takes it for slow.
  'await() { for i in $(seq 600); do eval "$1" && return; sleep 0.1; done; echo "not: $1" >&2; exit 1; }',
  'state() { cat /run/wamptcp/net-*/state.json; }',
  'daemon() { "$WAMPTCP" run -c "$FILE" & await "\\"$WAMPTCP\\" status --json > $OUT/status 2>/dev/null"; }',
];

let folder: string;
let file: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wamptcp-reboot-'));
  file = join(folder, 'branch.yaml');
  mkdirSync(join(folder, 'disk'));
  mkdirSync('/var/lib/wamptcp', { recursive: true });
  mkdirSync('/run/wamptcp', { recursive: true });
});
after(() => {
  rmSync(folder, { recursive: true });
});

/** The file as it is from now on, told by the subnet of its WAN. */
function write(subnet: string): void {
  const site = siteFile('branch', { wans: 1 });
  site.wans[0]!.subnets = [subnet];
  writeFileSync(file, JSON.stringify(site, null, 2));
}

interface Booted {
  readonly status: Status;
  readonly events: readonly Event[];
}

/** @returns what the daemon said, where one was started */
async function boot(...lines: readonly string[]): Promise<Booted> {
  for (const name of ['status', 'events']) writeFileSync(join(folder, name), '');
  await execa(
    'unshare',
    [
      ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['sh', '-euc', [...BOOT, ...lines].join('\n')],
    ],
    {
      stdin: 'ignore',
      env: { WAMPTCP, FILE: file, OUT: folder, DISK: join(folder, 'disk'), COLUMNS: '200' },
    },
  );
  const [status = '', events = ''] = ['status', 'events'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  return {
    status: JSON.parse(status === '' ? '{}' : status) as Status,
    events: events
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Event),
  };
}

const RUN = ['daemon', '"$WAMPTCP" events --json > "$OUT/events"'];
const APPLY = '"$WAMPTCP" apply -c "$FILE"';
const TENTATIVELY = [
  `${APPLY} --confirm 300s > /dev/null 2>&1 &`,
  'await "state | grep -q \'\\"time\\"\'"',
];

const subnetOf = ({ status }: Booted): string | undefined => status.wans[0]?.subnets[0];
const unconfirmed = ({ events }: Booted): readonly string[] =>
  events.map(({ text }) => text).filter((text) => text.includes('not confirmed before the reboot'));

test('a reboot before confirmation brings up what was confirmed, until the file is applied', async () => {
  write('10.10.1.0/24');
  await boot(APPLY);
  write('10.10.2.0/24');
  await boot(...TENTATIVELY);

  for (const boots of [1, 2]) {
    const booted = await boot(...RUN);
    assert.equal(subnetOf(booted), '10.10.1.0/24', `boot ${boots}`);
    assert.equal(unconfirmed(booted).length, 1);
    assert.match(
      unconfirmed(booted)[0]!,
      /`wamptcp apply -c .*branch\.yaml` applies it all the same/,
    );
  }

  // A restart of the daemon alone does not bring it up either; an apply by hand does, for good.
  const again = await boot('daemon', 'kill $!; wait $! || true', ...RUN);
  assert.equal(subnetOf(again), '10.10.1.0/24');
  await boot(APPLY);
  const applied = await boot(...RUN);
  assert.equal(subnetOf(applied), '10.10.2.0/24');
  assert.deepEqual(unconfirmed(applied), []);
});

test('what was confirmed before the reboot comes up, what was rolled back does not', async () => {
  write('10.10.3.0/24');
  await boot(...TENTATIVELY, '"$WAMPTCP" confirm');
  const confirmed = await boot(
    ...RUN,
    'sed -i s/10.10.3.0/10.10.4.0/ "$FILE"',
    ...TENTATIVELY,
    '"$WAMPTCP" rollback',
  );
  assert.equal(subnetOf(confirmed), '10.10.3.0/24');
  const rolledBack = await boot(...RUN);
  assert.equal(subnetOf(rolledBack), '10.10.3.0/24');
  assert.equal(unconfirmed(rolledBack).length, 1);
  // A file that was changed since is another one.
  write('10.10.5.0/24');
  assert.equal(subnetOf(await boot(...RUN, '"$WAMPTCP" down')), '10.10.5.0/24');
  assert.equal(existsSync(join(folder, 'disk/site.json')), false);
});
