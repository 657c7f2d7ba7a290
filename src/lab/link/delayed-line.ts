/**
 * One line inside the delay line's thread: a netlink socket, and per direction what is held.
 *
 * Always: packets count from the moment we received them; a direction without loss takes bundles
 * whole, one with loss takes single packets, and changing between them loses nothing.
 */
import type { Milliseconds } from '../../net/duration.ts';
import type { DirectionStatistics, LineStatistics } from './delay-protocol.ts';
import { DIRECTIONS, type Direction } from './direction.ts';
import { HeldPackets, type Delaying, type Emit } from './held-packets.ts';
import type { MessageHandler } from './nfqueue-message.ts';
import { namespaceIdentity, NfqueueSocket } from './nfqueue-socket.ts';

/** A second of 1 Gb/s in full-size packets, and some. */
const MAXIMUM_LENGTH = 200_000;
/** Then what is due must leave, and other lines must have their turn. */
const BATCHES_IN_A_ROW = 4;
interface Lane {
  readonly queue: number;
  readonly held: HeldPackets;
  readonly emit: Emit;
  how: Delaying;
  packets: number;
  lost: number;
  releases: number;
  lateSum: number;
  lateWorst: number;
}

export class DelayedLine implements MessageHandler {
  readonly namespace: string;
  readonly #identity: number;
  readonly #socket: NfqueueSocket;
  readonly #lanes: Record<Direction, Lane>;
  #now: Milliseconds = 0;

  constructor(namespace: string, queues: Readonly<Record<Direction, number>>) {
    this.namespace = namespace;
    this.#identity = namespaceIdentity(namespace);
    const socket = new NfqueueSocket(namespace);
    this.#socket = socket;
    this.#lanes = { up: newLane(queues.up, socket), down: newLane(queues.down, socket) };
    try {
      for (const direction of DIRECTIONS) {
        const { queue } = this.#lanes[direction];
        this.#socket.bind(queue, { maximumLength: MAXIMUM_LENGTH, bundles: true }, this);
      }
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  /** False when the namespace was deleted, even if there is a new one of that name. */
  get isCurrent(): boolean {
    return this.#identity === namespaceIdentity(this.namespace);
  }

  get fd(): number {
    return this.#socket.fd;
  }

  get nextDue(): Milliseconds {
    return Math.min(this.#lanes.up.held.nextDue, this.#lanes.down.held.nextDue);
  }

  set(direction: Direction, how: Delaying): void {
    const lane = this.#lanes[direction];
    if (how.loss > 0 !== lane.how.loss > 0) {
      this.#now = performance.now();
      this.#socket.change(
        lane.queue,
        { maximumLength: MAXIMUM_LENGTH, bundles: how.loss === 0 },
        this,
      );
    }
    lane.how = how;
  }

  receive(now: Milliseconds): void {
    this.#now = now;
    let batches = 0;
    while (this.#socket.receive(this) && ++batches < BATCHES_IN_A_ROW);
  }

  packet(queue: number, id: number): void {
    const lane = queue === this.#lanes.up.queue ? this.#lanes.up : this.#lanes.down;
    lane.packets++;
    lane.held.push(id, this.#now, lane.how);
  }

  acknowledged(): void {
    // Only configuration is answered, and who sends it waits for it.
  }

  /** Lets go of all that is due at most `early` after now. */
  release(now: Milliseconds, early: Milliseconds): void {
    this.#release(this.#lanes.up, now, early);
    this.#release(this.#lanes.down, now, early);
    this.#socket.flush();
  }

  #release(lane: Lane, now: Milliseconds, early: Milliseconds): void {
    const due = lane.held.nextDue;
    if (due > now + early) return;
    const late = now - due;
    lane.releases++;
    lane.lateSum += late;
    if (late > lane.lateWorst) lane.lateWorst = late;
    lane.lost += lane.held.release(now + early, lane.emit);
  }

  statistics(): LineStatistics {
    return {
      namespace: this.namespace,
      up: takeStatistics(this.#lanes.up),
      down: takeStatistics(this.#lanes.down),
    };
  }

  close(): void {
    this.#socket.close();
  }
}

function newLane(queue: number, socket: NfqueueSocket): Lane {
  return {
    queue,
    held: new HeldPackets(),
    emit: (id, verdict, reach) => {
      socket.verdict(queue, id, verdict, reach);
    },
    how: { delay: 0, jitter: 0, loss: 0, reorder: false },
    packets: 0,
    lost: 0,
    releases: 0,
    lateSum: 0,
    lateWorst: 0,
  };
}

function takeStatistics(lane: Lane): DirectionStatistics {
  const statistics = {
    packets: lane.packets,
    lost: lane.lost,
    held: lane.held.length,
    lateMean: lane.releases === 0 ? 0 : lane.lateSum / lane.releases,
    lateWorst: lane.lateWorst,
  };
  lane.releases = 0;
  lane.lateSum = 0;
  lane.lateWorst = 0;
  return statistics;
}
