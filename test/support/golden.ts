/**
 * The golden cases: what is in a folder of `test/golden`, and what the planner makes of it.
 *
 * Always holds: the machine is a fake one, so the ledger, and with it the way back, is the real one.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { parse } from 'yaml';
import { z } from 'zod';

import type { Change } from '../../src/apply/change.ts';
import type { SiteConfig } from '../../src/config/site.ts';
import { commandsFor, commandText } from '../../src/dataplane/kernel/command.ts';
import { FakeDataplane } from '../../src/dataplane/fake/fake.ts';
import { prefix } from '../../src/net/prefix.ts';
import type { Overrides } from '../../src/plan/overrides.ts';
import { resourceKey } from '../../src/plan/resource.ts';
import { apply, down } from './gateway.ts';
import { MemoryStore } from './memory-store.ts';
import { addresses, interfaceAddress, interfacesOf, siteFrom } from './site.ts';

const ROOT = resolve(import.meta.dirname, '../golden');

const machineFile = z.strictObject({
  /** What the interfaces have that are not plain; null: it does not exist. */
  interfaces: z
    .record(
      z.string(),
      z
        .strictObject({
          mtu: z.number().default(1500),
          addresses: z.array(z.string()).default([]),
          nexthops: z.array(z.string()).default([]),
        })
        .nullable(),
    )
    .default({}),
  /** What the main table has besides default routes: interfaces by destination. */
  'main-routes': z.record(z.string(), z.array(z.string())).default({}),
  drained: z.array(z.string()).default([]),
  held: z.array(z.string()).default([]),
  suspect: z.array(z.string()).default([]),
  'path-mtu': z.record(z.string(), z.number()).default({}),
  directDown: z.array(z.string()).default([]),
  directHeld: z.array(z.string()).default([]),
});

export interface GoldenCase {
  /** The first line of `site.yaml`, a comment: what this case is about. */
  readonly title: string;
  readonly folder: string;
  readonly site: SiteConfig;
  readonly machine: z.infer<typeof machineFile>;
  readonly overrides: Overrides;
}

export function goldenCases(): readonly GoldenCase[] {
  return readdirSync(ROOT).map((name) => {
    const folder = join(ROOT, name);
    const text = readFileSync(join(folder, 'site.yaml'), 'utf8');
    const file = join(folder, 'machine.yaml');
    const given: unknown = existsSync(file) ? parse(readFileSync(file, 'utf8')) : {};
    const machine = machineFile.parse(given);
    const { drained, held, suspect, directDown, directHeld } = machine;
    return {
      title: /^# (.*)\n/.exec(text)?.[1] ?? name,
      folder,
      site: siteFrom(text, join(folder, 'site.yaml')),
      machine,
      overrides: {
        drained: new Set(drained),
        held: new Set(held),
        suspect: new Set(suspect),
        pathMtu: new Map(Object.entries(machine['path-mtu'])),
        directDown: new Set(directDown),
        directHeld: new Set(directHeld),
      },
    };
  });
}

export function goldenMachine({ site, machine }: GoldenCase): FakeDataplane {
  const dataplane = new FakeDataplane();
  dataplane.mainRoutes = Object.entries(machine['main-routes']).map(([text, interfaces]) => ({
    destination: prefix(text),
    interfaces,
  }));
  for (const name of interfacesOf(site)) {
    const special = machine.interfaces[name];
    if (special === null) continue;
    dataplane.addInterface(name, {
      mtu: special?.mtu ?? 1500,
      addresses: (special?.addresses ?? []).map(interfaceAddress),
      nexthops: addresses(...(special?.nexthops ?? [])),
    });
  }
  return dataplane;
}

/** Every change with its commands, and at the end those of taking it all away again. */
export async function commandsText(golden: GoldenCase): Promise<string> {
  const dataplane = goldenMachine(golden);
  const store = new MemoryStore();
  const before = dataplane.snapshot();
  const up = await apply(dataplane, store, golden.site, golden.overrides);
  assert.equal(up.failure, undefined);
  const back = await down(dataplane, store);
  assert.equal(back.failure, undefined);
  assert.equal(dataplane.snapshot(), before, 'taken away again, nothing is left');
  return [
    '=== up',
    ...up.done.flatMap(changeText),
    ...(up.comparison.desired?.waiting ?? []).map(
      ({ what, reason }) => `… ${what} waits: ${reason}`,
    ),
    '=== down',
    ...back.done.flatMap(changeText),
    '',
  ].join('\n');
}

function changeText(change: Change): readonly string[] {
  return [
    `# ${change.action} ${resourceKey(change.resource)}: ${change.reason}`,
    ...commandsFor(change).map(commandText),
  ];
}
