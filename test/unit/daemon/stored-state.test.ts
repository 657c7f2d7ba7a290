/** States of this version, of older and of newer ones: read, or refused with a way out. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import { EMPTY_STATE } from '../../../src/apply/state.ts';
import type { SiteConfig } from '../../../src/config/site.ts';
import { firstApply } from '../../../src/daemon/first-apply.ts';
import { Gateway } from '../../../src/daemon/gateway.ts';
import { StateFile } from '../../../src/daemon/state-file.ts';
import { SITE_SHAPE } from '../../../src/daemon/stored-state.ts';
import { FakeDataplane } from '../../../src/dataplane/fake/fake.ts';
import { ManualClock } from '../../../src/lib/clock.ts';
import { WamptcpError } from '../../../src/lib/errors.ts';
import { site } from '../../contract/sites.ts';
import { siteFrom } from '../../support/site.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const FIRST = site({ wans: 1 });
const SECOND = site();

/** Everything that can stand in a site file stands in it. */
const EVERYTHING = [
  'site: branch',
  'lan: { interfaces: [lan1, lan2], addresses: [{ address: 10.9.0.1/24, interface: lan2 }] }',
  'wans:',
  '  - { name: one, interface: w1, address: 192.0.2.2/29, nexthop: 192.0.2.1, direct: on, detours: [],',
  '      allow: [{ port: 22, from: 0.0.0.0/0 }], subnet: { prefix: 10.10.1.0/24, pool: 10.10.1.100-10.10.1.199 } }',
  'peers: [{ name: hub, prefix: 10.20.0.0/16, paths: [{ wan: one, remote: 203.0.113.1 }] }]',
  'classes: [{ name: voice, match: { dscp: EF, port: 5060 } }]',
  'probes: { targets: [{ address: 9.9.9.9, tcp: 443 }] }',
  'provision: { reservations: [{ mac: "52:54:00:12:34:56", host: 20 }] }',
  'proxy: { except: [{ port: 22 }] }',
].join('\n');

/** The paths of all keys. */
function keysOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => keysOf(each, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [
    `${path}.${key}`,
    ...keysOf(each, `${path}.${key}`),
  ]);
}

let folder: string;
let path: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wamptcp-state-'));
});
beforeEach(() => {
  path = join(folder, 'state.json');
  rmSync(path, { force: true });
});
after(() => {
  rmSync(folder, { recursive: true });
});

class World {
  readonly machine = new FakeDataplane();
  readonly clock = new ManualClock({ monotonic: 5_000, wall: 1_000_000 });
  readonly gateway: Gateway;

  constructor() {
    for (const name of ['lan1', 'w1', 'w2']) this.machine.addInterface(name);
    this.gateway = new Gateway(this.machine, new StateFile(path, this.clock), this.clock);
  }
}

/** What each command asks of the gateway. */
const COMMANDS: Readonly<Record<string, (gateway: Gateway) => Promise<unknown>>> = {
  apply: (gateway) => gateway.apply(FIRST, 'site.yaml'),
  rollback: (gateway) => gateway.rollback(),
  'rollback of an expired one': (gateway) => gateway.rollback(true),
  confirm: (gateway) => gateway.confirm(),
  status: async (gateway) => gateway.plan((await gateway.state()).applied?.site),
  down: (gateway) => gateway.down(),
  drain: (gateway) => gateway.decide((known) => ({ ...known, drainedWans: ['one'] })),
  reconverge: (gateway) => gateway.reconverge(),
  run: (gateway) =>
    firstApply({ gateway, site: FIRST, file: 'site.yaml', onEvent: () => undefined }),
};

/** May refuse, but says why and what to do. */
async function isUnderstood(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    assert.ok(error instanceof WamptcpError, String(error));
    assert.notEqual(error.advice, '');
    return error.code;
  }
}

test('the shape that sites are kept in is the one of this version', () => {
  const keys = keysOf(siteFrom(EVERYTHING)).join('\n');
  const shape = createHash('sha256').update(keys).digest('hex').slice(0, 12);
  assert.equal(SITE_SHAPE, shape, `SiteConfig has other keys now: write SITE_SHAPE = '${shape}'`);
});

