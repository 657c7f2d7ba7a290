/** The Linux kernel keeps the contract of a data plane. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe } from 'node:test';

import { dataplaneContract } from '../contract/dataplane.ts';
import type { ContractMachine } from '../contract/machine.ts';
import { commandsFor } from '../../src/dataplane/kernel/command.ts';
import { enginePid, stopEngine } from '../../src/dataplane/kernel/engine.ts';
import { KernelDataplane } from '../../src/dataplane/kernel/kernel.ts';
import { stopProvisioner } from '../../src/dataplane/kernel/provisioner.ts';
import { stopProxy } from '../../src/dataplane/kernel/proxy.ts';
import { writeSysctl } from '../../src/dataplane/kernel/sysctl.ts';
import type { Resource } from '../../src/plan/resource.ts';
import { run } from '../../src/system/command.ts';
import { isReached } from '../../src/system/is-reached.ts';
import { runDirectory } from '../../src/system/run-directory.ts';
import { settledSnapshot } from '../support/kernel-snapshot.ts';
import { provisionersOf, proxiesOf } from '../support/programs.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { addInterface, createNamespace, removeInterface } from '../support/namespace.ts';

/** The namespaces that are open, innermost last: a test may open a second machine to compare. */
const open: { enter(): void }[] = [];

describe('the kernel data plane', () => {
  dataplaneContract(async (): Promise<ContractMachine> => {
    const namespace = await createNamespace('dp');
    open.push(namespace);
    const directory = runDirectory();
    return {
      dataplane: new KernelDataplane(directory),
      store: new MemoryStore(),
      snapshot: settledSnapshot,
      addInterface,
      removeInterface,
      setDown: async (name) => {
        await run(['ip', 'link', 'set', name, 'down']);
      },
      endProgram: async (kind) => {
        const programs = kind === 'proxy' ? proxiesOf : provisionersOf;
        for (const pid of programs(directory)) process.kill(pid, 'SIGKILL');
        const gone = await isReached(async () => programs(directory).length === 0);
        assert.ok(gone);
      },
      addForeign,
      addForeignRuleset: async () => {
        const stdin =
          'table inet theirs {\nchain input {\ntype filter hook input priority 0;\n}\n}\n';
        await run(['nft', '-f', '-'], { stdin });
      },
      close: async () => {
        if ((await enginePid(directory)) !== undefined) await stopEngine(directory);
        await stopProvisioner(directory);
        await stopProxy(directory);
        rmSync(directory.path, { recursive: true });
        await namespace.remove();
        open.pop();
        open.at(-1)?.enter();
      },
    };
  });
});

/** Our own words for it, without our marks. */
async function addForeign(resource: Resource): Promise<void> {
  await makeForeign(resource);
  // What the kernel does by itself then is no change of ours, however late it comes.
  if (resource.kind === 'link-up') await settled(resource.interface);
}

/** It has a carrier and its link-local address. */
async function settled(name: string): Promise<void> {
  const isThere = await isReached(async () => {
    const [link] = JSON.parse(
      await run(['ip', '-j', 'address', 'show', 'dev', name]),
    ) as readonly Link[];
    const own = link?.addr_info.find(({ scope }) => scope === 'link');
    return (
      link?.flags.includes('LOWER_UP') === true && own?.tentative !== true && own !== undefined
    );
  });
  assert.ok(isThere, `${name} came up`);
}

interface Link {
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly scope: string; readonly tentative?: boolean }[];
}

async function makeForeign(resource: Resource): Promise<void> {
  if (resource.kind === 'sysctl') {
    writeSysctl(resource);
    return;
  }
  for (const [index, command] of commandsFor({ action: 'add', resource, reason: '' }).entries()) {
    assert.ok('run' in command);
    // Without an alias: its maker got no further than the first command.
    if (resource.kind === 'vxlan' && resource.alias === '' && index > 0) break;
    await run(
      command.run.map((word, place, all) =>
        ['proto', 'protocol'].includes(all[place - 1] ?? '') ? 'static' : word,
      ),
    );
  }
}
