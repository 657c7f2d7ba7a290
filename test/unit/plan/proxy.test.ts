/** What a site with a proxy asks of its gateway. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { parseSite } from '../../../src/config/parse.ts';
import { linesOf, siteFiles } from '../../../src/lab/testbed/two-sites.ts';
import type { HaproxyFacts } from '../../../src/plan/facts.ts';
import { plan } from '../../../src/plan/plan.ts';
import type { Resource, ResourceKind } from '../../../src/plan/resource.ts';
import type { SiteConfig } from '../../../src/config/site.ts';
import { anySite } from '../../support/any-site.ts';
import { branch, plainFacts } from '../../support/site.ts';

const ON = branch(3, 'proxy: on');

function planned<K extends ResourceKind>(
  site: SiteConfig,
  kind: K,
  haproxy: HaproxyFacts = 'wrapped',
): readonly Extract<Resource, { kind: K }>[] {
  const facts = { ...plainFacts(site), haproxy };
  return plan(site, facts).resources.filter(
    (one): one is Extract<Resource, { kind: K }> => one.kind === kind,
  );
}

const configOf = (site: SiteConfig, haproxy?: HaproxyFacts): string =>
  planned(site, 'proxy', haproxy)[0]?.config ?? '';

const rulesetOf = (site: SiteConfig): string => planned(site, 'nftables')[0]?.ruleset ?? '';

describe('a site with a proxy', () => {
  test('has an endpoint for each WAN, which peers are told of', () => {
    assert.deepEqual(
      (planned(ON, 'mptcp-endpoints')[0]?.endpoints ?? []).map(
        ({ address, flags }) => `${address} ${flags.join(' ')}`,
      ),
      ['10.10.1.1', '10.10.2.1', '10.10.3.1'].map((address) => `${address} signal subflow`),
    );
  });

  test('never has more endpoints than the kernel takes, nor one identifier twice', () => {
    fc.assert(
      fc.property(anySite, (site) => {
        const ids = (planned(site, 'mptcp-endpoints')[0]?.endpoints ?? []).map(({ id }) => id);
        assert.ok(ids.length <= 8);
        assert.equal(new Set(ids).size, ids.length);
        assert.ok(site.proxy !== undefined || ids.length === 0);
      }),
    );
  });

  test('asks nothing of a kernel that does not have it', () => {
    const facts = { ...plainFacts(ON), switches: new Set(['net/mptcp/stale_loss_cnt']) };
    const keys = plan(ON, facts).resources.flatMap((one) =>
      one.kind === 'sysctl' ? one.key.join('/') : [],
    );
    assert.ok(keys.includes('net/mptcp/stale_loss_cnt'));
    assert.ok(!keys.includes('net/mptcp/blackhole_timeout'));
    assert.ok(!keys.includes('net/ipv4/tcp_rto_min_us'));
  });

  test('waits for HAProxy where there is none, and leaves plain TCP alone', () => {
    const { resources, waiting } = plan(ON, { ...plainFacts(ON), haproxy: 'absent' });
    assert.deepEqual(
      waiting.map(({ what }) => what),
      ['proxy'],
    );
    assert.ok(!resources.some(({ kind }) => kind === 'proxy' || kind.startsWith('mptcp')));
  });

  test('says that hosts see an end where the kernel cannot tell that it was killed', () => {
    const { resources, waiting } = plan(ON, { ...plainFacts(ON), ownedTables: false });
    assert.deepEqual(
      waiting.map(({ what }) => what),
      ['resets when the proxy is killed'],
    );
    assert.ok(resources.some(({ kind }) => kind === 'proxy'));
  });

  test('calls a twin by MPTCP: through mptcpize, or by HAProxy’s own', () => {
    const site = branch(2, 'proxy: on');
    const twin: SiteConfig = {
      ...site,
      peers: site.peers.map((peer) => ({ ...peer, proxy: '10.20.0.1' as never })),
    };
    assert.match(configOf(twin), /server twin 10\.20\.0\.1:5787 send-proxy-v2/);
    const native = configOf(twin, 'native');
    assert.match(native, /server twin mptcp4@10\.20\.0\.1:5787 send-proxy-v2/);
    assert.match(native, /bind mptcp4@10\.10\.1\.1:5787 accept-proxy/);
    // The LAN side and the server's side are plain.
    assert.match(native, /bind 127\.0\.0\.1:5788 transparent/);
    assert.match(native, /backend origin\n(?:.*\n)*? {2}server origin 0\.0\.0\.0:0\n/);
  });

  test('writes IPv6 addresses so that HAProxy finds no port in them', () => {
    const files = siteFiles({
      lab: 'bed',
      lines: linesOf([100, 100], 0),
      family: 'ipv6',
      interval: 50,
      proxy: true,
    });
    const parsed = parseSite(files.branch, 'branch.yaml');
    assert.ok(parsed.ok);
    assert.match(
      configOf(parsed.value.site),
      /server twin \[fd20::1\]:5787 .* source \[fd10:1::1\]\n/,
    );
  });

  test('listens on the loopback and on LAN addresses only', () => {
    fc.assert(
      fc.property(anySite, (site) => {
        const own = new Set([
          ...site.wans.flatMap((wan) => wan.subnets.map(({ gateway }) => String(gateway))),
          ...site.lan.addresses.map(({ address }) => String(address.address)),
          ...['127.0.0.1', '::1'],
        ]);
        for (const [, where = ''] of configOf(site).matchAll(/^ {2}bind (\S+):\d+ /gm)) {
          assert.ok(own.has(where.replace(/[[\]]/g, '')), where);
        }
      }),
    );
  });

  test('steers nothing without a proxy', () => {
    assert.doesNotMatch(rulesetOf(branch(2)), /tproxy|transparent 1/);
    assert.match(rulesetOf(ON), /tproxy ip to 127\.0\.0\.1:5788 meta mark set/);
  });

  test('steers no connection to the LAN itself, though a peer’s prefix is everything', () => {
    const site = branch(1, 'proxy: on');
    const everything: SiteConfig = {
      ...site,
      peers: site.peers.map((peer) => ({ ...peer, prefixes: ['0.0.0.0/0' as never] })),
    };
    const rules = rulesetOf(everything);
    const own = rules.indexOf('ip daddr { 10.10.1.0/24 } accept');
    assert.ok(own >= 0 && own < rules.indexOf('tproxy ip to'));
  });
});
