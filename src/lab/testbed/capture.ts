/**
 * Captures the connection that crosses the lines at both of its ends, headers only.
 *
 * Always holds: both ends capture when `startCapture` returns, and whatever has passed before `stop` is
 * in the files when that returns, or is counted as dropped.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { WamptcpError } from '../../lib/errors.ts';
import type { CapturePoint, Testbed } from '../mechanism/mechanism.ts';
import { launch } from '../traffic/launch.ts';
import type { Child } from '../traffic/launch.ts';

/** Ethernet or Linux "cooked", IPv6, TCP with all its options: at most 120. */
const BYTES_PER_PACKET = '128';
/** The kernel's, MiB: at 5 Gb/s about a second of a reader that is not there. */
const BUFFER_MIB = '64';
/** After which dumpcap has read what the kernel has: its own timeout is 250 ms. */
const FLUSH_MS = 600;

export interface CaptureFiles {
  /** pcapng. */
  readonly sender: string;
  readonly receiver: string;
}

export interface Captured extends CaptureFiles {
  /** Packets that the kernel had no room for, at both ends; 0 in a capture that can be trusted. */
  readonly dropped: number;
}

type Ends = Pick<Testbed, 'lab' | 'capture'>;

export interface RunningCapture {
  readonly files: CaptureFiles;
  stop(): Promise<Captured>;
}

/** @throws WamptcpError CAPTURE_FAILED */
export async function startCapture(testbed: Ends, directory: string): Promise<RunningCapture> {
  await mkdir(directory, { recursive: true });
  const files = {
    sender: join(directory, 'sender.pcapng'),
    receiver: join(directory, 'receiver.pcapng'),
  };
  const { sender, receiver } = testbed.capture;
  const started = await Promise.allSettled([
    startOne(testbed, sender, files.sender),
    startOne(testbed, receiver, files.receiver),
  ]);
  const ends = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const one of started) {
    if (one.status === 'fulfilled') continue;
    await Promise.all(ends.map(({ child }) => child.stop()));
    throw one.reason;
  }
  return {
    files,
    stop: async () => {
      await sleep(FLUSH_MS);
      const dropped = await Promise.all(ends.map(stopOne));
      return { ...files, dropped: dropped.reduce((sum, count) => sum + count, 0) };
    },
  };
}

interface End {
  readonly child: Child;
  readonly point: CapturePoint;
}

async function startOne(testbed: Ends, point: CapturePoint, file: string): Promise<End> {
  const dumpcap = [
    ...['dumpcap', '-q', '-i', point.interface, '-f', point.filter, '-w', file],
    ...['-s', BYTES_PER_PACKET, '-B', BUFFER_MIB],
  ];
  // It talks on standard error only.
  const child = launch({
    namespace: testbed.lab.namespace(point.node),
    command: ['sh', '-c', 'exec "$@" 2>&1', 'sh', ...dumpcap],
  });
  // Said when its sockets are open and its file is there.
  const begun = await child.lines.find((line): line is string => line.startsWith('File: '));
  if (begun !== undefined) return { child, point };
  throw failed(point, child);
}

async function stopOne({ child, point }: End): Promise<number> {
  await child.stop();
  const counted = child.lines.items
    .map((line) => /^Packets received\/dropped on interface .*: \d+\/(\d+) /.exec(line)?.[1])
    .find((count) => count !== undefined);
  if (counted === undefined) throw failed(point, child);
  return Number(counted);
}

function failed({ node, interface: name }: CapturePoint, child: Child): WamptcpError {
  const said = child.lines.items.join('\n');
  return new WamptcpError('CAPTURE_FAILED', `no capture at ${name} of ${node}:\n${said}`, {
    advice: 'It needs dumpcap, which `make setup` installs, and room for its file.',
  });
}
