/** Whether draining a WAN leaves anything else. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { lastWayPlaces, lastWays, lastWaysText } from '../../../src/daemon/last-way.ts';
import type { Status } from '../../../src/observe/status.ts';
import { branch } from '../../support/site.ts';

const site = branch(3);
const direct = { ...site, peers: [], wans: site.wans.map((wan) => ({ ...wan, direct: true })) };

function knowing(...states: Status['paths'][number]['state'][]): Status {
  const paths = states.map((state, index) => ({ name: `wan${index + 1}-hub`, state }));
  // Of all the rest nothing is looked at.
  return { paths, wans: [] } as unknown as Status;
}

const said = (...args: Parameters<typeof lastWays>): string => lastWaysText(lastWays(...args));

describe('a WAN that is drained', () => {
  test('leaves others', () => {
    assert.equal(said(site, [], 'wan1', undefined), '');
    assert.equal(said(site, ['wan2'], 'wan1', undefined), '');
    assert.equal(said(site, [], 'wan1', knowing('up', 'down', 'held')), '');
    assert.equal(said(direct, ['wan2'], 'wan1', undefined), '');
  });

  test('is the last that is not drained', () => {
    assert.equal(said(site, ['wan2', 'wan3'], 'wan1', undefined), 'no other WAN leads to hub');
    assert.equal(
      said(direct, ['wan2', 'wan3'], 'wan1', undefined),
      'no other WAN leads to the Internet',
    );
  });

  test('is the last that works', () => {
    assert.equal(
      said(site, ['wan3'], 'wan1', knowing('up', 'down', 'drained')),
      'nothing else leads to hub now (wan2-hub is down or drained)',
    );
    assert.equal(
      said(site, [], 'wan1', knowing('up', 'down', 'drained-by-peer')),
      'nothing else leads to hub now (wan2-hub, wan3-hub are down or drained)',
    );
  });

  test('is the last to so many peers that nobody reads them all', () => {
    const [hub] = site.peers;
    const peers = Array.from({ length: 1000 }, (_, index) => ({ ...hub!, name: `b${index}` }));
    const last = lastWays({ ...site, peers }, ['wan2', 'wan3'], 'wan1', undefined);
    assert.equal(lastWaysText(last), 'nothing else leads to b0, b1, b2 and 997 more now');
    assert.equal(lastWayPlaces(last), 'b0, b1, b2 and 997 more');
    assert.equal(lastWayPlaces(last.slice(0, 2)), 'b0 and b1');
  });

  test('is the only one to one of several peers', () => {
    const [hub] = site.peers;
    const other = { ...hub!, name: 'other', paths: hub!.paths.slice(0, 1) };
    const two = { ...site, peers: [...site.peers, other] };
    assert.equal(said(two, [], 'wan1', undefined), 'no other WAN leads to other');
    assert.equal(said(two, [], 'wan2', undefined), '');
  });
});
