/**
 * Looks at everything that leaves by any WAN of either gateway, for what should be inside of a tunnel.
 *
 * Always holds: it looks in the middle, where the devices are that nobody unplugs from it; each port has
 * shown a packet of the kind that is looked for before the gateways start, or there is an error.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import { eventually } from '../gateway-under-test.ts';
import { outsideAddress } from '../site-files.ts';
import { portOf, SIDES, WANS } from './net.ts';
import type { ChaosNet } from './net.ts';

/** Where nobody is; stands for a prefix of a peer to prove that the capture sees one. */
const WITNESS = '198.51.100.99';

const INSIDE = [
  '(ip and (net 10.10.0.0/16 or net 10.20.0.0/16))',
  '(ip6 and (net 2001:db8:10::/48 or net 2001:db8:20::/48))',
  `(ip and host ${WITNESS})`,
].join(' or ');

export class ClearCapture {
  readonly #clear: Tcpdump;
  readonly #tunnels: Tcpdump;

  private constructor(clear: Tcpdump, tunnels: Tcpdump) {
    this.#clear = clear;
    this.#tunnels = tunnels;
  }

  /** Before the gateways are started: it sets addresses for a moment. */
  static async start(net: ChaosNet): Promise<ClearCapture> {
    const clear = new Tcpdump(net, ['-l', '-tt', INSIDE]);
    const tunnels = new Tcpdump(net, ['-w', '/dev/null', 'udp port 4789']);
    net.onRemove(() => {
      clear.end();
      tunnels.end();
    });
    await clear.listens();
    await tunnels.listens();
    const capture = new ClearCapture(clear, tunnels);
    await capture.#prove(net);
    return capture;
  }

  /** Packets in clear so far, as tcpdump prints them, each with the port where it was seen first. */
  packets(): readonly string[] {
    return this.#clear.lines().filter((line) => !line.includes(WITNESS));
  }

  /** Packets of tunnels, at the end. */
  async end(): Promise<number> {
    this.#clear.end();
    this.#tunnels.end();
    return await this.#tunnels.captured();
  }

  async #prove(net: ChaosNet): Promise<void> {
    for (const side of SIDES) {
      for (const wan of WANS) {
        const name = `wan${wan}`;
        const { namespace } = net[side];
        const own = `${outsideAddress(side, wan, 'ipv4')}/30`;
        await namespace.ip(
          `address replace ${own} dev ${name}`,
          `route add ${WITNESS} dev ${name}`,
          `neighbour replace ${WITNESS} lladdr 02:00:00:00:00:99 dev ${name} nud permanent`,
        );
        await eventually(`${side}'s ${name} is captured`, async () => {
          await namespace.run('ping', '-c1', '-W0.1', WITNESS).catch(() => undefined);
          const port = new RegExp(`\\b${portOf(side, wan)}\\s+(?:In|P)\\b`);
          return this.#clear.lines().some((line) => line.includes(WITNESS) && port.test(line));
        });
        await namespace.ip(
          `neighbour delete ${WITNESS} dev ${name}`,
          `route delete ${WITNESS} dev ${name}`,
          `address delete ${own} dev ${name}`,
        );
        await net.manage(side, wan);
      }
    }
  }
}

class Tcpdump {
  readonly #process: ChildProcess;
  #printed = '';
  #said = '';

  constructor(net: ChaosNet, words: readonly string[]) {
    const [program, ...prefix] = net.middle.prefix;
    const child = spawn(program, [...prefix, 'tcpdump', '-n', '-i', 'any', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#printed += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#process = child;
  }

  async listens(): Promise<void> {
    await eventually('tcpdump listens', async () => this.#said.includes('listening on'));
  }

  lines(): readonly string[] {
    return this.#printed.split('\n').filter((line) => /\bIP6? /.test(line));
  }

  end(): void {
    this.#process.kill('SIGINT');
  }

  async captured(): Promise<number> {
    const ended = /(\d+) packets? captured/;
    return await eventually('tcpdump ends', async () => {
      const count = ended.exec(this.#said)?.[1];
      return count === undefined ? undefined : Number(count);
    });
  }
}
