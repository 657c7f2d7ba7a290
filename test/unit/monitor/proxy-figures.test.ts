/** What HAProxy's `show stat` says, with the columns that matter and others between them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseProxyFigures } from '../../../src/monitor/proxy-figures.ts';

const STAT = [
  '# pxname,svname,qcur,scur,smax,stot,status,weight,',
  'lan,FRONTEND,,12,40,3456,OPEN,,',
  'peer_hub,twin,0,11,30,3000,UP,1,',
  'peer_hub,origin,0,0,0,0,no check,1,',
  'peer_hub,BACKEND,0,11,30,3000,UP,1,',
  'peer_east,twin,0,0,0,0,DOWN 1/2,1,',
  'twin,FRONTEND,,5,9,77,OPEN,,',
  'origin,origin,0,5,9,77,no check,1,',
  '',
].join('\n');

describe('the figures of the proxy', () => {
  test('are those of its two sides', () => {
    const { connections, total, forPeers } = parseProxyFigures(STAT);
    assert.deepEqual([connections, total, forPeers], [12, 3456, 5]);
  });

  test('tell which peers’ proxies answer', () => {
    assert.deepEqual(
      [...parseProxyFigures(STAT).twins],
      [
        ['peer_hub', true],
        ['peer_east', false],
      ],
    );
  });

  test('of nothing are nothing', () => {
    const { connections, twins } = parseProxyFigures('');
    assert.deepEqual([connections, twins.size], [0, 0]);
  });
});
