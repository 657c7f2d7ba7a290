/**
 * Open vSwitch with its userspace datapath in a namespace, by hand: a bridge with the WAN in it, and
 * one with a VXLAN tunnel whose BFD is OVS's own.
 *
 * Always holds: database, sockets and logs are in a directory of the test's; its processes are ended
 * by their pids.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ForeignPrograms } from './foreign-programs.ts';
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
  readonly #programs: ForeignPrograms;

  private constructor(namespace: Namespace, directory: string) {
    this.#namespace = namespace;
    this.#directory = directory;
    this.#programs = new ForeignPrograms(namespace);
  }

  /** @param tunnel its `local` is moved from the WAN's interface to the bridge. */
  static async start(namespace: Namespace, directory: string, tunnel: OvsTunnel): Promise<Ovs> {
    const ovs = new Ovs(namespace, directory);
    mkdirSync(directory);
    await namespace.run('ovsdb-tool', 'create', join(directory, 'conf.db'), SCHEMA);
    const socket = join(directory, 'db');
    await ovs.#programs.listening(
      socket,
      ...ovs.#command('ovsdb-server', join(directory, 'conf.db'), `--remote=punix:${socket}`),
    );
    await ovs.#vsctl('--no-wait', 'init');
    ovs.#programs.start(...ovs.#command('ovs-vswitchd', `unix:${socket}`));
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
    await this.#programs.stop('SIGTERM');
  }

  async #vsctl(...args: string[]): Promise<string> {
    return await this.#namespace.run(
      ...['ovs-vsctl', '--timeout=15', `--db=unix:${join(this.#directory, 'db')}`, ...args],
    );
  }

  #command(name: string, ...args: string[]): readonly string[] {
    const file = (suffix: string): string => join(this.#directory, `${name}.${suffix}`);
    return [
      ...['env', `OVS_RUNDIR=${this.#directory}`, name, ...args, '--no-chdir'],
      ...[`--unixctl=${file('ctl')}`, `--pidfile=${file('pid')}`, `--log-file=${file('log')}`],
    ];
  }
}
