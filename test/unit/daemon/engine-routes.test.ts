/** Which routes of the path engine the kernel lacks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { missingRoutes } from '../../../src/daemon/engine-routes.ts';
import { interfaceName } from '../../../src/net/interface-name.ts';
import { planForwarding } from '../../../src/plan/forwarding.ts';
import { planPaths } from '../../../src/plan/path.ts';
import type { Route } from '../../../src/plan/resource.ts';
import { site } from '../../contract/sites.ts';

const SITE = site();
const TABLES = planForwarding(SITE, planPaths(SITE), []);
const WHOLE: readonly Route[] = TABLES.flatMap(({ table, family, routes }) =>
  routes.map(({ prefix }) => ({
    ...({ kind: 'route', type: 'unicast', family, table, via: undefined } as const),
    destination: prefix,
    interface: interfaceName('wt100'),
  })),
);

test('none, where each prefix of each table has one, whatever it leads to', () => {
  assert.ok(WHOLE.length > 2);
  assert.deepEqual(missingRoutes(TABLES, WHOLE), []);
});

test('each that is not there, by prefix and table', () => {
  for (const lost of WHOLE) {
    const found = WHOLE.filter((route) => route !== lost);
    assert.deepEqual(missingRoutes(TABLES, found), [`${lost.destination} in table ${lost.table}`]);
  }
});

test('the default route of a direct site, which iproute2 calls so', () => {
  const direct = { candidates: [], followsDetection: true };
  const tables = [{ table: 5000, family: 'ipv4' as const, routes: [], direct }];
  assert.deepEqual(missingRoutes(tables, []), ['default in table 5000']);
  const found = { ...WHOLE[0]!, family: 'ipv4' as const, table: 5000, destination: 'default' };
  assert.deepEqual(missingRoutes(tables, [found]), []);
});
