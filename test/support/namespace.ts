/**
 * Network namespaces for tests of what acts on "the machine".
 *
 * Always holds: names begin with `t-`; this process itself moves in and out, so that the code under
 * test runs as it is, commands and all; one namespace at a time.
 */
import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';

import { CLONE_NEWNET, libc } from '../../src/lab/link/libc.ts';
import { run } from '../../src/system/command.ts';
import { removeLeftovers } from './leftovers.ts';

const HOME = openSync('/proc/self/ns/net', 'r');
let count = 0;

export interface Namespace {
  readonly name: string;
  enter(): void;
  remove(): Promise<void>;
}

/** Makes a namespace that is the same every time: loopback up, no waiting for duplicate addresses. */
export async function createNamespace(label: string): Promise<Namespace> {
  count += 1;
  const name = `t-${label}-${process.pid}-${count}`;
  await run(['ip', 'netns', 'add', name]);
  removeLeftovers(name);
  const namespace = {
    name,
    enter: () => {
      enterNamespace(name);
    },
    remove: async () => {
      leave();
      await run(['ip', 'netns', 'delete', name]);
    },
  };
  namespace.enter();
  await run(['ip', 'link', 'set', 'lo', 'up']);
  for (const scope of ['all', 'default']) {
    writeFileSync(`/proc/sys/net/ipv6/conf/${scope}/accept_dad`, '0');
  }
  return namespace;
}

/** The namespace of that name, whoever made it. */
export function enterNamespace(name: string): void {
  const file = openSync(`/run/netns/${name}`, 'r');
  moveTo(file);
  closeSync(file);
}

/** Back to where the test was started. */
export function leave(): void {
  moveTo(HOME);
}

/**
 * A line with nobody at its other end; the MAC is the same in every namespace. The other end lies in
 * this namespace too: without `accept_ra=0` it takes a prefix that the gateway announces, and its route
 * to that prefix is a fact of the machine.
 */
export async function addInterface(name: string): Promise<void> {
  const octets = [...Buffer.from(name.padEnd(5, '-').slice(0, 5))];
  const mac = ['02', ...octets.map((octet) => octet.toString(16))].join(':');
  const peer = `${name}-far`;
  const stdin = [
    `link add ${name} address ${mac} type veth peer name ${peer}`,
    `link set ${peer} addrgenmode none up`,
  ].join('\n');
  await run(['ip', '-batch', '-'], { stdin });
  writeFileSync(`/proc/sys/net/ipv6/conf/${peer}/accept_ra`, '0');
}

export async function removeInterface(name: string): Promise<void> {
  await run(['ip', 'link', 'delete', name]);
}

function moveTo(file: number): void {
  assert.equal(libc.setns(file, CLONE_NEWNET), 0, 'setns needs root');
}
