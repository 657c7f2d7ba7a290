/**
 * The MPTCP subflows of a namespace, as `ss` lists them, and which of them carries the data: a light
 * stream rides on one subflow only, and to feel a failure one must cut the WAN under that one.
 */

import { execa } from 'execa';
import { inNamespace } from './namespace-command.ts';

export type Subflow = {
  /** Names the connection in this namespace; all its subflows have it in common. */
  readonly token: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly state: string;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly backup: boolean;
};

export async function listSubflows(namespace: string | undefined): Promise<Subflow[]> {
  const [file, ...args] = inNamespace(namespace, ['ss', '-tniHO']);
  const { stdout } = await execa(file, args);
  return parseSubflows(stdout);
}

/** Output of `ss -tniHO`; plain TCP connections are left out. */
export function parseSubflows(text: string): Subflow[] {
  return text.split('\n').flatMap((line) => {
    const [state, , , local, remote] = line.trim().split(/\s+/);
    const mptcp = /tcp-ulp-mptcp\s+flags:(\S*)\s+token:\S+\/([0-9a-f]+)\(/.exec(line);
    const from = parseEndpoint(local);
    const to = parseEndpoint(remote);
    if (state === undefined || mptcp === null || from === undefined || to === undefined) return [];
    const [, flags = '', token = ''] = mptcp;
    return {
      token,
      localAddress: from.address,
      localPort: from.port,
      remoteAddress: to.address,
      remotePort: to.port,
      state,
      bytesSent: counter(line, 'bytes_sent'),
      bytesReceived: counter(line, 'bytes_received'),
      // B: announced by us, b: by the peer.
      backup: /b/i.test(flags),
    };
  });
}

/** The subflow over which most data went between two listings; undefined if none did. */
export function busiestSubflow(
  before: readonly Subflow[],
  after: readonly Subflow[],
): Subflow | undefined {
  const known = new Map(before.map((subflow) => [key(subflow), subflow]));
  const growth = (subflow: Subflow): number => {
    const earlier = known.get(key(subflow));
    return (
      subflow.bytesSent +
      subflow.bytesReceived -
      (earlier === undefined ? 0 : earlier.bytesSent + earlier.bytesReceived)
    );
  };
  const [busiest] = after
    .filter((subflow) => growth(subflow) > 0)
    .sort((a, b) => growth(b) - growth(a));
  return busiest;
}

function key(subflow: Subflow): string {
  const { token, localAddress, localPort, remoteAddress, remotePort } = subflow;
  return [token, localAddress, localPort, remoteAddress, remotePort].join(' ');
}

/** `10.0.0.1%eth0:80`, `[::ffff:10.0.0.1]:80`, `[fd00::1]:80`, without device and mapping. */
function parseEndpoint(text: string | undefined): { address: string; port: number } | undefined {
  const match = /^\[?(?:::ffff:(?=\d+\.))?([0-9a-f.:]+?)(?:%[^\]:]+)?\]?(?:%[^:]+)?:(\d+)$/i.exec(
    text ?? '',
  );
  const address = match?.[1];
  return address === undefined ? undefined : { address, port: Number(match?.[2]) };
}

function counter(line: string, name: string): number {
  return Number(new RegExp(`\\b${name}:(\\d+)`).exec(line)?.[1] ?? 0);
}
