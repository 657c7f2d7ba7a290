/**
 * A network namespace of a test.
 *
 * Always holds: its name begins with `t-` and this process's id, so tests that run at the same time
 * do not meet; it is removed by name.
 */
import { statSync } from 'node:fs';
import { execa } from 'execa';

import { removeLeftovers } from '../../support/leftovers.ts';

export class Namespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Empty, loopback up, IPv6 addresses usable at once. */
  static async create(role: string): Promise<Namespace> {
    const namespace = new Namespace(`t-${process.pid}-${role}`);
    await execa('ip', ['netns', 'add', namespace.name]);
    removeLeftovers(namespace.name);
    await namespace.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0');
    await namespace.ip('link set lo up');
    return namespace;
  }

  get inode(): number {
    return statSync(`/run/netns/${this.name}`).ino;
  }

  /** The words before a program that shall run inside. */
  get prefix(): readonly [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Stdout; throws when the program fails. */
  async run(...argv: string[]): Promise<string> {
    const [program, ...prefix] = this.prefix;
    return (await execa(program, [...prefix, ...argv])).stdout;
  }

  /** Commands for iproute2, one per line, in one process. */
  async ip(...lines: string[]): Promise<void> {
    await execa('ip', ['-n', this.name, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }

  async nft(text: string): Promise<void> {
    const [program, ...prefix] = this.prefix;
    await execa(program, [...prefix, 'nft', '-f', '-'], { input: text });
  }

  /** Ends, each by its pid, what runs inside: some of it is nobody's child, or waits for minutes. */
  async endProcesses(): Promise<void> {
    const { stdout } = await execa('ip', ['netns', 'pids', this.name], { reject: false });
    for (const pid of stdout.split('\n').filter((line) => line !== '')) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  }

  async remove(): Promise<void> {
    await execa('ip', ['netns', 'delete', this.name], { reject: false });
  }
}
