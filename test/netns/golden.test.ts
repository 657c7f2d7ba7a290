/** What the golden files hold is accepted by the programs that it is meant for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { plan } from '../../src/plan/plan.ts';
import { run } from '../../src/system/command.ts';
import { goldenCases, goldenMachine } from '../support/golden.ts';
import { createNamespace } from '../support/namespace.ts';
import type { Namespace } from '../support/namespace.ts';
import { interfacesOf } from '../support/site.ts';

const directory = mkdtempSync(join(tmpdir(), 'wamptcp-golden-'));
let namespace: Namespace;

before(async () => {
  namespace = await createNamespace('golden');
});

after(async () => {
  await namespace.remove();
  rmSync(directory, { recursive: true });
});

for (const golden of goldenCases()) {
  describe(golden.title, () => {
    test('BIRD accepts the configuration', async () => {
      const file = join(directory, 'bird.conf');
      writeFileSync(file, await textOf('engine'));
      await run(['bird', '-p', '-c', file]);
    });

    test('nft accepts the ruleset', async () => {
      await run(['nft', '-c', '-f', '-'], { stdin: await textOf('nftables') });
    });
  });

  async function textOf(kind: 'engine' | 'nftables'): Promise<string> {
    const facts = await goldenMachine(golden).facts(interfacesOf(golden.site));
    const found = plan(golden.site, facts, golden.overrides).resources.find(
      (resource) => resource.kind === kind,
    );
    if (found?.kind === 'engine') return found.config;
    if (found?.kind === 'nftables') return found.ruleset;
    assert.fail(`no ${kind}`);
  }
}
