/**
 * Open vSwitch with its userspace datapath in a namespace, by hand: a bridge with the WAN in it, and
 * one with a VXLAN tunnel whose BFD is OVS's own.
 *
 * Always holds: database, sockets and logs are in a directory of the test's; its processes are ended
 * by their pids.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './gateway-under-test.ts';
import type { Namespace } from './namespace.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
const TUNNEL = 'wt100';

export interface OvsTunnel {
  readonly wan: string;
  readonly local: string;
  readonly remote: string;
  readonly vni: number;
  /** Options of BFD, in the words of ovs-vswitchd.conf.db(5). */
  readonly bfd: Readonly<Record<string, string>>;
}

export class Ovs {
  readonly #namespace: Namespace;
  readonly #directory: string;
  readonly #processes: ChildProcess[] = [];

  private constructor(namespace: Namespace, directory: string) {
    this.#namespace = namespace;
    this.#directory = directory;
  }

  /** @param tunnel its `local` is moved from the WAN's interface to the bridge. */
  static async start(namespace: Namespace, directory: string, tunnel: OvsTunnel): Promise<Ovs> {
    const ovs = new Ovs(namespace, directory);
    mkdirSync(directory);
    await namespace.run('ovsdb-tool', 'create', join(directory, 'conf.db'), SCHEMA);
    ovs.#spawn(
      ...['ovsdb-server', join(directory, 'conf.db'), `--remote=punix:${join(directory, 'db')}`],
    );
    await eventually('ovsdb-server listens', async () => existsSync(join(directory, 'db')));
    await ovs.#vsctl('--no-wait', 'init');
    ovs.#spawn('ovs-vswitchd', `unix:${join(directory, 'db')}`);
    const bridge = (name: string): string[] => [
      ...['--', 'add-br', name, '--', 'set', 'bridge', name, 'datapath_type=netdev'],
    ];
    await ovs.#vsctl(...bridge('br-wan'), '--', 'add-port', 'br-wan', tunnel.wan);
    await ovs.#vsctl(
      ...[...bridge('br-tunnel'), '--', 'add-port', 'br-tunnel', TUNNEL],
      ...['--', 'set', 'interface', TUNNEL, 'type=vxlan', 'options:dst_port=4789'],
      ...[`options:local_ip=${tunnel.local}`, `options:remote_ip=${tunnel.remote}`],
      `options:key=${tunnel.vni}`,
    );
    await namespace.ip(`address add ${tunnel.local}/30 dev br-wan`, 'link set br-wan up');
    await ovs.#vsctl(
      ...['set', 'interface', TUNNEL],
      ...Object.entries(tunnel.bfd).map(([key, value]) => `bfd:${key}=${value}`),
    );
    return ovs;
  }

  /** A value of `bfd_status`: `state`, `remote_state`, `diagnostic`, … */
  async bfd(key: string): Promise<string> {
    const text = await this.#vsctl(
      ...['--if-exists', 'get', 'interface', TUNNEL, `bfd_status:${key}`],
    );
    return text.replaceAll('"', '');
  }

  async stop(): Promise<void> {
    for (const child of this.#processes.toReversed()) {
      if (child.exitCode !== null) continue;
      await new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      });
    }
  }

  async #vsctl(...args: string[]): Promise<string> {
    return await this.#namespace.run(
      ...['ovs-vsctl', '--timeout=15', `--db=unix:${join(this.#directory, 'db')}`, ...args],
    );
  }

  #spawn(name: string, ...args: string[]): void {
    const [program, ...prefix] = this.#namespace.prefix;
    const file = (suffix: string): string => join(this.#directory, `${name}.${suffix}`);
    this.#processes.push(
      spawn(
        program,
        [
          ...[...prefix, 'env', `OVS_RUNDIR=${this.#directory}`, name, ...args, '--no-chdir'],
          ...[`--unixctl=${file('ctl')}`, `--pidfile=${file('pid')}`, `--log-file=${file('log')}`],
        ],
        { stdio: 'ignore' },
      ),
    );
  }
}
