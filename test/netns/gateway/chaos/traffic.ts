/**
 * What the gateways carry meanwhile: four transfers whose SHA-256 is compared, MPTCP and TCP each way, and
 * a steady stream of datagrams.
 */
import { runBulk } from '../../../../src/lab/traffic/bulk-run.ts';
import type { BulkResult } from '../../../../src/lab/traffic/bulk-run.ts';
import { startServer } from '../../../../src/lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../../../../src/lab/traffic/traffic-server.ts';
import { Conversation } from '../conversation.ts';
import type { Losses } from '../conversation.ts';
import { hostAddress } from '../site-files.ts';
import { UNPROXIED_PORT } from './net.ts';
import type { ChaosNet, Wan } from './net.ts';

const TRANSFERS = (['mptcp', 'tcp'] as const).flatMap((protocol) =>
  (['download', 'upload'] as const).map((direction) => ({ protocol, direction })),
);

export interface Transfers {
  /** What is wrong with them, in words, when they have ended. */
  readonly wrong: Promise<readonly string[]>;
}

/** Datagrams a second, each way. */
const RATE = 100;

export class Traffic {
  readonly #net: ChaosNet;
  readonly #server: TrafficServer;
  readonly #stream: Conversation;

  private constructor(net: ChaosNet, server: TrafficServer, stream: Conversation) {
    this.#net = net;
    this.#server = server;
    this.#stream = stream;
  }

  static async start(net: ChaosNet): Promise<Traffic> {
    const server = await startServer({
      namespace: net.hubHost.name,
      protocol: 'mptcp',
      port: UNPROXIED_PORT,
    });
    net.onRemove(() => void server.stop());
    const stream = await Conversation.start(net, { wans: [1], rate: RATE, protocol: 'udp' });
    return new Traffic(net, server, stream);
  }

  /** The four, for so many seconds; fulfilled when they are connected. */
  async transfers(seconds: number, wan: Wan): Promise<Transfers> {
    const runs = TRANSFERS.map(({ protocol, direction }) => ({
      name: `${protocol} ${direction}`,
      run: runBulk({
        server: this.#server,
        host: hostAddress('hub', wan),
        from: hostAddress('branch', wan),
        namespace: this.#net.branchHost.name,
        ...{ protocol, direction, seconds, hash: true },
      }),
    }));
    await Promise.all(runs.map(({ run }) => run.connected));
    const wrong = Promise.all(
      runs.map(({ name, run }) =>
        run.result.then(
          (result) => whatIsWrong(name, result),
          (error: unknown) => [`${name}: ${String(error)}`],
        ),
      ),
    );
    return { wrong: wrong.then((texts) => texts.flat()) };
  }

  async end(): Promise<Losses> {
    const [losses] = await this.#stream.end();
    await this.#server.stop();
    if (losses === undefined) throw new Error('the stream has ended');
    return losses;
  }
}

function whatIsWrong(name: string, { intact, received, sent }: BulkResult): readonly string[] {
  if (!intact) {
    const bytes = sent.reduce((sum, one) => sum + one.bytes, 0);
    return [`${name}: broken: ${received.bytes} of ${bytes} bytes arrived`];
  }
  return received.bytes > 0 ? [] : [`${name}: nothing was transferred`];
}
