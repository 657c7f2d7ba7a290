/** What the daemon knows of direct paths, and how it tells it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { describeDirectMove, describeDirectVerdict } from '../../../src/daemon/direct-narrate.ts';
import type { SiteConfig } from '../../../src/config/site.ts';
import { directStatus } from '../../../src/daemon/direct-status.ts';
import { DirectTracker, targetsOf } from '../../../src/daemon/direct-tracker.ts';
import { planDirect } from '../../../src/plan/direct-path.ts';
import type { DirectPath } from '../../../src/plan/direct-path.ts';
import { NO_FACTS } from '../../../src/plan/facts.ts';
import { address } from '../../../src/net/address.ts';
import { interfaceAddress, siteFrom } from '../../support/site.ts';

const TARGETS = '9.9.9.9, { address: 1.1.1.1, tcp: 443 }';

function shop(more = '', targets = TARGETS) {
  return siteFrom(`
site: shop
lan: lan1
wans:
  - { name: a, interface: w1, address: 192.0.2.2/24, nexthop: 192.0.2.1, subnet: 10.10.1.0/24, direct: on }
  - { name: b, interface: w2, subnet: 10.10.2.0/24, direct: on }
probes: { targets: [${targets}], window: 2, loss: 50% }
${more}`);
}

const PATHS = planned('198.51.100.2/24');

function planned(own: string): readonly DirectPath[] {
  return planDirect(shop(), {
    ...NO_FACTS,
    interfaces: new Map([
      ['w1', { mtu: 1500, addresses: [], ways: [] }],
      [
        'w2',
        {
          mtu: 1500,
          addresses: [interfaceAddress(own)],
          ways: [{ family: 'ipv4', via: address('198.51.100.1') }],
        },
      ],
    ]),
  }).paths;
}

class Tracked {
  readonly direct: DirectTracker;
  readonly site: SiteConfig;
  now = 0;

  constructor(site = shop(), down: readonly string[] = [], previous?: DirectTracker) {
    this.site = site;
    this.direct = new DirectTracker(site, down, previous);
    this.direct.setPaths(PATHS, 0);
  }

  /** All targets of a WAN answer, or none does, for a whole window. @returns the last verdict. */
  all(wan: string, answered: boolean, at: number) {
    const name = `${wan}/ipv4`;
    const targets = this.direct.all().find(({ path }) => path.name === name)?.targets ?? [];
    let verdict: ReturnType<DirectTracker['answer']>;
    for (let round = 0; round < 2; round++)
      for (const target of targets)
        verdict =
          this.direct.answer(name, target, answered ? 5 : undefined, at, at + 1000) ?? verdict;
    return verdict;
  }
}

function told({ direct }: Tracked, verdict: ReturnType<DirectTracker['answer']>) {
  return verdict === undefined
    ? []
    : describeDirectVerdict(verdict.direct, verdict.before, direct.all());
}

describe('a direct path', () => {
  test('is up until its targets are silent, and down until they answer again', () => {
    const { direct } = new Tracked();
    assert.deepEqual(direct.down(), []);
    const tracked = new Tracked();
    assert.equal(tracked.all('a', false, 10)?.direct.history.up, false);
    assert.deepEqual(tracked.direct.down(), ['a/ipv4']);
    assert.equal(tracked.all('a', true, 20)?.direct.history.up, true);
    assert.deepEqual(tracked.direct.down(), []);
  });

  test('stays up while half of its targets answer', () => {
    const tracked = new Tracked();
    for (let round = 0; round < 5; round++) {
      const target = { address: address('9.9.9.9'), tcp: undefined };
      assert.equal(tracked.direct.answer('a/ipv4', target, undefined, 10, 10), undefined);
    }
    assert.deepEqual(tracked.direct.down(), []);
  });

  test('is not told from another by an answer that is not its own', () => {
    const tracked = new Tracked();
    tracked.all('a', false, 10);
    assert.deepEqual(tracked.direct.down(), ['a/ipv4']);
    const other = { address: address('8.8.8.8'), tcp: undefined };
    assert.equal(tracked.direct.answer('a/ipv4', other, 1, 20, 20), undefined);
  });

  test('that was down when the daemon ended is down until its targets answer', () => {
    const tracked = new Tracked(shop(), ['b/ipv4', 'gone/ipv4']);
    assert.deepEqual(tracked.direct.down(), ['b/ipv4', 'gone/ipv4']);
    assert.ok(tracked.all('b', true, 10));
    assert.deepEqual(tracked.direct.down(), ['gone/ipv4']);
  });

  test('keeps its verdict while it has no address, and with another one', () => {
    const tracked = new Tracked();
    tracked.all('b', false, 10);
    tracked.direct.setPaths(
      PATHS.filter(({ name }) => name !== 'b/ipv4'),
      20,
    );
    assert.deepEqual(tracked.direct.down(), ['b/ipv4']);
    tracked.direct.setPaths(planned('198.51.100.77/24'), 30);
    assert.deepEqual(tracked.direct.down(), ['b/ipv4']);
    assert.equal(tracked.direct.all()[1]?.path.local, '198.51.100.77');
    const target = { address: address('9.9.9.9'), tcp: undefined };
    assert.ok(tracked.direct.answer('b/ipv4', target, 5, 40, 40), 'the first answer decides');
    assert.deepEqual(tracked.direct.down(), []);
  });

  test('that is down is not called up, with another address, because it was hardly asked yet', () => {
    const tracked = new Tracked();
    tracked.all('b', false, 10);
    tracked.direct.setPaths(planned('198.51.100.77/24'), 30);
    const target = { address: address('9.9.9.9'), tcp: undefined };
    assert.equal(tracked.direct.answer('b/ipv4', target, undefined, 40, 40), undefined);
    assert.deepEqual(tracked.direct.down(), ['b/ipv4']);
  });

  test('keeps it when the site is applied anew', () => {
    const tracked = new Tracked();
    tracked.all('a', false, 10);
    assert.deepEqual(new Tracked(shop(), [], tracked.direct).direct.down(), ['a/ipv4']);
  });

  test('is held after an outage for as long as `hold-down` says', () => {
    const tracked = new Tracked(shop('recovery: { hold-down: 10s }'));
    tracked.all('a', false, 0);
    tracked.all('a', true, 1000);
    assert.deepEqual(tracked.direct.held(5000), ['a/ipv4']);
    assert.equal(tracked.direct.nextRelease(5000), 11_000);
    assert.deepEqual(tracked.direct.held(11_000), []);
  });

  test('that flaps is damped', () => {
    const tracked = new Tracked(shop('recovery: { damping: { flaps: 2 } }'));
    for (const at of [0, 2000]) {
      tracked.all('a', false, at);
      tracked.all('a', true, at + 1000);
    }
    assert.deepEqual(tracked.direct.held(4000), ['a/ipv4']);
  });

  test('asks its next hop where no target of its family is named', () => {
    const site = shop('', "'2620:fe::fe'");
    const [a] = PATHS;
    assert.deepEqual(a && targetsOf(site, a), [{ address: '192.0.2.1', tcp: undefined }]);
  });
});

