import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { afterFault, cutSets, impairmentOf } from '../../../../src/lab/fault/active-faults.ts';
import type { ActiveFault, Scope } from '../../../../src/lab/fault/active-faults.ts';
import { parseFault, parseTarget } from '../../../../src/lab/fault/fault.ts';
import type { Fault } from '../../../../src/lab/fault/fault.ts';
import { flap } from '../../../../src/lab/fault/flap.ts';
import { goodPlan } from '../topology/sample.ts';

const [line] = goodPlan().lines;
const [near, far] = line!.attachments;

type Scoped = readonly [Fault, Scope];

const after = (...faults: readonly Scoped[]): readonly ActiveFault[] =>
  faults.reduce<readonly ActiveFault[]>(
    (active, [fault, scope]) => afterFault(active, fault, scope),
    [],
  );

describe('fault, as written', () => {
  for (const [text, expected] of [
    ['down', { kind: 'down' }],
    ['up', { kind: 'up' }],
    ['unplug', { kind: 'unplug' }],
    ['replug', { kind: 'replug' }],
    ['oneway branch', { kind: 'oneway', from: 'branch' }],
    ['loss 5%', { kind: 'loss', part: 0.05 }],
    ['delay 50ms', { kind: 'delay', delay: 50 }],
    ['flap 1s/500ms', { kind: 'flap', down: 1000, up: 500, time: undefined }],
    ['flap 1s/1s for 20s', { kind: 'flap', down: 1000, up: 1000, time: 20_000 }],
  ] as const) {
    test(text, () => {
      assert.deepEqual(parseFault(text.split(' ')), { ok: true, value: expected });
    });
  }

  for (const text of [
    '',
    'break',
    'down now',
    'oneway',
    'loss',
    'loss 5',
    'loss 200%',
    'delay 50',
    'flap',
    'flap 1s',
    'flap 0s/1s',
    'flap 1s/1s 20s',
    'flap 1s/1s for',
    'flap 1s/1s for 20s more',
  ]) {
    test(`no fault: ${text}`, () => {
      assert.equal(parseFault(text.split(' ').filter(Boolean)).ok, false);
    });
  }

  test('its target is a line or one access', () => {
    assert.deepEqual(parseTarget('fibre'), { line: 'fibre', site: undefined });
    assert.deepEqual(parseTarget('fibre:branch'), { line: 'fibre', site: 'branch' });
  });
});

describe('active faults', () => {
  test('one of a kind per scope: the later one counts', () => {
    const active = after(
      [{ kind: 'loss', part: 0.1 }, null],
      [{ kind: 'loss', part: 0.2 }, 'hub.fibre'],
      [{ kind: 'loss', part: 0.3 }, 'hub.fibre'],
    );
    assert.deepEqual(active, [
      { kind: 'loss', part: 0.1, scope: null },
      { kind: 'loss', part: 0.3, scope: 'hub.fibre' },
    ]);
  });

  test('up heals everything, or everything of one access', () => {
    const faults = [
      [{ kind: 'down' }, null],
      [{ kind: 'unplug' }, 'branch.fibre'],
      [{ kind: 'delay', delay: 5 }, 'branch.fibre'],
    ] as const;
    assert.deepEqual(after(...faults, [{ kind: 'up' }, null]), []);
    assert.deepEqual(after(...faults, [{ kind: 'up' }, 'branch.fibre']), [
      { kind: 'down', scope: null },
    ]);
    assert.deepEqual(
      after(...faults, [{ kind: 'replug' }, null]).map(({ kind }) => kind),
      ['down', 'delay'],
    );
  });

  test('no loss and no delay are no fault', () => {
    assert.deepEqual(
      after([{ kind: 'loss', part: 0.5 }, null], [{ kind: 'loss', part: 0 }, null]),
      [],
    );
    assert.deepEqual(after([{ kind: 'delay', delay: 0 }, null]), []);
  });

  test('cuts: all, one access, or only what one site sends', () => {
    const cut = (...faults: readonly Scoped[]) => cutSets(line!, after(...faults));
    assert.deepEqual(cut(), { from: [], to: [] });
    assert.deepEqual(cut([{ kind: 'down' }, null]), { from: ['access1', 'access2'], to: [] });
    assert.deepEqual(cut([{ kind: 'down' }, 'hub.fibre']), { from: ['access2'], to: ['access2'] });
    assert.deepEqual(cut([{ kind: 'oneway', from: 'hub' }, 'hub.fibre']), {
      from: ['access2'],
      to: [],
    });
  });

  test('loss and delay of the line count once for each packet', () => {
    const active = after([{ kind: 'loss', part: 0.5 }, null], [{ kind: 'delay', delay: 50 }, null]);
    for (const end of [near!, far!]) {
      assert.deepEqual(impairmentOf(end, active, 'up'), {
        ...{ delay: 51, jitter: 0, loss: 0.5, reorder: false },
      });
      assert.equal(impairmentOf(end, active, 'down').delay, 0);
      assert.equal(impairmentOf(end, active, 'down').loss, 0);
    }
  });

  test('loss and delay of an access count there, both ways, beside those of the line', () => {
    const active = after(
      [{ kind: 'loss', part: 0.5 }, null],
      [{ kind: 'loss', part: 0.1 }, 'hub.fibre'],
      [{ kind: 'delay', delay: 7 }, 'hub.fibre'],
    );
    assert.ok(Math.abs(impairmentOf(far!, active, 'up').loss - 0.55) < 1e-9);
    assert.ok(Math.abs(impairmentOf(far!, active, 'down').loss - 0.1) < 1e-9);
    assert.equal(impairmentOf(far!, active, 'down').delay, 7);
    assert.equal(impairmentOf(near!, active, 'up').delay, 1);
  });
});

describe('flap', () => {
  const recorder = () => {
    const applied: string[] = [];
    const apply = async (fault: Fault) => {
      applied.push(fault.kind);
      return { at: 0, active: [], change: { recorded: [], begun: [], ended: [] } };
    };
    return { applied, apply };
  };

  test('goes down and up in turn until its time is over', async () => {
    const { applied, apply } = recorder();
    const count = await flap({ kind: 'flap', down: 20, up: 10, time: 85 }, apply);
    assert.equal(count, 3);
    assert.deepEqual(applied.slice(0, 6), ['down', 'up', 'down', 'up', 'down', 'up']);
    assert.equal(applied.at(-1), 'up');
  });

  test('leaves the line up when it is interrupted', async () => {
    const { applied, apply } = recorder();
    const stop = AbortSignal.timeout(30);
    await flap({ kind: 'flap', down: 60_000, up: 10, time: undefined }, apply, { stop });
    assert.equal(applied.at(-1), 'up');
  });

  test('leaves the line up when a step fails', async () => {
    const applied: string[] = [];
    const failing = flap({ kind: 'flap', down: 1, up: 1, time: undefined }, async ({ kind }) => {
      applied.push(kind);
      if (kind === 'down') throw new Error('no');
      return { at: 0, active: [], change: { recorded: [], begun: [], ended: [] } };
    });
    await assert.rejects(failing, /no/);
    assert.deepEqual(applied, ['down', 'up']);
  });
});
