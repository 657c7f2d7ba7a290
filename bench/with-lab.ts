/** A lab for the time of one measurement; gone afterwards, however it ends. */
import { once } from 'node:events';

import { WamptcpError } from '../src/lib/errors.ts';
import { labUp } from '../src/lab/lab.ts';
import type { Lab } from '../src/lab/lab.ts';
import type { TwoSites } from '../src/lab/testbed/two-sites.ts';
import { writeSites } from '../src/lab/testbed/write-sites.ts';
import type { WrittenSites } from '../src/lab/testbed/write-sites.ts';

/** The lab's name matters only where two are compared. */
export type BenchSites = Omit<TwoSites, 'lab'> & Partial<Pick<TwoSites, 'lab'>>;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @throws WamptcpError INTERRUPTED by Ctrl-C, when the lab is gone. */
export async function withLab<T>(
  sites: BenchSites,
  work: (lab: Lab, written: WrittenSites) => Promise<T>,
): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    interruption.abort();
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  const written = await writeSites({ lab: 'bench', ...sites });
  try {
    const stop = interruption.signal;
    const lab = await labUp(written.topology, { replace: true, stop });
    try {
      await lab.prepareFaults();
      return await Promise.race([work(lab, written), interrupted(stop)]);
    } finally {
      await lab.down();
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    await written.remove();
  }
}

async function interrupted(stop: AbortSignal): Promise<never> {
  if (!stop.aborted) await once(stop, 'abort');
  throw new WamptcpError('INTERRUPTED', 'interrupted', { advice: 'Its lab is gone.' });
}
