/** A lab for the time of one measurement; gone afterwards, however it ends. */
import { once } from 'node:events';

import { WamptcpError } from '../src/lib/errors.ts';
import { labUp } from '../src/lab/lab.ts';
import type { Lab } from '../src/lab/lab.ts';
import { writeSites } from './two-sites.ts';
import type { TwoSites, WrittenSites } from './two-sites.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @throws WamptcpError INTERRUPTED by Ctrl-C, when the lab is gone. */
export async function withLab<T>(
  sites: TwoSites,
  work: (lab: Lab, written: WrittenSites) => Promise<T>,
): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    interruption.abort();
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  const written = await writeSites(sites);
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
