/** What is reported of each object of a web page, and of the whole load. */

import { toSeconds } from './monotonic.ts';
import type { MptcpState } from './mptcp-state.ts';
import { inMs, quantiles, type Quantiles } from './quantiles.ts';
import type { WebObjectReport, WebSummary } from './report.ts';
import type { Fetched } from './web-fetch.ts';
import type { WebPage } from './web-page.ts';

export function objectReport(
  transfer: string,
  { object, ...fetched }: Fetched,
  connection: number | null,
): WebObjectReport {
  return { event: 'object', transfer, path: object.path, ...fetched, connection };
}

export type WebParts = {
  readonly transfer: string;
  readonly page: WebPage;
  /** In the order in which they were settled, the HTML at least. */
  readonly fetched: readonly Fetched[];
  readonly connections: MptcpState[];
  readonly cpu: NodeJS.CpuUsage;
};

export function webSummary({ transfer, page, fetched, connections, cpu }: WebParts): WebSummary {
  const arrived = fetched.filter(({ error }) => error === null);
  const startNs = Math.min(...fetched.map(({ askedNs }) => askedNs));
  const endNs = Math.max(startNs, ...arrived.map(({ lastByteNs }) => lastByteNs ?? startNs));
  return {
    event: 'summary',
    kind: 'web',
    transfer,
    complete: arrived.length === page.length,
    objects: arrived.length,
    failed: fetched.length - arrived.length,
    neverAsked: page.length - fetched.length,
    bytes: arrived.reduce((sum, { bytes }) => sum + bytes, 0),
    startNs,
    seconds: toSeconds(endNs - startNs),
    loadMs: took(arrived, 'askedNs'),
    fetchMs: took(arrived, 'sentNs'),
    connections,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

/** From then to the last byte; null if nothing arrived. */
function took(arrived: readonly Fetched[], from: 'askedNs' | 'sentNs'): Quantiles | null {
  const times = arrived.flatMap((object) => {
    const { [from]: begin, lastByteNs } = object;
    return begin === null || lastByteNs === null ? [] : [lastByteNs - begin];
  });
  return times.length === 0 ? null : inMs(quantiles(Float64Array.from(times)));
}