describe('what is told', () => {
  test('names the targets that are silent', () => {
    const tracked = new Tracked();
    const [event] = told(tracked, tracked.all('a', false, 10));
    assert.deepEqual(
      [event?.kind, event?.text],
      [
        'path-down',
        'a/ipv4 does not lead to the Internet: no answer from 9.9.9.9, 1.1.1.1 port 443',
      ],
    );
    assert.equal(event?.at, 1010);
  });

  test('says how long an outage lasted', () => {
    const tracked = new Tracked();
    tracked.all('a', false, 10);
    const [event] = told(tracked, tracked.all('a', true, 4010));
    assert.equal(event?.text, 'a/ipv4 leads to the Internet again after 4s');
  });

  test('the death of the last one is told as that, once', () => {
    const tracked = new Tracked();
    const kinds = (['a', 'b'] as const).map((name) =>
      told(tracked, tracked.all(name, false, 10)).map(({ kind }) => kind),
    );
    assert.deepEqual(kinds, [['path-down'], ['path-down', 'no-path']]);
    const [home] = tracked.site.wans;
    assert.equal(
      describeDirectMove(
        { home, family: 'ipv4', from: 'w2', to: 'w1', at: 1200 },
        tracked.site,
        tracked.direct.all(),
        1200,
      ),
      undefined,
      'traffic goes home to a dead WAN since there is no better one',
    );
  });

  test('a move is a repair, a revert when it goes home, or the end of all ways', () => {
    const tracked = new Tracked();
    const { site } = tracked;
    tracked.all('a', false, 10);
    const [home] = site.wans;
    const move = (from: string, to: string) =>
      describeDirectMove(
        { home, family: 'ipv4', from, to, at: 1200 },
        site,
        tracked.direct.all(),
        1200,
      );
    const repair = move('w1', 'w2');
    assert.deepEqual(
      [repair?.kind, repair?.text, repair?.switchMs],
      ['repair', 'a to the Internet: new connections now by b (ipv4)', 190],
    );
    tracked.all('a', true, 20);
    assert.equal(move('w2', 'w1')?.kind, 'revert');
    assert.equal(move('w2', 'lo')?.kind, 'no-path');
  });

  test('the status says which targets live', () => {
    const tracked = new Tracked();
    tracked.all('b', false, 10);
    const [a, b] = tracked.direct.all();
    assert.ok(a && b);
    const { probes } = shop();
    const plain = { held: false, drained: false };
    assert.equal(directStatus(a, probes, plain).state, 'up');
    assert.equal(directStatus(a, probes, { held: true, drained: false }).state, 'held');
    assert.equal(directStatus(a, probes, { held: true, drained: true }).state, 'drained');
    const down = directStatus(b, probes, plain);
    assert.equal(down.state, 'down');
    assert.deepEqual(
      down.targets.map(({ tcp, alive, loss }) => [tcp, alive, loss]),
      [
        [null, false, 1],
        [443, false, 1],
      ],
    );
  });
});
