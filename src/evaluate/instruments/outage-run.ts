/**
 * Runs one connection through an outage, and captures it at both of its ends.
 *
 * Always holds: times count from the cut as the kernel made it; what a person's messages felt is told
 * by the messages themselves, not by the captures.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { HostSettings, Testbed } from '../../lab/mechanism/mechanism.ts';
import { startCapture } from '../../lab/testbed/capture.ts';
import { carryingLine } from '../../lab/testbed/carrying-line.ts';
import { epochOf } from '../../lab/testbed/epoch.ts';
import { runBulk } from '../../lab/traffic/bulk-run.ts';
import type { ConnectedReport } from '../../lab/traffic/report.ts';
import { runStream } from '../../lab/traffic/stream-run.ts';
import type { TrafficServer } from '../../lab/traffic/traffic-server.ts';
import { WanRates } from '../../lab/traffic/wan-rates.ts';
import type { RateSample } from '../../lab/traffic/wan-rates.ts';
import { systemClock } from '../../lib/clock.ts';
import { analyseCaptures } from '../captures.ts';
import type { MeasureContext } from '../experiment.ts';
import { target, warmUp, withServer, withTestbed } from '../testbeds.ts';
import {
  figuresOf,
  flowOf,
  leftOf,
  NothingCut,
  requireLoss,
  senderCounts,
} from './outage-reading.ts';
import type { OutageParameters, OutageResult } from './outage.ts';
import { ratesAround } from './rates-around.ts';

const LINE_RATE = 100;
const SAMPLE_MS = 100;
const MESSAGES_PER_SECOND = 2000;
const MOST_TRIES = 3;

export async function measureOutage(
  parameters: OutageParameters,
  context: MeasureContext,
): Promise<OutageResult> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await measureOnce(parameters, context);
    } catch (error) {
      if (!(error instanceof NothingCut) || tries === MOST_TRIES) throw error;
    }
  }
}

async function measureOnce(
  parameters: OutageParameters,
  context: MeasureContext,
): Promise<OutageResult> {
  const { rtt, buffer, bfd, control, rtoMin, staleLossCount } = parameters;
  const line = { rate: LINE_RATE, rtt, ...(buffer === 0 ? {} : { buffer }) };
  const host: Partial<HostSettings> = {
    ...(control === '' ? {} : { congestionControl: control }),
    ...(rtoMin === 0 ? {} : { rtoMin }),
    ...(staleLossCount === 0 ? {} : { staleLossCount }),
  };
  const options = { lines: [line, line], family: 'ipv4', encapsulation: 'vxlan', host } as const;
  return await withTestbed(
    parameters.mechanism,
    { ...options, bfd: bfd === 0 ? 1000 : bfd, policy: parameters.policy },
    context,
    async (testbed) =>
      await withServer(testbed, async (server) => {
        await warmUp(testbed, server);
        return await throughOutage(testbed, server, parameters, context);
      }),
  );
}

interface Moments {
  /** Monotonic milliseconds. */
  readonly cut: number;
  readonly healed: number;
}

async function throughOutage(
  testbed: Testbed,
  server: TrafficServer,
  parameters: OutageParameters,
  context: MeasureContext,
): Promise<OutageResult> {
  const { before, outage: dead, after, competing, load } = parameters;
  const samples: RateSample[] = [];
  const branch = testbed.lab.namespace('branch');
  const rates = new WanRates(
    branch,
    testbed.wanInterfaces,
    (sample) => samples.push(sample),
    SAMPLE_MS,
  );
  const capture = await startCapture(testbed, join(context.directory, 'captures'));
  const counts = await senderCounts(testbed);
  const seconds = before + dead + after;
  const rivals =
    competing === 0
      ? undefined
      : runBulk({
          ...target(testbed, server),
          ...{ protocol: 'tcp', seconds, connections: competing },
        });
  const own = startOwn(testbed, server, load, seconds);
  context.say('before the cut');
  await own.connected;
  await sleep(before * 1000);
  const moments = await cutAndHeal(testbed, parameters, context);
  await sleep(after * 1000);
  await own.stop();
  await rivals?.stop();
  const messageDelayMs = await own.messageDelayMs;
  await rates.stop();
  const counted = await counts.since();
  const files = await capture.stop();
  context.say('reading the captures');
  const span = { at: epochOf(moments.cut), heal: epochOf(moments.healed) };
  if (files.dropped > 0) throw new Error(`the captures lack ${files.dropped} packets`);
  const flow = flowOf(testbed, competing, await own.connected);
  const analysis = await context.afterwards(() =>
    analyseCaptures(files, {
      ...(dead === 0 ? {} : { outage: { ...span, ...leftOf(parameters, testbed) } }),
      ...flow,
    }),
  );
  requireLoss(analysis, dead);
  return {
    ...figuresOf(analysis),
    messageDelayMs,
    ...counted,
    rates: ratesAround(samples, moments.cut),
    healedAt: (moments.healed - moments.cut) / 1000,
  };
}

interface Own {
  readonly connected: Promise<ConnectedReport | undefined>;
  readonly messageDelayMs: Promise<number | null>;
  stop(): Promise<void>;
}

function startOwn(
  testbed: Testbed,
  server: TrafficServer,
  load: OutageParameters['load'],
  seconds: number,
): Own {
  // A little longer than looked at: its end is no part of what is measured.
  const common = { ...target(testbed, server), seconds: seconds + 1 };
  if (load === 'bulk') {
    const run = runBulk(common);
    return { ...run, messageDelayMs: Promise.resolve(null) };
  }
  const run = runStream({ ...common, rate: MESSAGES_PER_SECOND });
  const messageDelayMs = run.result.then(({ received }) => received.figures?.delayMs.max ?? null);
  // A caller that fails before it asks must not be ended by this.
  messageDelayMs.catch(() => undefined);
  return { ...run, messageDelayMs };
}

async function cutAndHeal(
  testbed: Testbed,
  { load, outage: dead }: OutageParameters,
  context: MeasureContext,
): Promise<Moments> {
  if (dead === 0) {
    const now = systemClock.monotonic();
    return { cut: now, healed: now };
  }
  const [primary = ''] = testbed.lines;
  const line = load === 'bulk' ? primary : await carryingLine(testbed);
  const { at: cut } = await testbed.lab.fault(line, { kind: 'down' });
  context.say('the line is cut');
  await sleep(dead * 1000);
  const { at: healed } = await testbed.lab.fault(line, { kind: 'up' });
  context.say('the line is back');
  return { cut, healed };
}
