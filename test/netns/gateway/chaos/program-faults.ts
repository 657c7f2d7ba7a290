/** Faults of programs: killed, or stopped as if they hung; the daemon and its helpers as well. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { enginePid } from '../../../../src/dataplane/kernel/engine.ts';
import { provisionerPid } from '../../../../src/dataplane/kernel/provisioner.ts';
import { proxyPid } from '../../../../src/dataplane/kernel/proxy.ts';
import type { RunDirectory } from '../../../../src/system/run-directory.ts';
import type { FaultKind, Target } from './fault.ts';
import { daemon, programs } from './look.ts';
import { START_MS } from './net.ts';

type FindPid = (directory: RunDirectory) => Promise<number | undefined>;

const PROGRAMS: readonly (readonly [name: string, pid: FindPid])[] = [
  ['BIRD', enginePid],
  ['dnsmasq', provisionerPid],
  ['HAProxy', proxyPid],
];

/** Restart=always of our systemd unit. */
const RESTART_MS = 1000;
const STARTS = 5;

function signal(pid: number | undefined, which: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, which);
  } catch {
    // It has ended meanwhile.
  }
}

async function startAgain({ gateway }: Target): Promise<void> {
  for (let start = 1; ; start++) {
    try {
      await gateway.start(START_MS);
      return;
    } catch (error) {
      if (start === STARTS) throw error;
      await gateway.stop('SIGKILL');
      await sleep(RESTART_MS);
    }
  }
}

/** Programs that the daemon has started to be told things. */
function helpers(parent: number | undefined): readonly number[] {
  if (parent === undefined) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === parent && /monitor|fping/.test(commandOf(pid)))
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
  } catch {
    return undefined;
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

export const PROGRAM_FAULTS: readonly FaultKind[] = [
  ...PROGRAMS.flatMap(([name, pid]) =>
    (['SIGKILL', 'SIGSTOP'] as const).map((which): FaultKind => ({
      name: `${name} ${which === 'SIGKILL' ? 'killed' : 'stopped'}`,
      ...{ harms: 'gateway', lane: name, look: programs },
      strike: async ({ gateway }) => {
        signal(await pid(gateway.directory), which);
      },
    })),
  ),
  {
    ...{ name: 'daemon killed', harms: 'gateway', lane: 'daemon', look: daemon },
    lasts: [200, 1500],
    strike: async (target) => {
      await target.gateway.stop('SIGKILL');
      return () => startAgain(target);
    },
  },
  {
    ...{ name: 'daemon stopped', harms: 'gateway', lane: 'daemon', look: daemon },
    lasts: [500, 3000],
    strike: async ({ gateway }) => {
      const pid = gateway.daemonPid;
      signal(pid, 'SIGSTOP');
      return async () => {
        signal(pid, 'SIGCONT');
      };
    },
  },
  {
    ...{ name: 'helpers of the daemon killed', harms: 'gateway', lane: 'daemon', look: daemon },
    strike: async ({ gateway }) => {
      for (const pid of helpers(gateway.daemonPid)) signal(pid, 'SIGKILL');
    },
  },
  {
    ...{ name: 'helpers of the daemon stopped', harms: 'gateway', lane: 'daemon', look: daemon },
    lasts: [1000, 4000],
    strike: async ({ gateway }) => {
      const pids = helpers(gateway.daemonPid);
      for (const pid of pids) signal(pid, 'SIGSTOP');
      return async () => {
        for (const pid of pids) signal(pid, 'SIGCONT');
      };
    },
  },
];
