/**
 * Two gateways at work, and everything that others may do to them, one after the other and at once.
 *
 * `CHAOS_SEED=…` repeats a run, `CHAOS_FAULTS=…` makes it longer or shorter, `CHAOS_ONLY=…` (a regular
 * expression) draws only kinds of that name, `CHAOS_SAY=1` tells what happens while it does.
 * `node bench/main.ts chaos` is the same for an hour.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { randomBelow } from '../../../src/lib/random.ts';
import { CATALOGUE } from './chaos/catalogue.ts';
import { drawRounds } from './chaos/draw.ts';
import { runChaos, wrongOf } from './chaos/run.ts';

const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
const faults = Number(process.env['CHAOS_FAULTS'] ?? 30);
const only = process.env['CHAOS_ONLY'];
/** On a busy machine; it takes a minute on a quiet one. */
const PATIENCE = { timeout: 300_000 };
const PER_ROUND = 15;

test(
  `whatever happens, the gateways heal, and nothing leaves in clear (seed ${seed})`,
  PATIENCE,
  async () => {
    const said: string[] = [];
    const say = (text: string): void => {
      said.push(text);
      if (process.env['CHAOS_SAY'] !== undefined) console.log(`# ${text}`);
    };
    const kinds = CATALOGUE.filter(({ name }) => only === undefined || name.match(only) !== null);
    const rounds = drawRounds(randomBelow(seed), kinds, faults, PER_ROUND);
    const report = await runChaos(rounds, say);
    const whole = report.rounds.map(({ wholeMs }) => Math.round(wholeMs ?? NaN));
    console.log(`# whole again after ${whole.join(', ')} ms; CHAOS_SEED=${seed}`);
    const { toHub, toBranch } = report.stream;
    console.log(
      `# stream: ${toHub.lost + toBranch.lost} of ${toHub.sent + toBranch.sent} lost, ` +
        `longest silence ${Math.round(Math.max(toHub.silence, toBranch.silence))} ms`,
    );
    assert.ok(report.tunnelPackets > 1000, 'the capture sees what passes');
    assert.deepEqual(
      report.rounds.flatMap(wrongOf),
      [],
      `CHAOS_SEED=${seed} CHAOS_FAULTS=${faults}\n${said.join('\n')}`,
    );
  },
);
