/**
 * What HAProxy's control socket says of itself (`show stat`, its management guide section 9.1); pure.
 *
 * Always holds: fields are found by their name in the header, so a version with more of them does no
 * harm; what is not understood is absent.
 */

export interface ProxyFigures {
  /** Connections of LAN hosts now, and since it was started. */
  readonly connections: number;
  readonly total: number;
  /** Connections for which peers' proxies use ours now. */
  readonly forPeers: number;
  /** By name of the backend: whether the peer's proxy answers. */
  readonly twins: ReadonlyMap<string, boolean>;
}

export function parseProxyFigures(csv: string): ProxyFigures {
  const [head = '', ...lines] = csv.split('\n').filter((line) => line !== '');
  const names = head.replace(/^# /, '').split(',');
  const rows = lines.map((line) => {
    const values = line.split(',');
    return (name: string): string => values[names.indexOf(name)] ?? '';
  });
  const frontend = (name: string) =>
    rows.find((row) => row('pxname') === name && row('svname') === 'FRONTEND');
  const count = (name: string, field: string): number => Number(frontend(name)?.(field) ?? 0);
  return {
    connections: count('lan', 'scur'),
    total: count('lan', 'stot'),
    forPeers: count('twin', 'scur'),
    twins: new Map(
      rows
        .filter((row) => row('svname') === 'twin')
        .map((row) => [row('pxname'), row('status').startsWith('UP')]),
    ),
  };
}
