/** What is kept over a reboot, whatever was done before it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import type { SiteConfig } from '../../../src/config/site.ts';
import { siteText } from '../../../src/config/site-text.ts';
import { firstApply } from '../../../src/daemon/first-apply.ts';
import { Gateway } from '../../../src/daemon/gateway.ts';
import { KeptFile } from '../../../src/daemon/kept-sites.ts';
import { FakeDataplane } from '../../../src/dataplane/fake/fake.ts';
import { ManualClock } from '../../../src/lib/clock.ts';
import { site } from '../../contract/sites.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const FIRST = site({ wans: 1 });
const SECOND = site();
const FILE = '/etc/wamptcp/site.yaml';

let folder: string;
let path: string;
let notKept: unknown[];

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wamptcp-kept-'));
});
beforeEach(() => {
  path = join(folder, 'site.json');
  rmSync(path, { force: true, recursive: true });
  notKept = [];
});
after(() => {
  rmSync(folder, { recursive: true });
});

/** A machine that has just booted. */
function booted(): Gateway {
  const machine = new FakeDataplane();
  for (const name of ['lan1', 'w1', 'w2']) machine.addInterface(name);
  const clock = new ManualClock({ monotonic: 100 });
  return new Gateway(machine, new MemoryStore(), clock, new KeptFile(path), (error) => {
    notKept.push(error);
  });
}

/** The site that a daemon brings up after a reboot, and whether it says that it is another one. */
async function afterReboot(
  wanted: SiteConfig,
): Promise<readonly [SiteConfig | undefined, boolean]> {
  const gateway = booted();
  const texts: string[] = [];
  const onEvent = ({ text }: { readonly text: string }): void => void texts.push(text);
  await firstApply({ gateway, site: wanted, file: FILE, text: siteText(wanted), onEvent });
  const said = texts.some((text) => text.includes('not confirmed before the reboot'));
  return [(await gateway.state()).applied?.site, said];
}

const apply = async (gateway: Gateway, wanted: SiteConfig, confirmWithin?: number) => {
  const waits = confirmWithin === undefined ? {} : { confirmWithin };
  return await gateway.apply(wanted, FILE, { text: siteText(wanted), ...waits });
};

describe('after a reboot', () => {
  test('inside the time to confirm, the site confirmed last comes up, each time', async () => {
    const gateway = booted();
    await apply(gateway, FIRST);
    await apply(gateway, SECOND, 60_000);
    for (const boot of ['first', 'second']) {
      assert.deepEqual(await afterReboot(SECOND), [FIRST, true], boot);
    }
    await apply(booted(), SECOND);
    assert.deepEqual(await afterReboot(SECOND), [SECOND, false]);
  });

  test('in the middle of the apply as well', async () => {
    const gateway = booted();
    await apply(gateway, FIRST);
    let rebooted: readonly [SiteConfig | undefined, boolean] | undefined;
    await gateway.apply(SECOND, FILE, {
      text: siteText(SECOND),
      confirmWithin: 60_000,
      stopped: () => false,
      beforeUnconfirmed: () => void afterReboot(SECOND).then((known) => (rebooted = known)),
    });
    while (rebooted === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(rebooted, [FIRST, true]);
  });

  test('what was rolled back does not come up; what was confirmed does', async () => {
    const gateway = booted();
    await apply(gateway, FIRST);
    await apply(gateway, SECOND, 60_000);
    await gateway.rollback();
    assert.deepEqual(await afterReboot(SECOND), [FIRST, true]);
    await apply(gateway, SECOND, 60_000);
    await gateway.confirm();
    assert.deepEqual(await afterReboot(SECOND), [SECOND, false]);
  });

  test('a changed file, or one before which nothing was confirmed, comes up', async () => {
    const gateway = booted();
    await apply(gateway, SECOND, 60_000);
    assert.deepEqual(await afterReboot(SECOND), [SECOND, false]);
    await apply(booted(), FIRST);
    await apply(gateway, FIRST).catch(() => undefined);
    const changed = site({ provision: 'off' });
    assert.deepEqual(await afterReboot(changed), [changed, false]);
  });

  test('a failed apply, and down, leave what was known before', async () => {
    const gateway = booted();
    await apply(gateway, FIRST);
    const kept = readFileSync(path, 'utf8');
    await gateway.apply(SECOND, FILE, { confirmWithin: 60_000, stopped: () => true });
    assert.equal(readFileSync(path, 'utf8'), kept);
    await gateway.down();
    assert.throws(() => readFileSync(path));
  });

  test('what is broken is said, and the file comes up', async () => {
    writeFileSync(path, '{"version":9}');
    assert.deepEqual(await afterReboot(SECOND), [SECOND, false]);
  });
});

test('where nothing can be kept, an apply to be confirmed is refused, any other is made', async () => {
  writeFileSync(join(folder, 'in-the-way'), '');
  path = join(folder, 'in-the-way', 'site.json');
  const gateway = booted();
  await assert.rejects(apply(gateway, FIRST, 60_000), { code: 'NOT_KEPT' });
  assert.equal((await gateway.state()).applied, undefined);
  assert.equal((await apply(gateway, FIRST)).failure, undefined);
  assert.equal(notKept.length, 1);
});
