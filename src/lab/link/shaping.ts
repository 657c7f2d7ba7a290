/**
 * Shaping: the tc arguments that give one interface's egress a rate and a queue. Pure.
 *
 * TBF holds the rate; under it is the queue of the line, limited in bytes (that is: in time):
 * - `priority`: what carries DSCP CS6 or CS7 goes first. This is what keeps BFD alive when the line
 *   is full, if the modem is a good one.
 * - `fifo`: one queue for all, as in many modems.
 *
 * Why not pfifo_fast under TBF, though it is smaller: in a router it sees no CS6 (rt_tos2priority
 * reads the old TOS bits only, and CS6 has none of them; measured: CS6 waited 11 ms of 11), and it
 * counts packets, so its limit means 75 kB of single packets or 3 MB of segmentation bundles. Two HTB
 * classes that never shape, told apart by a u32 filter, do both right.
 *
 * Always: a burst is large enough for one packet of the MTU and, from 250 Mb/s, for one whole
 * bundle of 64 kB: TBF splits what is larger than its burst, which costs a core at 1 Gb/s but
 * is wanted at low rates, where a bundle would block the line for tens of milliseconds.
 * Measured (DESIGN number 13): 32 kB at 100 Mb/s and 256 kB at 1 Gb/s hold the rate in 100 ms.
 */
import { formatRate, type BitsPerSecond } from '../../net/rate.ts';
import type { Milliseconds } from '../../net/duration.ts';
import type { Command } from './command.ts';

export type QueueKind = 'priority' | 'fifo';

export interface Shape {
  /** Absent: as fast as the machine can. */
  readonly rate?: BitsPerSecond;
  readonly queue: QueueKind;
  /** How long a full queue takes to drain; absent: by rate, see queueTime(). */
  readonly latency?: Milliseconds;
}

/** Where on the interface the shaper hangs: at the root, or below netem. */
export type ShaperParent = 'root' | 'netem';

const TBF_HANDLE = '10:';
const HTB_HANDLE = '20:';
const FIRST = { class: '20:1', leaf: '21:' } as const;
const REST = { class: '20:2', leaf: '22:' } as const;
/** Room for BFD and its like; more CS6 than this is no control traffic. */
const FIRST_LIMIT_BYTES = 64 * 1024;

/** Bytes TBF may send at once after a pause: 2.6 ms of the rate up to 100 Mb/s, 2.1 ms at 1 Gb/s. */
export function burstBytes(rate: BitsPerSecond): number {
  const bytes = rate <= 100e6 ? (rate * 2.62e-3) / 8 : 32_768 * (rate / 100e6) ** Math.log10(8);
  // Two packets at least; and 1 MB is 0.8 ms at 10 Gb/s, well above what a timer is late.
  return Math.round(Math.min(Math.max(bytes, 4096), 1024 * 1024));
}

/**
 * How long the queue is: 50 ms up to 100 Mb/s, 20 ms from 1 Gb/s, between them on a logarithmic
 * scale; on slow lines as long as 20 full packets take, without which TCP cannot fill them.
 */
export function queueTime(rate: BitsPerSecond): Milliseconds {
  const decades = Math.min(Math.max(Math.log10(rate / 100e6), 0), 1);
  const time = 50 * 0.4 ** decades;
  return Math.ceil(Math.max(time, (20 * 1514 * 8 * 1000) / rate));
}

export function queueBytes(rate: BitsPerSecond, latency: Milliseconds): number {
  return Math.ceil((rate * latency) / 8000);
}

/** Shapes an interface that has no shaper yet. */
export function addShaper(
  namespace: string,
  device: string,
  shape: Shape,
  parent: ShaperParent = 'root',
): Command[] {
  if (shape.rate === undefined) return [];
  const { rate, queue } = shape;
  const latency = shape.latency ?? queueTime(rate);
  const tc = tcIn(namespace);
  const tbf = tc('qdisc', 'add', device, place(parent), tbfArguments(rate, latency));
  if (queue === 'fifo') return [tbf];
  return [
    tbf,
    tc('qdisc', 'add', device, ['parent', '10:1', 'handle', HTB_HANDLE], ['htb', 'default', '2']),
    ...[FIRST, REST].map((band, priority) =>
      tc(
        'class',
        'add',
        device,
        ['parent', HTB_HANDLE, 'classid', band.class],
        neverShaping(priority),
      ),
    ),
    tc('qdisc', 'add', device, ...leaf(FIRST, FIRST_LIMIT_BYTES)),
    tc('qdisc', 'add', device, ...leaf(REST, queueBytes(rate, latency))),
    // CS6 and CS7 are what has both upper bits of the traffic class set.
    tc(
      'filter',
      'add',
      device,
      ['parent', HTB_HANDLE, 'protocol', 'ip', 'prio', '1'],
      [...['u32', 'match', 'ip', 'dsfield', '0xc0', '0xc0', 'flowid', FIRST.class]],
    ),
    tc(
      'filter',
      'add',
      device,
      ['parent', HTB_HANDLE, 'protocol', 'ipv6', 'prio', '2'],
      [...['u32', 'match', 'ip6', 'priority', '0xc0', '0xc0', 'flowid', FIRST.class]],
    ),
  ];
}

/** Gives a shaper that is there another rate; what is queued stays queued. */
export function changeRate(
  namespace: string,
  device: string,
  shape: Shape & { readonly rate: BitsPerSecond },
  parent: ShaperParent = 'root',
): Command[] {
  const latency = shape.latency ?? queueTime(shape.rate);
  const tc = tcIn(namespace);
  const tbf = tc('qdisc', 'change', device, place(parent), tbfArguments(shape.rate, latency));
  if (shape.queue === 'fifo') return [tbf];
  return [tbf, tc('qdisc', 'change', device, ...leaf(REST, queueBytes(shape.rate, latency)))];
}

function place(parent: ShaperParent): readonly string[] {
  return parent === 'root'
    ? ['root', 'handle', TBF_HANDLE]
    : ['parent', '1:1', 'handle', TBF_HANDLE];
}

function tbfArguments(rate: BitsPerSecond, latency: Milliseconds): readonly string[] {
  return [
    'tbf',
    'rate',
    formatRate(rate),
    'burst',
    `${burstBytes(rate)}b`,
    'latency',
    `${latency}ms`,
  ];
}

/** An HTB class with tokens to spare, so that only its priority counts. */
function neverShaping(priority: number): readonly string[] {
  const tokens = ['burst', '1mb', 'cburst', '1mb', 'quantum', '60000'];
  return ['htb', 'rate', '40gbit', 'prio', String(priority), ...tokens];
}

function leaf(
  band: typeof FIRST | typeof REST,
  bytes: number,
): [where: readonly string[], what: readonly string[]] {
  return [
    ['parent', band.class, 'handle', band.leaf],
    ['bfifo', 'limit', String(bytes)],
  ];
}

function tcIn(namespace: string) {
  return (
    object: string,
    verb: string,
    device: string,
    where: readonly string[],
    what: readonly string[],
  ): Command => ({ argv: ['tc', '-n', namespace, object, verb, 'dev', device, ...where, ...what] });
}
