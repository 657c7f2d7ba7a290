/** What one end says of a path that is not up, by what it hears. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { diagnose } from '../../../src/daemon/diagnosis.ts';
import type { Signs } from '../../../src/daemon/diagnosis.ts';
import { DiagnosisWatch } from '../../../src/daemon/diagnosis-watch.ts';
import { PathTracker } from '../../../src/daemon/path-tracker.ts';
import { WereUp } from '../../../src/daemon/were-up.ts';
import { address } from '../../../src/net/address.ts';
import { planPaths } from '../../../src/plan/path.ts';
import type { PathPlan } from '../../../src/plan/path.ts';
import { branch, plainFacts } from '../../support/site.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const [path] = planPaths(branch(1)) as readonly [PathPlan];
const behindNat: PathPlan = { ...path, config: { ...path.config, nat: true } };
const stranger = { address: address('192.0.2.77'), vni: path.config.vni };

const SILENT: Signs = {
  bfd: 'Down',
  hears: false,
  wasUp: false,
  probesPass: false,
  firewalls: [],
  dscp: 'CS6',
  strangers: [],
  local: address('198.51.100.2'),
};

const said = (of: PathPlan, signs: Partial<Signs>): string =>
  diagnose(of, { ...SILENT, ...signs })?.text ?? '';

describe('of a path that is not up it is said', () => {
  test('from where its packets come, when that is not the peer', () => {
    const text = said(path, { strangers: [stranger] });
    assert.match(text, /come from 192\.0\.2\.77, not from 203\.0\.113\.\d+: if hub is behind/);
  });

  test('the same of several, whatever their order', () => {
    const others = [stranger, { ...stranger, address: address('192.0.2.8') }];
    assert.equal(said(path, { strangers: others }), said(path, { strangers: others.toReversed() }));
  });

  test('that its address changed, when it was up with the one of the file', () => {
    assert.equal(
      said(path, { strangers: [stranger], wasUp: true }),
      "hub's address changed from 203.0.113.1 to 192.0.2.77: " +
        'write it as `remote` of this path (peers[hub].paths[wan1].remote)',
    );
  });

  test('nothing about strangers of other paths', () => {
    const others = [{ ...stranger, vni: path.config.vni + 1 }];
    assert.equal(said(path, { strangers: others }), 'nothing arrives by it');
  });

  test('that it is one-way, when the peer is heard and says that it hears nothing', () => {
    assert.match(said(path, { bfd: 'Init' }), /^one-way: hub is heard .* write `nat: on`/);
    assert.match(said(behindNat, { bfd: 'Init' }), /does not pass the tunnel's port/);
  });

  test('no word of NAT when it is one-way and has worked as it is set', () => {
    for (const one of [path, behindNat]) {
      const text = said(one, { bfd: 'Init', wasUp: true });
      assert.match(
        text,
        /^one-way: hub is heard .* look at the line of wan1 towards 203\.0\.113\.1$/,
      );
      assert.doesNotMatch(text, /nat/i);
    }
  });

  test('that BFD alone is dropped, when probes pass, with its DSCP and the key', () => {
    const text = said(path, { bfd: 'Init', probesPass: true, wasUp: true });
    assert.match(text, /^BFD is dropped, probes pass: hub does not get ours.* drops DSCP CS6; /);
    assert.match(text, /`detection\.dscp`/);
    assert.match(
      said(path, { bfd: 'Down', hears: true, probesPass: true, dscp: 'CS7' }),
      /^BFD is dropped, probes pass: none of hub's comes.*BIRD does not run there.* DSCP CS7/,
    );
    assert.equal(said(path, { bfd: undefined, probesPass: true }), '');
  });

  test('which firewall of others may be why, before anything of lines and NAT', () => {
    const firewalls = ['chain inet fw input drops it'];
    for (const signs of [{ bfd: 'Init' }, { bfd: 'Down' }, { bfd: 'Down', hears: true }] as const) {
      assert.equal(said(path, { ...signs, firewalls }), 'firewall: chain inet fw input drops it');
    }
    const local = address('192.168.8.100');
    assert.match(said(path, { local, firewalls }), /^firewall/);
  });

  test('that a NAT is on the way, when our own address cannot be seen from the Internet', () => {
    const local = address('192.168.8.100');
    assert.match(said(path, { local }), /our address 192\.168\.8\.100 is private.*`nat: on`/);
    assert.equal(said(behindNat, { local }), 'nothing arrives by it');
    // A line that has worked is simply cut.
    assert.equal(said(path, { local, wasUp: true }), 'nothing arrives by it');
    const within = { ...path, config: { ...path.config, remote: address('10.9.9.9') } };
    assert.equal(said(within, { local }), 'nothing arrives by it');
  });

  test('no more than that nothing arrives, in a plain outage; and nothing while it comes up', () => {
    assert.deepEqual(diagnose(path, SILENT), { text: 'nothing arrives by it', notable: false });
    assert.equal(diagnose(path, { ...SILENT, hears: true }), undefined);
    assert.equal(diagnose(path, { ...SILENT, bfd: undefined }), undefined);
  });
});

describe('the watch', () => {
  function watched(file = join(temporaryFiles('wamptcp-were-up').folder, 'were-up.json')) {
    const paths = new PathTracker(branch(1), undefined, 0);
    const events: string[] = [];
    const watch = new DiagnosisWatch({
      facts: () => plainFacts(branch(1)),
      hears: () => true,
      strangers: () => Promise.resolve([]),
      wereUp: new WereUp(file),
      firewalls: () => [],
      dscp: () => 'CS6',
      onEvent: ({ text }) => events.push(text),
    });
    const verdict = (state: 'Down' | 'Init' | 'Up'): void => {
      paths.verdict(paths.all()[0]!, state, 0, 0, undefined);
    };
    const seconds = async (count: number): Promise<void> => {
      for (let second = 0; second < count; second += 1) await watch.everySecond(paths.all());
    };
    return { watch, events, verdict, seconds };
  }

  test('waits for three seconds, and tells once', async () => {
    const { watch, events, verdict, seconds } = watched();
    verdict('Init');
    await seconds(2);
    assert.deepEqual([events, [...watch.texts()]], [[], []]);
    await seconds(10);
    assert.equal(events.length, 2);
    assert.equal(events[0], 'wan1-hub is not up');
    assert.match(events[1]!, /^wan1-hub: one-way/);
    assert.match(watch.texts().get('wan1-hub')!, /^one-way/);
  });

  test('forgets it when the path is up, and tells it again the next time', async () => {
    const { watch, events, verdict, seconds } = watched();
    verdict('Init');
    await seconds(3);
    verdict('Up');
    await seconds(1);
    assert.equal(watch.texts().size, 0);
    verdict('Init');
    await seconds(3);
    assert.equal(events.length, 3);
  });

  test('says nothing of a path that comes up within the time of a handshake', async () => {
    const { events, verdict, seconds } = watched();
    verdict('Down');
    await seconds(2);
    verdict('Up');
    await seconds(5);
    assert.deepEqual(events, []);
  });

  test('knows after a restart what was up before, as long as it is set the same', async () => {
    const file = join(temporaryFiles('wamptcp-were-up').folder, 'were-up.json');
    const first = watched(file);
    first.verdict('Up');
    await first.seconds(1);
    const second = watched(file);
    second.verdict('Init');
    await second.seconds(5);
    assert.match(second.events.at(-1)!, /one-way: .*it has worked as it is set/);
  });
});
