/**
 * BFD with implementations that are not ours: FRR's bfdd and Open vSwitch, each as the other end of
 * a tunnel.
 *
 * FRR speaks IPv6 link-local sessions as we do, so it meets the gateway exactly as a user runs it.
 * OVS speaks IPv4 only, and our tunnels have IPv6 addresses inside: a gateway and an OVS switch
 * cannot share a path as they come. What is shown with OVS is that the gateway's engine, tunnel,
 * timers and firewall are understood by it: the engine gets one more session, on an IPv4 address
 * added to its tunnel by hand, and everything else is the gateway's own.
 */
import assert from 'node:assert/strict';
import { writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseSite } from '../../../src/config/parse.ts';
import { planFirewall } from '../../../src/plan/firewall.ts';
import { tunnelAddress, tunnelMac, tunnelSide } from '../../../src/plan/ids.ts';
import { NO_OVERRIDES } from '../../../src/plan/overrides.ts';
import { planPaths } from '../../../src/plan/path.ts';
import { plainFacts } from '../../support/site.ts';
import { Frr } from './frr.ts';
import type { FrrPeer } from './frr.ts';
import { eventually } from './gateway-under-test.ts';
import { Ovs } from './ovs.ts';
import { FIRST_VNI, hostAddress, outsideAddress } from './site-files.ts';
import { TwoGateways } from './two-gateways.ts';

const OURS = tunnelSide('branch', 'hub');
const THEIRS = tunnelSide('hub', 'branch');
const OUTSIDE = {
  ours: outsideAddress('branch', 1, 'ipv4'),
  theirs: outsideAddress('hub', 1, 'ipv4'),
};

describe("FRR's bfdd as the other end", () => {
  let two: TwoGateways;
  let frr: Frr | undefined;
  before(async () => {
    two = await TwoGateways.create({ wans: 1, start: false });
    const ours = tunnelAddress(FIRST_VNI, OURS);
    const theirs = tunnelAddress(FIRST_VNI, THEIRS);
    await two.hub.namespace.ip(
      `address add ${OUTSIDE.theirs}/30 dev wan1`,
      `link add wt100 address ${tunnelMac(FIRST_VNI, THEIRS)} type vxlan id ${FIRST_VNI} ` +
        `local ${OUTSIDE.theirs} remote ${OUTSIDE.ours} dev wan1 dstport 4789 nolearning`,
      'link set wt100 addrgenmode none',
      'link set wt100 up',
      `address add ${theirs}/64 dev wt100 nodad`,
      `neigh add ${ours} lladdr ${tunnelMac(FIRST_VNI, OURS)} dev wt100 nud permanent`,
    );
    frr = await Frr.start(
      two.hub.namespace,
      join(two.temporary, 'frr'),
      [
        'bfd',
        ` peer ${ours} local-address ${theirs} interface wt100`,
        '  receive-interval 50',
        '  transmit-interval 50',
        '  detect-multiplier 3',
        '',
      ].join('\n'),
    );
    await two.branch.start();
  });
  after(async () => {
    await frr?.stop();
    await two.remove();
  });

  const frrIs = async (status: FrrPeer['status'], diagnostic?: string): Promise<FrrPeer> => {
    let seen: FrrPeer | undefined;
    return await eventually(
      () => `FRR: ${status}, ${diagnostic ?? 'whatever'}; but ${JSON.stringify(seen)}`,
      async () => {
        seen = await frr!.peer();
        const agrees = diagnostic === undefined || seen.diagnostic === diagnostic;
        return seen.status === status && agrees ? seen : undefined;
      },
    );
  };

  test('the session comes up on both, with the timers of the site file', async () => {
    await two.branch.waitForPaths('up');
    await frrIs('up');
    await eventually('timers agreed', async () => {
      const peer = await frr!.peer();
      return peer['remote-receive-interval'] === 50 && peer['remote-transmit-interval'] === 50;
    });
    assert.equal((await frr!.peer())['remote-detect-multiplier'], 3);
  });

  test('cut towards FRR: FRR detects it by time, we learn it from FRR', async () => {
    await two.cut(1, 'to-hub');
    await frrIs('down', 'control detection time expired');
    await two.branch.waitForPaths('down');
    await two.heal(1, 'to-hub');
    await frrIs('up');
    await two.branch.waitForPaths('up');
  });

  test('cut towards us: we detect it by time, FRR learns it from us', async () => {
    await two.cut(1, 'to-branch');
    await two.branch.waitForPaths('down');
    await eventually('FRR knows why', async () => {
      const peer = await frr!.peer();
      // It hears us all the time, so it tries again at once: down or init, but never up.
      return peer.status !== 'up' && peer['remote-diagnostic'] === 'control detection time expired';
    });
    await two.heal(1, 'to-branch');
    await frrIs('up');
    await two.branch.waitForPaths('up');
  });

  test('a drain is seen by FRR as administratively down, not as a failure', async () => {
    await two.branch.must('wan', 'drain', 'w1', '--force');
    const peer = await frrIs('down', 'neighbor signaled session down');
    assert.equal(peer['remote-diagnostic'], 'administratively down');
    await two.branch.waitForPaths('drained');
    await two.branch.must('wan', 'restore', 'w1');
    await frrIs('up');
    await two.branch.waitForPaths('up');
  });

  test('when FRR is shut down by its operator, we leave the path at once, and return', async () => {
    const [ours, theirs] = [tunnelAddress(FIRST_VNI, OURS), tunnelAddress(FIRST_VNI, THEIRS)];
    const configure = async (word: string): Promise<string> =>
      await two.hub.namespace.run(
        ...['vtysh', '--vty_socket', join(two.temporary, 'frr'), '-c', 'configure terminal'],
        ...['-c', 'bfd', '-c', `peer ${ours} local-address ${theirs} interface wt100`, '-c', word],
      );
    await configure('shutdown');
    // FRR says AdminDown once and is silent then: drained at first, soon no more than down.
    await eventually('left', async () => (await two.branch.path(1)).bfd.state !== 'Up');
    await configure('no shutdown');
    await two.branch.waitForPaths('up');
  });
});

