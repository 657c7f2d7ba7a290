/** What `wamptcp status` says of traffic that is not TCP. */
import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { describe, test } from 'node:test';

import { statusText } from '../../../src/cli/status-text.ts';
import type { Carriage, Status } from '../../../src/observe/status.ts';

const FIBRE: Carriage = { peer: 'hub', path: 'fibre-hub', detour: false };
const LTE: Carriage = { peer: 'hub', path: 'lte-hub', detour: true };

function lines(more: Partial<Status>): readonly string[] {
  const status: Status = {
    site: 'branch',
    version: '0.1.0',
    daemon: { pid: 1, since: 0 },
    engine: { running: true, pid: 2, restarts: 0 },
    fastRecovery: true,
    pendingUntil: null,
    rules: 8,
    wans: [],
    paths: [],
    best: [FIBRE],
    classes: [],
    spread: false,
    shares: [],
    provision: null,
    proxy: null,
    hosts: [],
    waiting: [],
    warnings: [],
    ...more,
  };
  const text = stripVTControlCharacters(statusText(status, 0));
  return text.split('\n').filter((line) => /^(Class|UDP)/.test(line));
}

describe('the status says where what is not TCP goes', () => {
  test('by the best path', () => {
    assert.deepEqual(lines({}), ['UDP and the rest to hub: fibre-hub']);
    assert.deepEqual(lines({ best: [{ ...FIBRE, path: null }] }), [
      'UDP and the rest to hub: no path',
    ]);
  });

  test('class by class', () => {
    assert.deepEqual(
      lines({
        classes: [
          { name: 'voice', spread: false, carriedBy: [LTE] },
          { name: 'calls', spread: true, carriedBy: [] },
        ],
        shares: [
          { peer: 'hub', path: 'fibre-hub', share: 0.75 },
          { peer: 'hub', path: 'lte-hub', share: 0.25 },
        ],
      }),
      [
        'Class voice to hub: lte-hub (detour)',
        'Class calls to hub: spread, 75 % fibre-hub, 25 % lte-hub',
        'UDP and the rest to hub: fibre-hub',
      ],
    );
  });

  test('spread over all paths to each peer', () => {
    const shares = [
      { peer: 'hub', path: 'fibre-hub', share: 1 },
      { peer: 'other', path: null, share: 1 },
    ];
    assert.deepEqual(lines({ spread: true, shares }), [
      'UDP and the rest to hub: spread, 100 % fibre-hub',
      'UDP and the rest to other: spread, 100 % no path',
    ]);
  });
});
