/** Faults of the machine around a gateway: netlink flooded, disk full, clock stepped. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../../../../src/system/command.ts';
import type { FaultKind, Target } from './fault.ts';
import { daemon } from './look.ts';

const ROUTES = 4000;
const LINKS = 60;
/** Of nobody. */
const TABLE = 7777;

async function batch({ gateway }: Target, lines: readonly string[]): Promise<void> {
  // One that cannot be carried out does not matter.
  const argv = ['ip', '-n', gateway.namespace.name, '-force', '-batch', '-'];
  await run(argv, { stdin: `${lines.join('\n')}\n` }).catch(() => undefined);
}

function count(number: number): readonly number[] {
  return Array.from({ length: number }, (_, index) => index);
}

export const MACHINE_FAULTS: readonly FaultKind[] = [
  {
    ...{ name: 'netlink flooded by routes', harms: 'gateway', lane: 'flood', look: daemon },
    strike: async (target) => {
      const prefixes = count(ROUTES).map((one) => `10.200.${one >> 8}.${one & 255}/32`);
      await batch(target, [
        ...prefixes.map((prefix) => `route add unreachable ${prefix} table ${TABLE}`),
        ...prefixes.map((prefix) => `route delete unreachable ${prefix} table ${TABLE}`),
      ]);
    },
  },
  {
    ...{ name: 'netlink flooded by links', harms: 'gateway', lane: 'flood', look: daemon },
    strike: async (target) => {
      await batch(
        target,
        count(LINKS).flatMap((one) => [
          `link add flood${one} type veth peer name doolf${one}`,
          `link set flood${one} up`,
          `link set doolf${one} up`,
          `address add 10.201.${one}.1/24 dev flood${one}`,
          `link delete flood${one}`,
        ]),
      );
    },
  },
  {
    ...{ name: 'disk full', harms: 'gateway', lane: 'disk', look: daemon },
    lasts: [500, 4000],
    strike: async ({ gateway }) => {
      const filler = join(gateway.directory.path, 'filler');
      await writeFile(filler, Buffer.alloc(64 * 1024 * 1024)).catch(() => undefined);
      return () => rm(filler, { force: true });
    },
  },
  {
    ...{ name: 'clock stepped', harms: 'gateway', lane: 'clock', look: daemon },
    strike: async ({ net, side, draw }) => {
      // Up to two days either way.
      net.stepClock(side, Math.round((draw - 0.5) * 4 * 86_400_000));
    },
  },
];
