/**
 * Whether a way answers pings, judged as omr-tracker of OpenMPTCProuter judges its lines.
 *
 * Its loop, with the values it ships (omr-tracker/files/etc/config/omr-tracker and
 * omr-tracker/files/bin/omr-tracker in Ysurac/openmptcprouter-feeds: timeout 2, tries 3, interval 2,
 * interval_tries 1): `ping -w 2 -c 2 -Q 184`, good if one reply came; after a bad one, another try a
 * second later; after three, the line is down. Two seconds, then all over again; one good try and it is
 * up. mwan3 as OpenWrt ships it is slower: every 5 s, 3 failures, 8 successes
 * (net/mwan3/files/etc/config/mwan3 in openwrt/packages).
 *
 * Always holds: it asks the far end of the tunnel itself, so it sees what BFD sees, only later; what it
 * decides is in the log of its node.
 */
import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Lab } from '../lab.ts';
import { nodeLog } from '../names.ts';
import type { Way } from '../testbed/ways.ts';

const TRIES = 3;
const INTERVAL_MS = 2000;
const BETWEEN_TRIES_MS = 1000;
const PING = ['ping', '-q', '-w', '2', '-c', '2', '-Q', '184'];

export interface PingTracker {
  isUp(): boolean;
  stop(): Promise<void>;
}

/** Begins with the way up. @param onChange after each change of `isUp` */
export function trackByPing(
  lab: Lab,
  node: string,
  { device, via }: Way,
  onChange: () => Promise<void>,
): PingTracker {
  const end = new AbortController();
  let up = true;
  const isEnded = (): boolean => end.signal.aborted;
  const answers = async (): Promise<boolean> => {
    const { stdout } = await lab.exec(node, [...PING, '-I', device, via]);
    return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0) > 0;
  };
  const isGood = async (): Promise<boolean> => {
    for (let tries = TRIES; tries > 0 && !isEnded(); tries--) {
      if (await answers()) return true;
      await pause(BETWEEN_TRIES_MS, end.signal);
    }
    return false;
  };
  const track = async (): Promise<void> => {
    while (!isEnded()) {
      const good = await isGood();
      if (good !== up && !isEnded()) {
        up = good;
        await appendFile(nodeLog(lab.name, node), `tracker: ${device} is ${up ? 'up' : 'down'}\n`);
        await onChange();
      }
      await pause(INTERVAL_MS, end.signal);
    }
  };
  const tracking = track();
  // What goes wrong is for `stop` to throw, and must not end the process before.
  tracking.catch(() => undefined);
  return {
    isUp: () => up,
    stop: async () => {
      end.abort();
      await tracking;
    },
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