describe('a state of this version', () => {
  test('is read as it was written', async () => {
    const file = new StateFile(path);
    const source = { site: SECOND, file: '/etc/site.yaml', text: 'site: branch' };
    const applied = { ...source, at: 5 };
    const state = {
      ...EMPTY_STATE,
      applied,
      attempting: FIRST,
      pending: { source, previous: applied, time: { until: 7, due: 9 } },
      confirmed: false,
      refused: source,
      decisions: { ...EMPTY_STATE.decisions, drainedWans: ['one'], pathMtu: { 'one-hub': 1300 } },
    };
    await file.save(state);
    const kept: unknown = JSON.parse(JSON.stringify({ ...state, ledger: [] }));
    const read = await new StateFile(path).load();
    assert.deepEqual(JSON.parse(JSON.stringify({ ...read, ledger: [...read.ledger] })), kept);
  });

  test('that is broken is refused, and says so', async () => {
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '5',
      '{"version":1}',
      '{"version":1,"ledger":5}',
      '{"version":1,"ledger":[["a"]]}',
      '{"version":1,"ledger":[["a",{}]]}',
      '{"version":1,"ledger":[],"applied":{}}',
      '{"version":1,"ledger":[],"applied":{"site":{},"file":"f","at":1}}',
      '{"version":1,"ledger":[],"pending":{"previous":{"site":{"wans":3},"file":"f","at":1}}}',
      '{"version":1,"ledger":[],"decisions":{"held":7}}',
    ]) {
      writeFileSync(path, text);
      for (const [name, command] of Object.entries(COMMANDS)) {
        const code = await isUnderstood(command(new World().gateway));
        assert.equal(code, 'STATE_UNREADABLE', `${name}: ${text}`);
      }
    }
  });
});

describe('recorded states of other versions', () => {
  for (const name of readdirSync(FIXTURES)) {
    for (const [command, run] of Object.entries(COMMANDS)) {
      test(`${name}: ${command}`, async () => {
        writeFileSync(path, readFileSync(join(FIXTURES, name)));
        const code = await isUnderstood(run(new World().gateway));
        const newer = name.startsWith('newer');
        if (newer) assert.equal(code, 'STATE_UNREADABLE');
        else assert.ok(['done', 'UNCONFIRMED', 'UNFINISHED'].includes(code), code);
      });
    }
  }

  test('an older one is rolled back to what was applied before', async () => {
    for (const name of readdirSync(FIXTURES).filter((one) => one.includes('pending'))) {
      if (name.startsWith('newer')) continue;
      writeFileSync(path, readFileSync(join(FIXTURES, name)));
      const { gateway } = new World();
      const report = await gateway.rollback();
      assert.equal(report?.failure, undefined, name);
      const { applied, pending } = await gateway.state();
      assert.equal(pending, undefined);
      assert.equal(applied?.site.site, 'branch');
      assert.equal(applied.site.wans.length, 1);
      assert.equal((await gateway.plan(applied.site)).changes.length, 0, name);
    }
  });

  test('one that lacks what this version knows of a site gets the defaults of a site file', async () => {
    writeFileSync(path, readFileSync(join(FIXTURES, 'older-site-without-later-keys.json')));
    const { applied } = await new World().gateway.state();
    const expected: SiteConfig = FIRST;
    assert.deepEqual(applied?.site, { ...expected, classes: [] });
  });

  test('what was rolled back is still known for it after an upgrade', async () => {
    writeFileSync(path, readFileSync(join(FIXTURES, 'older-refused.json')));
    const { gateway } = new World();
    await firstApply({ gateway, site: SECOND, file: 'site.yaml', onEvent: () => undefined });
    assert.deepEqual((await gateway.state()).applied?.site, FIRST);
  });
});

describe('the way out of a state that cannot be read', () => {
  test('begins anew, keeps the old file, and takes away what is ours', async () => {
    const world = new World();
    const before = world.machine.snapshot();
    await world.gateway.apply(SECOND, 'site.yaml');
    writeFileSync(path, '{"version":2}');
    const file = new StateFile(path, world.clock);
    await file.discard(SECOND);
    assert.equal(readFileSync(`${path}.discarded`, 'utf8'), '{"version":2}');
    const gateway = new Gateway(world.machine, file, world.clock);
    assert.equal((await gateway.apply(SECOND, 'site.yaml')).failure, undefined);
    assert.equal((await gateway.plan(SECOND)).changes.length, 0);
    await gateway.down();
    // What was there before is not known: addresses and switches stay as they are.
    const left = (text: string): readonly string[] =>
      text.split('\n').filter((line) => /rule|vxlan|engine|nft|route/.test(line));
    assert.deepEqual(left(world.machine.snapshot()), left(before));
  });
});