describe("FRR's bfdd beside the gateway", () => {
  const LAN = { ours: hostAddress('hub', 1, 'ipv4', 1), theirs: hostAddress('hub', 1) };
  let two: TwoGateways;
  const frrs: Frr[] = [];
  before(async () => {
    two = await TwoGateways.create({ wans: 2, start: false });
    await two.hub.namespace.ip('link set lan0 up', `address add ${LAN.ours}/24 dev lan0`);
    await two.branch.start();
  });
  after(async () => {
    for (const frr of frrs) await frr.stop();
    await two.remove();
  });

  const start = async (end: 'hub' | 'host'): Promise<Frr> => {
    const [own, far] = end === 'hub' ? [LAN.ours, LAN.theirs] : [LAN.theirs, LAN.ours];
    const frr = await Frr.start(
      end === 'hub' ? two.hub.namespace : two.hubHost,
      join(two.temporary, `frr-${end}-${frrs.length}`),
      [
        'bfd',
        ` peer ${far} local-address ${own}`,
        '  receive-interval 100',
        '  transmit-interval 100',
        '  detect-multiplier 10',
        '',
      ].join('\n'),
    );
    frrs.push(frr);
    return frr;
  };
  const isUp = async (frr: Frr): Promise<void> => {
    await eventually('FRR: up', async () => (await frr.peer()).status === 'up');
  };

  test('its session stays while the gateway is applied, run, changed and taken down', async () => {
    const [hub, host] = [await start('hub'), await start('host')];
    for (const frr of [hub, host]) await isUp(frr);
    await two.hub.must('apply', '-c', two.hub.file);
    await two.hub.start();
    await two.waitForPaths('up', 'up');
    two.hub.writeSite((site) => (site.detection.multiplier = 4));
    await two.hub.must('apply', '-c', two.hub.file);
    await two.waitForPaths('up', 'up');
    await two.hub.namespace.ip('link set wan2 down');
    await two.waitForPaths('up', 'down');
    await two.hub.namespace.ip('link set wan2 up');
    await two.waitForPaths('up', 'up');
    await two.hub.stop();
    await two.hub.must('down', '-c', two.hub.file);
    for (const frr of [hub, host]) {
      assert.equal((await frr.peer()).status, 'up');
      assert.equal(await frr.failures(), 0);
    }
  });

  test('it comes up beside a gateway that is there already', async () => {
    await frrs[0]!.stop();
    await two.hub.start();
    await two.waitForPaths('up', 'up');
    await isUp(await start('hub'));
    await two.waitForPaths('up', 'up');
  });
});

