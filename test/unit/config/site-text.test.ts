/** A site that was read is written as a file that says the same. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { parseSite } from '../../../src/config/parse.ts';
import { siteText } from '../../../src/config/site-text.ts';
import type { SiteConfig } from '../../../src/config/site.ts';
import { anySite } from '../../support/any-site.ts';
import { siteFrom } from '../../support/site.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FILES = globSync(['examples/*.yaml', 'test/golden/*/site.yaml'], { cwd: ROOT });

/** As it is kept: what is undefined is not written. */
const kept = (site: SiteConfig): unknown => JSON.parse(JSON.stringify(site));

describe('a site as text', () => {
  for (const file of FILES) {
    test(`says the same: ${file}`, () => {
      const parsed = parseSite(readFileSync(join(ROOT, file), 'utf8'), file);
      // Some examples are topologies of a lab, or wrong on purpose.
      if (!parsed.ok) return;
      const { site } = parsed.value;
      assert.deepEqual(siteFrom(siteText(kept(site))), site);
    });
  }

  test('says the same, whatever the site', () => {
    fc.assert(
      fc.property(anySite, (site) => {
        assert.deepEqual(siteFrom(siteText(kept(site))), site);
      }),
    );
  });

  test('every value that has a writing of its own', () => {
    const site = siteFrom(
      [
        'site: branch',
        'lan: { interfaces: [lan1, lan2], addresses: [{ address: 10.9.0.1/24, interface: lan2 }] }',
        'wans:',
        '  - { name: one, interface: w1, addresses: [192.0.2.2/29], nexthop: 192.0.2.1, direct: on,',
        '      capacity: 1.5mbit, detours: [], allow: [{ port: 22, from: 0.0.0.0/0, protocol: udp }],',
        '      subnet: { prefix: 10.10.1.0/24, pool: 10.10.1.100-10.10.1.199 } }',
        '  - { name: two, interface: w2, subnet: 10.10.2.0/24 }',
        'peers:',
        '  - name: hub',
        '    prefix: 10.20.0.0/16',
        '    paths: [{ wan: one, remote: 203.0.113.1, nat: on }, { wan: two, remote: 203.0.113.2, capacity: 2mbit }]',
        'detection: { interval: 20ms, multiplier: 4 }',
        'recovery: { hold-down: 3s, damping: { flaps: 4, window: 90s, quiet: 45s } }',
        'classes: [{ name: voice, matches: [{ dscps: [EF, 5], ports: [5060, 16384-32767] }], avoid: [one] }]',
        'probes: { targets: [9.9.9.9, { address: 1.1.1.1, tcp: 443 }], loss: 2.5%, interval: 2s, window: 7, quorum: 1 }',
        'host: { rto-min: 30ms, send-buffer: 3MiB, blackhole-timeout: 0s }',
        'provision: { lease: 90m, domain: example.com, reservations: [{ mac: "52:54:00:12:34:56", host: 20 }] }',
        'proxy: { except: [{ port: 22 }, { prefix: 10.20.1.0/24 }] }',
        'ids: { table: 6000, rule-priority: 900 }',
      ].join('\n'),
    );
    assert.deepEqual(siteFrom(siteText(kept(site))), site);
  });

  test('what is missing gets the default of today', () => {
    const site = siteFrom(readFileSync(join(ROOT, 'examples/branch-two-wans.yaml'), 'utf8'));
    const without = (fields: unknown, ...keys: string[]): Record<string, unknown> =>
      Object.fromEntries(Object.entries(fields as object).filter(([key]) => !keys.includes(key)));
    const older = without(kept(site), 'classes', 'probes', 'proxy');
    const wans = (older['wans'] as unknown[]).map((wan) => without(wan, 'direct', 'allow'));
    assert.deepEqual(siteFrom(siteText({ ...older, wans })), site);
  });

  test('what is no site is read as none', () => {
    for (const value of [undefined, null, 5, [], {}, { site: 'x' }, { wans: 7, lan: {} }]) {
      assert.equal(parseSite(siteText(value), 'state').ok, false);
    }
  });
});
