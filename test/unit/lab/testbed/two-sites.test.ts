/** The files of a testbed are files like any other: nothing is wrong with them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseSite } from '../../../../src/config/parse.ts';
import type { SiteConfig } from '../../../../src/config/site.ts';
import { loadTopology } from '../../../../src/lab/topology/load-topology.ts';
import {
  clientAddress,
  serverAddress,
  subnetOf,
  tunnelOf,
} from '../../../../src/lab/testbed/address-plan.ts';
import { linesOf, siteFiles } from '../../../../src/lab/testbed/two-sites.ts';
import type { TwoSites } from '../../../../src/lab/testbed/two-sites.ts';
import { writeSites } from '../../../../src/lab/testbed/write-sites.ts';
import { planPaths } from '../../../../src/plan/path.ts';

const sites = (more: Partial<TwoSites> = {}): TwoSites => ({
  lab: 'bed',
  lines: linesOf([100, 100], 2),
  family: 'ipv4',
  interval: 50,
  ...more,
});

function parsed(site: 'branch' | 'hub', of: TwoSites): SiteConfig {
  const result = parseSite(siteFiles(of)[site], `${site}.yaml`);
  if (!result.ok) assert.fail(result.error.map(({ message }) => message).join('\n'));
  assert.deepEqual(result.value.warnings, []);
  return result.value.site;
}

describe('two sites of a testbed', () => {
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const count of [1, 2, 5, 8]) {
      test(`${count} lines of ${family} are a lab without a problem`, async () => {
        const lines = linesOf(
          Array.from({ length: count }, () => 1000),
          0,
        );
        const written = await writeSites(sites({ family, lines, clients: 2, servers: 2 }));
        try {
          const loaded = await loadTopology(written.topology);
          if (!loaded.ok) assert.fail(loaded.error.format());
          const { hosts } = loaded.value.plan;
          const addresses = (name: string): readonly string[] | undefined =>
            hosts.find((host) => host.name === name)?.addresses.map(({ address }) => address);
          assert.deepEqual(
            addresses('client2'),
            lines.map((_, line) => clientAddress(1, line, family)),
          );
          assert.deepEqual(addresses('server2'), [serverAddress(1, family)]);
          assert.deepEqual(
            [...written.lineOf.values()],
            lines.map((_, line) => `line${line + 1}`),
          );
        } finally {
          await written.remove();
        }
      });
    }
  }

  test('with one address, clients are in the subnet of the first line only', async () => {
    const written = await writeSites(sites({ oneAddress: true, clients: 2 }));
    try {
      const loaded = await loadTopology(written.topology);
      if (!loaded.ok) assert.fail(loaded.error.format());
      assert.deepEqual(
        loaded.value.plan.hosts
          .filter(({ site }) => site === 'branch')
          .map(({ addresses }) => addresses.map(({ address }) => address)),
        [['10.10.1.2'], ['10.10.1.3']],
      );
    } finally {
      await written.remove();
    }
  });

  test('tunnels are where the gateways plan them', () => {
    for (const site of ['branch', 'hub'] as const) {
      const planned = planPaths(parsed(site, sites()));
      assert.deepEqual(
        planned.map(({ device, farAddress }) => ({ device, peer: farAddress })),
        [tunnelOf(0, site), tunnelOf(1, site)],
      );
    }
  });

  test('timers, Fast Recovery and proxy are as asked for, and nothing is damped', () => {
    const asked = sites({
      interval: 20,
      fastRecovery: false,
      proxy: true,
      host: { rtoMin: 200, staleLossCount: 4 },
    });
    for (const site of ['branch', 'hub'] as const) {
      const { detection, recovery, proxy, host } = parsed(site, asked);
      assert.deepEqual(detection, { interval: 20, multiplier: 3 });
      assert.equal(recovery.fast, false);
      assert.equal(recovery.damping.enabled, false);
      assert.notEqual(proxy, undefined);
      assert.deepEqual([host.rtoMin, host.staleLossCount], [200, 4]);
    }
    assert.equal(parsed('branch', sites()).proxy, undefined);
  });

  test('each line has its own rate, round trip and loss', () => {
    const lines = [
      { rate: 10, rtt: 100, loss: 0.1 },
      { rate: 1000, rtt: 0 },
    ];
    const { topology } = siteFiles(sites({ lines }));
    assert.match(topology, /line1: .* rate: 10mbit, rtt: 100ms, loss: 0\.1% }/);
    assert.match(topology, /line2: .* rate: 1000mbit }/);
  });

  test('a wide first subnet moves the others out of its way', () => {
    const [first, second] = parsed('branch', sites({ firstSubnet: '10.10.0.0/17' })).wans;
    assert.deepEqual(
      [first, second].map((wan) => wan?.subnets[0]?.prefix),
      ['10.10.0.0/17', '10.11.0.0/17'],
    );
    assert.equal(subnetOf(1, 'ipv4'), '10.10.2.0/24');
  });
});