describe('Open vSwitch as the other end, on an IPv4 session', () => {
  const INSIDE = { ours: '169.254.100.1', theirs: '169.254.100.2' };
  let two: TwoGateways;
  let ovs: Ovs | undefined;
  before(async () => {
    two = await TwoGateways.create({ wans: 1, start: false });
    const { branch, hub } = two;
    ovs = await Ovs.start(hub.namespace, join(two.temporary, 'ovs'), {
      wan: 'wan1',
      local: OUTSIDE.theirs,
      remote: OUTSIDE.ours,
      vni: FIRST_VNI,
      bfd: {
        enable: 'true',
        min_tx: '50',
        min_rx: '50',
        bfd_src_ip: INSIDE.theirs,
        bfd_dst_ip: INSIDE.ours,
        bfd_local_src_mac: tunnelMac(FIRST_VNI, THEIRS),
        bfd_local_dst_mac: tunnelMac(FIRST_VNI, OURS),
        bfd_remote_dst_mac: tunnelMac(FIRST_VNI, THEIRS),
      },
    });
    // A veth leaves UDP checksums to a card that is not there, and OVS looks at them.
    await branch.namespace.run('ethtool', '-K', 'wan1', 'tx', 'off');
    await branch.must('apply', '-c', branch.file);
    await branch.namespace.ip(
      `address add ${INSIDE.ours}/24 dev wt100`,
      `neigh add ${INSIDE.theirs} lladdr ${tunnelMac(FIRST_VNI, THEIRS)} dev wt100 nud permanent`,
    );
    const config = readFileSync(branch.directory.engineConfig, 'utf8');
    const changed = join(two.temporary, 'bird.conf');
    const session = `neighbor ${INSIDE.theirs} dev "wt100" local ${INSIDE.ours};`;
    writeFileSync(
      changed,
      config.replace(/^ {2}neighbor .*;$/m, (own) => `${own}\n  ${session}`),
    );
    await control('configure', `"${changed}"`);
  });
  after(async () => {
    await ovs?.stop();
    await two.remove();
  });

  const control = async (...words: string[]): Promise<string> =>
    await two.branch.namespace.run('birdc', '-s', two.branch.directory.engineSocket, ...words);

  const oursIs = async (state: 'Up' | 'Down'): Promise<void> => {
    let seen = '';
    await eventually(
      () => `ours ${state}, but ${seen}`,
      async () => {
        seen = await control('show', 'bfd', 'sessions');
        return new RegExp(`^${INSIDE.theirs}\\s+wt100\\s+${state}\\s`, 'm').test(seen);
      },
    );
  };

  const ovsIs = async (expected: Readonly<Record<string, string>>): Promise<void> => {
    let seen: Record<string, string> = {};
    await eventually(
      () => `OVS ${JSON.stringify(expected)}, but ${JSON.stringify(seen)}`,
      async () => {
        seen = {};
        for (const key of Object.keys(expected)) seen[key] = await ovs!.bfd(key);
        return Object.entries(expected).every(([key, value]) => seen[key] === value);
      },
    );
  };

  test('the session comes up on both', async () => {
    await oursIs('Up');
    await ovsIs({ state: 'up', remote_state: 'up', forwarding: 'true' });
  });

  test('cut towards OVS: OVS detects it by time, we learn it from OVS', async () => {
    await two.branch.namespace.nft(
      'table inet cut { chain send { type filter hook postrouting priority 400; oifname "wan1" drop; }; }\n',
    );
    await ovsIs({ state: 'down', diagnostic: 'Control Detection Time Expired' });
    await oursIs('Down');
    await two.branch.namespace.nft('delete chain inet cut send\n');
    await oursIs('Up');
  });

  test('cut towards us: we detect it by time, OVS learns it from us', async () => {
    await ovsIs({ state: 'up' });
    await two.cut(1, 'to-branch');
    await oursIs('Down');
    // Down, and with the next packet of ours Init.
    await ovsIs({ forwarding: 'false', diagnostic: 'Neighbor Signaled Session Down' });
    await two.heal(1, 'to-branch');
    await oursIs('Up');
    await ovsIs({ state: 'up' });
  });

  test('a drain is seen by OVS as administratively down, not as a failure', async () => {
    const parsed = parseSite(readFileSync(two.branch.file, 'utf8'), two.branch.file);
    assert.ok(parsed.ok);
    const { site } = parsed.value;
    const paths = planPaths(site);
    const mtus = new Map(paths.map(({ device }) => [device, 1450]));
    const drained = { ...NO_OVERRIDES, drained: new Set(paths.map((path) => path.name)) };
    await two.branch.namespace.nft(
      `delete table inet wamptcp\n${planFirewall(site, paths, mtus, drained, plainFacts(site))}`,
    );
    await ovsIs({ state: 'down', remote_state: 'admin_down' });
    await ovsIs({ diagnostic: 'Neighbor Signaled Session Down' });
    await oursIs('Down');
  });
});
