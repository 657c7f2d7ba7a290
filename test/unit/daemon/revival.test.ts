/** Programs of ours that have ended. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Revival } from '../../../src/daemon/revival.ts';

class Program {
  running = false;
  startable = true;
  now = 0;
  readonly tried: number[] = [];
  readonly texts: string[] = [];
  readonly revival = new Revival({
    program: 'dnsmasq',
    kind: 'dhcp-restarted',
    hasEnded: async () => !this.running,
    start: async () => {
      this.tried.push(this.now);
      if (!this.startable) throw new Error('port 53 is taken');
      this.running = true;
    },
    exclusively: (work) => work(),
    onEvent: ({ text }) => this.texts.push(text),
    now: () => this.now,
  });
}

describe('a program that has ended', () => {
  test('is started again, and that is told and counted', async () => {
    const program = new Program();
    assert.equal(await program.revival.attempt(), true);
    assert.equal(await program.revival.attempt(), false, 'it runs');
    assert.deepEqual(program.texts, ['dnsmasq had ended and was started again']);
    assert.equal(program.revival.restarts, 1);
  });

  test('and cannot be started is told once, and tried again after 1, 2, 4 … seconds', async () => {
    const program = new Program();
    program.startable = false;
    for (; program.now < 100_000; program.now += 100) {
      assert.equal(await program.revival.attempt(), false);
    }
    assert.deepEqual(
      program.tried,
      [0, 1, 3, 7, 15, 31, 63].map((second) => second * 1000),
    );
    assert.match(program.texts.join(), /^dnsmasq has ended, cannot be started.*port 53 is taken$/);
    program.startable = true;
    program.now += 60_000;
    assert.equal(await program.revival.attempt(), true);
    assert.equal(program.revival.restarts, 1);
  });
});
