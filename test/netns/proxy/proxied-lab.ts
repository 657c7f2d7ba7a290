/** A lab whose gateways have proxies, and what tests ask of it. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { labUp } from '../../../src/lab/lab.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { launch } from '../../../src/lab/traffic/launch.ts';
import type { Child, Protocol } from '../../../src/lab/traffic/launch.ts';
import type { ProxyStatus, Status } from '../../../src/observe/status.ts';
import { parseInterfaceCounters } from '../../../src/system/interface-counters.ts';
import { labName, leftOf, ROOT, until } from '../lab/lab-of-test.ts';
import type { ServerSaw } from './endings.ts';

const EXAMPLE = join(ROOT, 'examples/lab');

export class ProxiedLab {
  readonly lab: Lab;
  readonly directory: string;

  private constructor(lab: Lab, directory: string) {
    this.lab = lab;
    this.directory = directory;
  }

  static async create(suffix: string): Promise<ProxiedLab> {
    const directory = mkdtempSync(join(tmpdir(), 'wamptcp-proxy-'));
    cpSync(join(EXAMPLE, 'proxy'), join(directory, 'proxy'), { recursive: true });
    cpSync(join(EXAMPLE, 'proxy.yaml'), join(directory, 'proxy.yaml'));
    const lab = await labUp(join(directory, 'proxy.yaml'), { name: labName(suffix) });
    return new ProxiedLab(lab, directory);
  }

  async remove(): Promise<void> {
    await this.lab.down();
    rmSync(this.directory, { recursive: true });
    assert.deepEqual(leftOf(this.lab.name), []);
  }

  namespace(node: string): string {
    return this.lab.namespace(node);
  }

  async status(gateway: string): Promise<Status> {
    const { stdout, stderr, exitCode } = await this.lab.wamptcp(gateway, ['status', '--json']);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as Status;
  }

  async proxy(gateway: string): Promise<ProxyStatus> {
    const { proxy } = await this.status(gateway);
    assert.ok(proxy);
    return proxy;
  }

  /** The daemon and its proxy; returns when both are gone. */
  async killAll(gateway: string): Promise<void> {
    const { pid } = await this.proxy(gateway);
    await this.lab.stopGateway(gateway, 'SIGKILL');
    process.kill(pid!, 'SIGKILL');
    await until('the proxy is gone', async () => !existsSync(`/proc/${pid!}`));
  }

  async start(gateway: string): Promise<void> {
    await this.lab.startGateway(gateway);
    await this.lab.waitForPaths();
  }

  /** Applies the gateway's file with these words in place of others. */
  async apply(gateway: string, change: (text: string) => string): Promise<void> {
    const file = join(this.directory, 'proxy', `${gateway}.yaml`);
    const changed = join(this.directory, `${gateway}-changed.yaml`);
    writeFileSync(changed, change(readFileSync(file, 'utf8')));
    const { exitCode, stderr } = await this.lab.wamptcp(gateway, ['apply', '-c', changed]);
    assert.equal(exitCode, 0, stderr);
  }

  /** How much of what the branch received and sent by its tunnels each of them carried, while `work` ran. */
  async sharesDuring(work: () => Promise<void>): Promise<readonly number[]> {
    const before = await this.#tunnelBytes();
    await work();
    const after = await this.#tunnelBytes();
    const bytes = after.map((value, index) => value - (before[index] ?? 0));
    const sum = bytes.reduce((one, other) => one + other, 0);
    return bytes.map((value) => value / sum);
  }

  async #tunnelBytes(): Promise<readonly number[]> {
    const { stdout } = await this.lab.exec('branch', ['cat', '/proc/net/dev']);
    const counters = parseInterfaceCounters(stdout);
    return [...counters]
      .filter(([name]) => name.startsWith('wt'))
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([, { receivedBytes, sentBytes }]) => receivedBytes + sentBytes);
  }

  /** A server of ./endings-server.ts on a host. */
  async serve(node: string, port: number, protocol: Protocol): Promise<EndingsServer> {
    const program = join(import.meta.dirname, 'endings-server.ts');
    const child = launch({
      namespace: this.namespace(node),
      command: [process.execPath, '--disable-warning=ExperimentalWarning', program, String(port)],
      protocol,
    });
    const server = new EndingsServer(child);
    await server.next('listening');
    return server;
  }
}

export class EndingsServer {
  readonly #child: Child;
  #read = 0;

  constructor(child: Child) {
    this.#child = child;
  }

  /** What it saw of the next connection of this kind that has ended. */
  async next(kind: string): Promise<ServerSaw> {
    let index = 0;
    for await (const line of this.#child.lines) {
      index += 1;
      if (index <= this.#read) continue;
      this.#read = index;
      const saw = JSON.parse(line) as ServerSaw;
      if (saw.kind === kind) return saw;
    }
    throw new Error(`the server ended: ${(await this.#child.exited).stderr}`);
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}
