/** A gateway on a machine in memory, for tests of what is done with it. */
import type { Change } from '../../src/apply/change.ts';
import type { SiteConfig } from '../../src/config/site.ts';
import { firstApply } from '../../src/daemon/first-apply.ts';
import { Gateway } from '../../src/daemon/gateway.ts';
import { FakeDataplane } from '../../src/dataplane/fake/fake.ts';
import { ManualClock } from '../../src/lib/clock.ts';
import type { Event } from '../../src/observe/event.ts';
import { MemoryStore } from './memory-store.ts';

/** What a daemon or a command has of one gateway, whoever is restarted meanwhile. */
export class World {
  readonly machine = new FakeDataplane();
  readonly store = new MemoryStore();
  readonly clock = new ManualClock({ monotonic: 5_000, wall: 1_000_000 });
  readonly gateway = new Gateway(this.machine, this.store, this.clock);
  readonly events: Omit<Event, 'at'>[] = [];

  constructor() {
    for (const name of ['lan1', 'w1', 'w2']) this.machine.addInterface(name);
  }

  /** From now on no change of this kind succeeds; undefined: all do. */
  refuse(kind: Change['resource']['kind'] | undefined): void {
    this.machine.beforeEach = ({ action, resource }) => {
      if (resource.kind === kind && action !== 'remove') throw new Error(`no ${kind} here`);
    };
  }

  async daemonStarts(wanted: SiteConfig) {
    const { gateway } = this;
    const onEvent = (event: Omit<Event, 'at'>): void => void this.events.push(event);
    return firstApply({ gateway, site: wanted, file: '/etc/site.yaml', onEvent });
  }

  async appliedSite(): Promise<SiteConfig | undefined> {
    return (await this.gateway.state()).applied?.site;
  }
}
