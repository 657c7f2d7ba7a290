/**
 * Where the shell blocks of the documents are played, by the headings they stand under.
 *
 * Always holds: on a stage every line is typed as it is written, in order, and all of it lies in
 * network namespaces; what a stage leaves behind is removed by its `remove`.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { labDown } from '../../../src/lab/lab.ts';
import { at } from '../../support/documents.ts';
import type { ShellBlock, ShellLine, Spot } from '../../support/documents.ts';
import { Namespace } from '../gateway/namespace.ts';
import type { Checkout } from './checkout.ts';
import { RealSite } from './real-site.ts';
import { Terminal } from './terminal.ts';

/** Stays until the stage is removed: what comes after it needs it. */
const DAEMON = /\bwamptcp run\b/;

export interface Stage {
  play(block: ShellBlock): Promise<void>;
  remove(): Promise<void>;
}

export type StageName = 'checkout' | 'lab' | 'site' | 'host';

/** By file and heading, or by file alone. */
const STAGE_OF: Readonly<Record<string, StageName>> = {
  'README.md § See it': 'checkout',
  'README.md § A real site in five minutes': 'site',
  'README.md § Try to break it': 'lab',
  'CONTRIBUTING.md': 'checkout',
  'docs/evaluation.md': 'lab',
  'docs/hosts.md': 'host',
  'docs/host-script.md': 'host',
  'docs/lab.md § First steps': 'lab',
  'docs/lab.md § Measuring a fault': 'lab',
  'docs/operation.md § Draining a line': 'site',
  'docs/site-file.md § The site file': 'site',
};

export function stageOf({ file, section }: Spot): StageName | undefined {
  return STAGE_OF[`${file} § ${section}`] ?? STAGE_OF[file];
}

export async function openStage(name: StageName, checkout: Checkout): Promise<Stage> {
  switch (name) {
    case 'checkout':
      return checkoutStage(checkout);
    case 'lab':
      return labStage(checkout);
    case 'site':
      return await siteStage(checkout);
    case 'host':
      return await hostStage(checkout);
  }
}

/** Says at which line of which document it went wrong. */
async function type(terminal: Terminal, block: ShellBlock, line: ShellLine): Promise<void> {
  try {
    const printed = await terminal.type(line.text);
    if (line.prints !== '') assert.equal(printed.trim(), line.prints.trim());
  } catch (error) {
    assert.fail(
      `${at({ file: block.file, line: line.line })}: mend the document or the program: ${String(error)}`,
    );
  }
}

async function typeAll(terminal: Terminal, block: ShellBlock): Promise<void> {
  for (const line of block.lines) await type(terminal, block, line);
  await terminal.endWhatGoesOn();
}

/** A fresh checkout, in a namespace where nothing can be spoilt. */
function checkoutStage(checkout: Checkout): Stage {
  const terminal = new Terminal(checkout);
  return {
    play: async (block) => typeAll(terminal, block),
    remove: async () => terminal.close(),
  };
}

/** A checkout with root; a block makes its lab, and removes it. */
function labStage(checkout: Checkout): Stage {
  const terminal = new Terminal(checkout);
  return {
    play: async (block) => {
      await typeAll(terminal, block);
      assert.deepEqual(namespacesOf(checkout.lab), [], `${at(block)} leaves its lab behind`);
    },
    remove: async () => {
      await terminal.close();
      await labDown(checkout.lab);
    },
  };
}

/** @returns what is left of a lab. */
export function namespacesOf(lab: string): readonly string[] {
  return readdirSync('/run/netns').filter((name) => name.startsWith(`${lab}-`));
}

/** Two gateways in a directory with `branch.yaml` and `hub.yaml`; `ip …` is typed on a host. */
async function siteStage({ environment }: Checkout): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'wamptcp-site-'));
  const site = await RealSite.create(directory).catch((error: unknown) => {
    rmSync(directory, { recursive: true });
    throw error;
  });
  const [branch, host] = [site.branch.namespace, site.host].map(
    ({ prefix }) => new Terminal({ directory, environment, prefix }),
  ) as [Terminal, Terminal];

  const onGateways = async (block: ShellBlock): Promise<void> => {
    for (const line of block.lines) {
      const isDaemon = DAEMON.test(line.text);
      // "On each": at the hub it is the hub's own file.
      if (isDaemon) await site.hub.start();
      await type(branch, block, line);
      if (isDaemon) {
        await Promise.all([site.branch, site.hub].map((one) => one.waitForPaths('up', 'up')));
      }
    }
    await branch.endWhatGoesOn(DAEMON);
  };
  return {
    play: async (block) => {
      if (block.lines.every(({ text }) => text.startsWith('ip '))) {
        await typeAll(host, block);
        for (const source of ['10.10.1.20', '10.10.2.20']) {
          await host.type(`ping -c 2 -i 0.1 -W 2 -I ${source} 10.20.0.2`);
          // By the WAN of this address: refused by the server, and so gone there and back.
          const tcp = `TCP4:10.20.0.2:9,bind=${source},connect-timeout=2`;
          await host.type(`socat -u /dev/null ${tcp} 2>&1 | grep 'Connection refused'`);
        }
        return;
      }
      await onGateways(block);
    },
    remove: async () => {
      for (const terminal of [branch, host]) await terminal.close();
      await site.remove();
      rmSync(directory, { recursive: true });
    },
  };
}

/** What is written below /etc and /usr/local goes to directories of ours instead. */
const OWN_TREES = ['etc', 'usr/local']
  .map((tree) => {
    const own = `"$0/${tree.replace('/', '-')}`;
    const layers = `lowerdir=/${tree},upperdir=${own}-upper",workdir=${own}-work"`;
    return `mkdir -p ${own}-upper" ${own}-work" && mount -t overlay overlay -o ${layers} /${tree}`;
  })
  .concat('exec "$@"')
  .join(' && ');

/** A host with one card, before anybody has set anything. */
async function hostStage({ directory, environment }: Checkout): Promise<Stage> {
  const namespace = await Namespace.create('doc-end-system');
  await namespace
    .ip(
      'link add eth0 type veth peer name far0',
      'link set eth0 up',
      'address add 10.10.1.2/24 dev eth0',
      'route add default via 10.10.1.1',
    )
    .catch(async (error: unknown) => {
      await namespace.remove();
      throw error;
    });
  const etc = mkdtempSync(join(tmpdir(), 'wamptcp-etc-'));
  // `ip netns exec` gives a mount namespace of its own, so the mount ends with the line.
  const prefix = [...namespace.prefix, 'sh', '-c', OWN_TREES, etc];
  const terminal = new Terminal({ directory, environment, prefix });
  return {
    play: async (block) => typeAll(terminal, block),
    remove: async () => {
      await terminal.close();
      await namespace.remove();
      rmSync(etc, { recursive: true });
    },
  };
}
