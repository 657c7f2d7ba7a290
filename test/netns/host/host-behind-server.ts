/**
 * A host with its real client, with the host script or with nothing of ours, on a cable to a server
 * that has it renew its lease every few seconds.
 *
 * Always holds: removed by name and pid, also when the test failed.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';

import { CLIENTS } from '../../../src/lab/client/clients.ts';
import type { ClientPlan, MovingClient } from '../../../src/lab/client/client-plan.ts';
import { roomScript } from '../../../src/lab/client/room.ts';
import { branch } from '../../support/site.ts';
import { Namespace } from '../gateway/namespace.ts';
import { until } from '../lab/lab-of-test.ts';

/** Seconds after which a client renews, and after which it asks any server. */
const RENEWAL = [4, 60] as const;
const MOST_WANS = 4;

export interface Circumstances {
  /** What runs on the host; default: its client as in labs, for both families. */
  readonly client?: ClientPlan;
  /** Whether `host/install` is run there; default: yes. */
  readonly installed?: boolean;
  /** What the IPv6 prefixes of the WANs begin with; default: as private ones do. */
  readonly prefixes?: string;
  /** Whether IPv6 addresses come by DHCPv6 instead of by advertisement alone; default: no. */
  readonly dhcp6?: boolean;
  /** What the host calls its card; default: eth0. */
  readonly card?: string;
}

export class HostBehindServer {
  /** An address of the server that is behind its router, as in the rest of the world. */
  static readonly SERVER = '2001:db8:ffff::1';

  readonly #host: Namespace;
  readonly #gateway: Namespace;
  readonly #client: ClientPlan;
  readonly #prefixes: string;
  readonly #dhcp6: boolean;
  readonly #card: string;
  readonly #files = mkdtempSync(join(tmpdir(), 'wamptcp-host-'));
  #room: ChildProcess | undefined;
  #server: ChildProcess | undefined;

  private constructor(
    kind: MovingClient,
    host: Namespace,
    gateway: Namespace,
    { client, installed = true, prefixes = 'fd10:', dhcp6 = false, card = 'eth0' }: Circumstances,
  ) {
    this.#host = host;
    this.#gateway = gateway;
    this.#prefixes = prefixes;
    this.#dhcp6 = dhcp6;
    this.#card = card;
    this.#client = client ?? CLIENTS[kind]({ interface: card, family: 'both', dhcp6 });
    this.#room = this.#open(kind, installed);
  }

  /** With a server that knows so many WANs. */
  static async create(
    kind: MovingClient,
    wans: number,
    circumstances: Circumstances = {},
  ): Promise<HostBehindServer> {
    const gateway = await Namespace.create(`server-${kind}`);
    // It would give itself addresses by its own advertisements.
    await gateway.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_ra=0');
    // Else it tells the host that it is no router.
    await gateway.run('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1');
    const host = await Namespace.create(kind);
    await gateway.ip(
      `link add eth0 type veth peer name ${circumstances.card ?? 'eth0'} netns ${host.name}`,
      'link set eth0 up',
      `address add ${HostBehindServer.SERVER} dev lo`,
    );
    const pair = new HostBehindServer(kind, host, gateway, circumstances);
    await pair.serve(wans);
    return pair;
  }

  /** The namespace of the host, and the one of the server. */
  get namespaces(): { readonly host: string; readonly server: string } {
    return { host: this.#host.name, server: this.#gateway.name };
  }

  /** The server goes on with another number of WANs. */
  async serve(wans: number): Promise<void> {
    const numbers = Array.from({ length: MOST_WANS }, (_, place) => place + 1);
    for (const number of numbers) {
      const word = number <= wans ? 'replace' : 'delete';
      for (const address of [`10.10.${number}.1/24`, `${this.#prefixes}${number}::1/64`]) {
        const argv = ['-n', this.#gateway.name, 'address', word, address, 'dev', 'eth0'];
        await execa('ip', argv, { reject: false });
      }
    }
    // Within five seconds it tells the host of prefixes that are gone; one that starts knows of none.
    const gone = numbers
      .filter((number) => number > wans)
      .map((number) => `${this.#prefixes}${number}:`);
    await until(`no address in ${gone.join(' ')}`, async () => {
      const addresses = await this.addresses('-6');
      return !addresses.some((address) => gone.some((start) => address.startsWith(start)));
    });
    this.#server?.kill('SIGKILL');
    const [program, ...prefix] = this.#gateway.prefix;
    this.#server = spawn(program, [...prefix, 'dnsmasq', ...this.#settings(numbers, wans)], {
      stdio: 'ignore',
    });
  }

