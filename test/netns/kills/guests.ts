/**
 * The hosts of a gateway that live on what it hands out: one with a real client, and newcomers on the
 * same cable that only ask.
 *
 * Always holds: every question comes from a newcomer that nobody knows yet.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { addressesOf } from '../../../src/lab/hosts.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { parseLeases } from '../../../src/provision/lease.ts';
import { runDirectoryOf } from '../../../src/system/run-directory.ts';
import type { RunDirectory } from '../../../src/system/run-directory.ts';
import { DhcpHosts, macOf, optionsOf } from '../../support/dhcp/hosts.ts';
import { TYPE, typeOf } from '../../support/dhcp/message.ts';
import { enterNamespace, leave } from '../../support/namespace.ts';
import { provisionersOf } from '../../support/programs.ts';
import { until } from '../lab/lab-of-test.ts';

/** A second server would have answered by then. */
const SECOND_ANSWER_MS = 50;
/** One packet may be lost, three in three seconds are not. */
const ATTEMPTS = 3;

export class Guests {
  readonly #lab: Lab;
  readonly #guest: string;
  readonly #directory: RunDirectory;
  readonly #newcomers: DhcpHosts;
  readonly #leases: readonly string[];
  #asked = 0;

  private constructor(
    lab: Lab,
    guest: string,
    directory: RunDirectory,
    newcomers: DhcpHosts,
    leases: readonly string[],
  ) {
    this.#lab = lab;
    this.#guest = guest;
    this.#directory = directory;
    this.#newcomers = newcomers;
    this.#leases = leases;
  }

  static async open(lab: Lab, gateway: string, guest: string): Promise<Guests> {
    const directory = runDirectoryOf(statSync(`/run/netns/${lab.namespace(gateway)}`).ino);
    enterNamespace(lab.namespace(guest));
    try {
      const newcomers = new DhcpHosts('eth0');
      return new Guests(lab, guest, directory, newcomers, await leasesOf(directory));
    } finally {
      leave();
    }
  }

  /** What was handed out at first: `address identifier`. */
  get leases(): readonly string[] {
    return this.#leases;
  }

  /** One process serves, it answers, and everybody has what he had. */
  async assertServed(): Promise<void> {
    assert.equal(provisionersOf(this.#directory).length, 1, 'one process hands out addresses');
    assert.equal(await this.#offers(), 1, 'a newcomer gets one answer');
    assert.deepEqual(await leasesOf(this.#directory), this.#leases, 'the leases are kept');
  }

  /** The client asks again and gets what it has. */
  async assertRenewed(): Promise<void> {
    const host = this.#lab.hosts.moving.find(({ name }) => name === this.#guest);
    assert.ok(host);
    const before = (await addressesOf(host)).toSorted();
    await this.#lab.hosts.renew(this.#guest);
    await until('the guest has the addresses that it had', async () => {
      return String((await addressesOf(host)).toSorted()) === String(before);
    });
    assert.deepEqual(await leasesOf(this.#directory), this.#leases);
  }

  close(): void {
    this.#newcomers.close();
  }

  /** How many answer one newcomer; like a real client it asks again if nobody does. */
  async #offers(): Promise<number> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const offers = await this.#ask();
      if (offers > 0) return offers;
    }
    return 0;
  }

  async #ask(): Promise<number> {
    const mac = macOf((this.#asked += 1), 7);
    const options = optionsOf({ mac, wan: 2 }, TYPE.discover);
    const answers = await this.#newcomers.say({ mac, options }, { patience: 1000 });
    await sleep(SECOND_ANSWER_MS);
    const late = [...this.#newcomers.answers()].filter((answer) => answer.mac === mac);
    return [...answers, ...late].filter(
      (answer) => typeOf(answer) === TYPE.offer && answer.yiaddr?.startsWith('10.10.2.') === true,
    ).length;
  }
}

async function leasesOf({ leases }: RunDirectory): Promise<readonly string[]> {
  return parseLeases(await readFile(leases, 'utf8'))
    .map(({ address, client }) => `${address} ${client ?? ''}`)
    .toSorted();
}
