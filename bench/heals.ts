/** How long it takes until what others take away from a gateway at work is back. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Lab } from '../src/lab/lab.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import { repetitions } from './row.ts';
import type { BenchContext, Benchmark, Row } from './row.ts';
import { withLab } from './with-lab.ts';

const GATEWAY = 'branch';
const GIVE_UP_MS = 60_000;
/** Between two harms, so that each is one of its own. */
const REST_MS = 3000;

interface Harm {
  readonly what: string;
  /** Seconds. */
  readonly target: number;
  readonly full: number;
  readonly script: string;
  /** Prints the same text whenever everything is there. */
  readonly look: string;
}

const HARMS: readonly Harm[] = [
  {
    what: 'all policy rules deleted',
    target: 1,
    full: 20,
    // In one process: what comes back while they are being deleted would be deleted again.
    script:
      "ip -4 rule | sed -n 's/^\\(5[0-9]*\\):.*/rule del priority \\1/p' | ip -4 -force -batch - 2>/dev/null",
    look: 'ip -4 rule',
  },
  {
    what: 'nftables ruleset flushed',
    target: 1,
    full: 20,
    script: 'nft flush ruleset',
    look: 'nft -s -t list table inet wamptcp',
  },
  {
    what: 'routes of a WAN flushed',
    target: 1,
    full: 20,
    script: 'ip route flush table 5101',
    look: 'ip route show table 5101',
  },
  {
    what: 'routes of the path engine flushed',
    target: 1,
    full: 20,
    script: 'ip route flush table 5001',
    look: 'ip route show table 5001',
  },
  {
    what: 'forwarding switched off',
    target: 1,
    full: 20,
    script: 'for f in /proc/sys/net/ipv4/conf/*/forwarding; do echo 0 > $f; done',
    look: 'cat /proc/sys/net/ipv4/conf/wt*/forwarding',
  },
  {
    what: 'tunnel device deleted',
    target: 1,
    full: 10,
    script: 'ip link delete $(ls /sys/class/net | grep -m1 ^wt)',
    look: 'ls /sys/class/net | grep ^wt',
  },
  {
    what: 'path engine stopped (SIGSTOP)',
    target: 10,
    full: 5,
    script: 'kill -STOP $(cat /run/wamptcp/net-$(stat -L -c %i /proc/self/ns/net)/bird.pid)',
    look: 'grep -c "^State:.[SRD]" /proc/$(cat /run/wamptcp/net-$(stat -L -c %i /proc/self/ns/net)/bird.pid)/status',
  },
];

export const heals: Benchmark = {
  name: 'heals',
  about: 'from harm done by others to a gateway until everything is there again',
  run: async (context) =>
    await withLab({ lines: linesOf([100, 100], 2), family: 'ipv4', interval: 20 }, async (lab) => {
      const rows: Row[] = [];
      for (const harm of HARMS) rows.push(await measure(lab, harm, context));
      return rows;
    }),
};

async function measure(lab: Lab, harm: Harm, context: BenchContext): Promise<Row> {
  const values: number[] = [];
  while (values.length < repetitions(harm.full, context)) {
    await lab.waitForPaths();
    await sleep(REST_MS);
    const seconds = await once(lab, harm);
    values.push(seconds);
    context.progress(`${harm.what}: ${values.length}: ${seconds.toFixed(2)} s`);
  }
  const { what, target } = harm;
  return {
    ...{ what, unit: 's', values },
    target: { text: `≤ ${target}`, met: (value) => value <= target },
  };
}

/** Seconds; infinite when it does not come back within a minute. */
async function once(lab: Lab, { script, look }: Harm): Promise<number> {
  const whole = await shell(lab, look);
  await shell(lab, script);
  const began = performance.now();
  while (performance.now() - began < GIVE_UP_MS) {
    if ((await shell(lab, look)) === whole) return (performance.now() - began) / 1000;
    await sleep(10);
  }
  return Infinity;
}

async function shell(lab: Lab, script: string): Promise<string> {
  return (await lab.exec(GATEWAY, ['sh', '-c', script])).stdout;
}
