/**
 * Impairment: delay, jitter and loss of lines, by whatever this machine's kernel can do.
 *
 * Always: decided once, when the lab is opened, by trying; `description` says how in one line.
 * Every call states the whole of a direction and may be repeated. Whoever opens the same lab later,
 * from another process, controls the same lines.
 */
import { WamptcpError } from '../../lib/errors.ts';
import { inNamespace, runCommand, runCommands, type Command } from './command.ts';
import { DelayLine } from './delay-line.ts';
import { QUEUE_OF, type DelayStatistics } from './delay-protocol.ts';
import { DIRECTIONS, type Direction } from './direction.ts';
import { isDelaying, type Delaying } from './held-packets.ts';
import { changeNetem, type ImpairmentKind } from './netem.ts';
import { EGRESS } from './wire.ts';

export interface Impairment {
  readonly kind: ImpairmentKind;
  readonly description: string;
  /** After the line is built. Also brings a line back whose delay line had died. */
  start(namespace: string, how: Readonly<Record<Direction, Delaying>>): Promise<void>;
  /** While the line runs; what is already under way keeps the delay it had. */
  set(namespace: string, direction: Direction, how: Delaying): Promise<void>;
  /** Before the line is removed. */
  stop(namespace: string): Promise<void>;
  /** When the last line is gone. */
  end(): Promise<void>;
  /** Hangs up and leaves everything running. */
  close(): void;
  /** What the delay line saw; undefined where none runs. */
  statistics(): Promise<DelayStatistics | undefined>;
}

/** `socketPath`: one per lab, such as /run/wamptcp/lab/NAME/delay.sock. */
export async function openImpairment(
  socketPath: string,
  kind?: ImpairmentKind,
): Promise<Impairment> {
  const line = new QueueImpairment(socketPath);
  const chosen = kind ?? ((await hasNetem()) ? 'netem' : 'delay-line');
  return chosen === 'netem' ? new NetemImpairment(line) : line;
}

async function hasNetem(): Promise<boolean> {
  const namespace = `wamptcp-probe-${process.pid}`;
  try {
    await runCommand({ argv: ['ip', 'netns', 'add', namespace] });
  } catch (cause) {
    throw new WamptcpError('LAB_NO_NAMESPACES', 'Network namespaces cannot be made here.', {
      cause,
      advice: 'Run it as root, on a kernel with CONFIG_NET_NS, and with iproute2 installed.',
    });
  }
  try {
    await runCommand({
      argv: ['tc', '-n', namespace, 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'],
    });
    return true;
  } catch {
    return false;
  } finally {
    await runCommand({ argv: ['ip', 'netns', 'delete', namespace] });
  }
}

class QueueImpairment implements Impairment {
  readonly kind = 'delay-line';
  readonly description =
    'links: the kernel has no netem; packets are held in netfilter queues by the delay line';
  readonly #line: DelayLine;

  constructor(socketPath: string) {
    this.#line = new DelayLine(socketPath);
  }

  async start(namespace: string, how: Readonly<Record<Direction, Delaying>>): Promise<void> {
    if (!DIRECTIONS.some((direction) => isDelaying(how[direction]))) return;
    await this.#attach(namespace);
    for (const direction of DIRECTIONS) await this.#line.set(namespace, direction, how[direction]);
  }

  async set(namespace: string, direction: Direction, how: Delaying): Promise<void> {
    await this.#attach(namespace);
    await this.#line.set(namespace, direction, how);
  }

  async stop(namespace: string): Promise<void> {
    await this.#line.detach(namespace);
  }

  async end(): Promise<void> {
    await this.#line.stop();
  }

  close(): void {
    this.#line.close();
  }

  async statistics(): Promise<DelayStatistics | undefined> {
    return this.#line.statistics();
  }

  /** Rules come after the queues: before, they would only let pass, and a failure leaves none. */
  async #attach(namespace: string): Promise<void> {
    if (await this.#line.attach(namespace)) await runCommands(queueRules(namespace));
  }
}

class NetemImpairment implements Impairment {
  readonly kind = 'netem';
  readonly description = 'links: delay by the kernel (netem), loss by the delay line';
  readonly #loss: QueueImpairment;

  constructor(loss: QueueImpairment) {
    this.#loss = loss;
  }

  /** The queue takes part only where single packets must be lost, which netem cannot do to bundles. */
  async start(namespace: string, how: Readonly<Record<Direction, Delaying>>): Promise<void> {
    const changes = DIRECTIONS.flatMap((direction) =>
      changeNetem(namespace, EGRESS[direction], how[direction]),
    );
    await runCommands(changes);
    await this.#loss.start(namespace, { up: onlyLoss(how.up), down: onlyLoss(how.down) });
  }

  async set(namespace: string, direction: Direction, how: Delaying): Promise<void> {
    await runCommands(changeNetem(namespace, EGRESS[direction], how));
    const before = await this.#loss.statistics();
    const queued = before?.lines.some((line) => line.namespace === namespace) ?? false;
    if (how.loss > 0 || queued) await this.#loss.set(namespace, direction, onlyLoss(how));
  }

  async stop(namespace: string): Promise<void> {
    await this.#loss.stop(namespace);
  }

  async end(): Promise<void> {
    await this.#loss.end();
  }

  close(): void {
    this.#loss.close();
  }

  async statistics(): Promise<DelayStatistics | undefined> {
    return this.#loss.statistics();
  }
}

function onlyLoss(how: Delaying): Delaying {
  return { delay: 0, jitter: 0, loss: how.loss, reorder: false };
}

/** The whole mangle table of a line, for both families: replaced in one step, so repeatable. */
export function queueRules(namespace: string): Command[] {
  const rule = (direction: Direction, match: string): string =>
    `-A FORWARD ${match} gw -j NFQUEUE --queue-num ${QUEUE_OF[direction]} --queue-bypass`;
  const table = ['*mangle', rule('up', '-i'), rule('down', '-o'), 'COMMIT', ''].join('\n');
  return ['iptables-restore', 'ip6tables-restore'].map((program) =>
    inNamespace(namespace, [program, '--table=mangle'], table),
  );
}
