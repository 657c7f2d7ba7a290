/** Something of the machine that is in the way of a site, and what to do about it. */
import { z } from 'zod';

export const warning = z.object({
  kind: z
    .enum(['firewall', 'membership', 'program'])
    .describe(
      'firewall: a chain of others drops what is ours; membership: an interface is a port of a bridge, ' +
        'of a bond and the like; program: one that is missing and can be done without',
    ),
  text: z.string(),
  advice: z.string(),
});

export type Warning = z.infer<typeof warning>;
