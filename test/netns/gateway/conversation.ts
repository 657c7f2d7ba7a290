/**
 * Steady datagrams both ways between the two hosts, on one flow per WAN, and what was lost of it.
 *
 * Always holds: loss is counted by the network only (see `talker.ts`); the programs end with it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { disguise } from './as-tcp.ts';
import type { Namespace } from './namespace.ts';
import { hostAddress } from './site-files.ts';
import type { Flow, Heard } from './talker.ts';
import type { TwoGateways } from './two-gateways.ts';

export interface Loss {
  readonly sent: number;
  readonly lost: number;
  /** The longest pause at the receiver, milliseconds. */
  readonly silence: number;
  /** Median, milliseconds. */
  readonly delay: number;
}

/** Of one flow. */
export interface Losses {
  readonly toHub: Loss;
  readonly toBranch: Loss;
}

export interface ConversationOptions {
  /** Whose subnets speak, a flow each. */
  readonly wans: readonly number[];
  /** Packets a second. */
  readonly rate: number;
  readonly family?: 'ipv4' | 'ipv6';
  /** What the gateways take the packets for; TCP goes by the subnets. */
  readonly protocol?: 'tcp' | 'udp';
  /** Of each flow, at both ends; default: such as nobody had. */
  readonly ports?: readonly number[];
  /** That both hosts write on it, in nft's words. */
  readonly dscp?: string;
}

/** A port is used once: the talker of a test that failed may still have it. */
let nextPort = 7000;
/** Whatever is on its way has arrived. */
const SETTLE_MS = 300;

export class Conversation {
  /** Of each flow. */
  readonly ports: readonly number[];
  readonly #branch: Talker;
  readonly #hub: Talker;

  private constructor(branch: Talker, hub: Talker, ports: readonly number[]) {
    this.ports = ports;
    this.#branch = branch;
    this.#hub = hub;
  }

  /** Begins at once. */
  static async start(
    two: Pick<TwoGateways, 'branchHost' | 'hubHost' | 'onRemove'>,
    { wans, rate, family = 'ipv4', protocol = 'tcp', ports: chosen, dscp }: ConversationOptions,
  ): Promise<Conversation> {
    const flows = wans.map((wan, index) => ({
      local: hostAddress('branch', wan, family),
      remote: hostAddress('hub', wan, family),
      port: chosen?.[index] ?? nextPort++,
      rate,
    }));
    const ports = flows.map(({ port }) => port);
    const hosts = [two.branchHost, two.hubHost];
    if (protocol === 'tcp') await Promise.all(hosts.map((host) => disguise(host, ports)));
    if (dscp !== undefined) await Promise.all(hosts.map((host) => mark(host, ports, dscp)));
    const back = flows.map((flow) => ({ ...flow, local: flow.remote, remote: flow.local }));
    const talkers = [new Talker(two.branchHost, flows), new Talker(two.hubHost, back)] as const;
    // Also when the test that listens fails first.
    two.onRemove(() => {
      for (const talker of talkers) talker.end();
    });
    for (const talker of talkers) await talker.line();
    for (const talker of talkers) talker.say('go');
    return new Conversation(...talkers, ports);
  }

  /** Losses of each flow, in the order of `wans`. */
  async end(): Promise<readonly Losses[]> {
    const both = [this.#branch, this.#hub];
    try {
      for (const talker of both) talker.say('hush');
      await sleep(SETTLE_MS);
      for (const talker of both) talker.say('report');
      const [branch, hub] = (await Promise.all(both.map((talker) => talker.line()))).map(
        (line) => JSON.parse(line) as Heard[],
      );
      return branch!.map((there, index) => ({
        toHub: loss(there, hub![index]!),
        toBranch: loss(hub![index]!, there),
      }));
    } finally {
      for (const talker of both) talker.end();
    }
  }
}

/** From now on this host writes the DSCP on datagrams to these ports. */
async function mark(host: Namespace, ports: readonly number[], dscp: string): Promise<void> {
  const to = `udp dport { ${ports.join(', ')} }`;
  await host.nft(
    [
      'add table inet marks',
      'add chain inet marks send { type filter hook postrouting priority 0; }',
      ...['ip', 'ip6'].map((header) => `add rule inet marks send ${to} ${header} dscp set ${dscp}`),
      '',
    ].join('\n'),
  );
}

function loss(from: Heard, to: Heard): Loss {
  return {
    sent: from.sent,
    lost: from.sent - to.received - to.droppedHere,
    silence: to.silence,
    delay: to.delay,
  };
}

class Talker {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: AsyncIterator<string>;

  constructor(host: Namespace, flows: readonly Flow[]) {
    const [program, ...prefix] = host.prefix;
    const talker = spawn(
      program,
      [...prefix, process.execPath, join(import.meta.dirname, 'talker.ts'), JSON.stringify(flows)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    this.#process = talker;
    this.#lines = createInterface({ input: talker.stdout });
    this.#waiting = this.#lines[Symbol.asyncIterator]();
  }

  say(word: 'go' | 'hush' | 'report'): void {
    this.#process.stdin!.write(`${word}\n`);
  }

  async line(): Promise<string> {
    const next: IteratorResult<string, unknown> = await this.#waiting.next();
    if (next.done === true) throw new Error('the talker has ended');
    return next.value;
  }

  end(): void {
    this.#lines.close();
    this.#process.kill('SIGKILL');
  }
}
