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
}

/** A port is used once: the talker of a test that failed may still have it. */
let nextPort = 7000;
/** Whatever is on its way has arrived. */
const SETTLE_MS = 300;

export class Conversation {
  readonly #branch: Talker;
  readonly #hub: Talker;

  private constructor(branch: Talker, hub: Talker) {
    this.#branch = branch;
    this.#hub = hub;
  }

  /** Begins at once. */
  static async start(
    two: TwoGateways,
    { wans, rate, family = 'ipv4', protocol = 'tcp' }: ConversationOptions,
  ): Promise<Conversation> {
    const flows = wans.map((wan) => ({
      local: hostAddress('branch', wan, family),
      remote: hostAddress('hub', wan, family),
      port: nextPort++,
      rate,
    }));
    if (protocol === 'tcp') {
      const ports = flows.map(({ port }) => port);
      await Promise.all([two.branchHost, two.hubHost].map((host) => disguise(host, ports)));
    }
    const back = flows.map((flow) => ({ ...flow, local: flow.remote, remote: flow.local }));
    const talkers = [new Talker(two.branchHost, flows), new Talker(two.hubHost, back)] as const;
    // Also when the test that listens fails first.
    two.onRemove(() => {
      for (const talker of talkers) talker.end();
    });
    for (const talker of talkers) await talker.line();
    for (const talker of talkers) talker.say('go');
    return new Conversation(...talkers);
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

function loss(from: Heard, to: Heard): Loss {
  return {
    sent: from.sent,
    lost: from.sent - to.received - to.droppedHere,
    silence: to.silence,
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
