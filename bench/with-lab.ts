/** A lab for the time of one measurement; gone afterwards, however it ends. */
import { labUp } from '../src/lab/lab.ts';
import type { Lab } from '../src/lab/lab.ts';
import { writeSites } from './two-sites.ts';
import type { TwoSites, WrittenSites } from './two-sites.ts';

export async function withLab<T>(
  sites: TwoSites,
  work: (lab: Lab, written: WrittenSites) => Promise<T>,
): Promise<T> {
  const written = await writeSites(sites);
  try {
    const lab = await labUp(written.topology, { replace: true });
    try {
      await lab.prepareFaults();
      return await work(lab, written);
    } finally {
      await lab.down();
    }
  } finally {
    await written.remove();
  }
}