  /** IPv4 and IPv6 addresses for use anywhere, sorted. */
  async addresses(family: '-4' | '-6'): Promise<readonly string[]> {
    const argv = ['-n', this.#host.name, family, '-o', 'address', 'show', 'scope', 'global'];
    const { stdout } = await execa('ip', argv);
    return lines(stdout)
      .filter((line) => !/ (deprecated|tentative)( |$)/.test(line))
      .map((line) => /inet6? ([^ /]+)/.exec(line)?.[1] ?? line)
      .sort();
  }

  /** The addresses that MPTCP uses, sorted. */
  async endpoints(): Promise<readonly string[]> {
    const { stdout } = await execa('ip', ['-n', this.#host.name, 'mptcp', 'endpoint', 'show']);
    return lines(stdout)
      .map((line) => line.split(' ')[0] ?? line)
      .sort();
  }

  async defaultRoute(): Promise<string> {
    const to = ['route', 'get', '198.51.100.1'];
    return (await execa('ip', ['-n', this.#host.name, ...to], { reject: false })).stdout;
  }

  /** Runs a line of shell where the client runs. */
  async shell(line: string): Promise<void> {
    const where = ['--target', String(this.#room?.pid), '--mount', '--net', '--'];
    await execa('nsenter', [...where, 'sh', '-c', line], { stdin: 'ignore' });
  }

  /** Runs a program where the server is. */
  async onServer(...argv: string[]): Promise<void> {
    await this.#gateway.run(...argv);
  }

  /** The client gives its lease back. */
  async release(): Promise<void> {
    await this.shell(this.#client.release);
  }

  async remove(): Promise<void> {
    for (const namespace of [this.#host, this.#gateway]) {
      await namespace.endProcesses();
      await namespace.remove();
    }
    this.#room?.kill('SIGKILL');
    rmSync(this.#files, { recursive: true });
  }

  #open(kind: MovingClient, installed: boolean): ChildProcess {
    mkdirSync(join(this.#files, 'tree'));
    const node = {
      name: kind,
      namespace: this.#host.name,
      site: 'branch',
      addresses: [],
      routers: {},
      owns: [],
      profile: installed ? branch(2).host : null,
      endpoints: 'subflow',
      client: kind,
      family: 'both',
      dhcp6: this.#dhcp6,
      expects: [],
    } as const;
    const script = join(this.#files, 'room.sh');
    const text = roomScript(node, this.#client, this.#files);
    writeFileSync(script, text.replaceAll(/\beth0\b/g, this.#card));
    const [program, ...prefix] = this.#host.prefix;
    return spawn(program, [...prefix, 'unshare', '--mount', 'sh', script], { stdio: 'ignore' });
  }

  #settings(numbers: readonly number[], wans: number): readonly string[] {
    return [
      ...['conf-file=/dev/null', 'keep-in-foreground', 'port=0', 'no-ping', 'dhcp-authoritative'],
      ...['bind-dynamic', 'interface=eth0', 'user=root', 'pid-file='],
      `dhcp-leasefile=${join(this.#files, 'leases')}`,
      `dhcp-option-force=224,${wans}`,
      ...RENEWAL.map((seconds, place) => `dhcp-option=${58 + place},${seconds}`),
      'dhcp-range=10.10.1.10,10.10.1.200,1h',
      ...numbers.slice(1).flatMap((number) => [
        `dhcp-match=set:w${number},224,${number}`,
        // dhcpcd's, which sends no option 224.
        `dhcp-vendorclass=set:w${number},wamptcp-${number}`,
        number <= wans
          ? `dhcp-range=tag:w${number},10.10.${number}.10,10.10.${number}.200,1h`
          : `dhcp-ignore=tag:w${number}`,
      ]),
      'enable-ra',
      this.#dhcp6
        ? 'dhcp-range=::1000,::ffff:ffff,constructor:eth0,64,1h'
        : 'dhcp-range=::,constructor:eth0,ra-only,64,1h',
    ].map((setting) => `--${setting}`);
  }
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
