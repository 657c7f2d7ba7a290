/**
 * What the filter has noted of tunnel packets from others than the peer → data; pure.
 *
 * Always holds: what is not understood is left out.
 */
import { z } from 'zod';

import { parseAddress } from '../net/address.ts';
import type { Address } from '../net/address.ts';

export interface Stranger {
  readonly address: Address;
  readonly vni: number;
}

const concat = z.object({ concat: z.tuple([z.string(), z.number()]) });
const listing = z.object({
  nftables: z.array(
    z.object({
      set: z
        .object({
          elem: z
            .array(z.object({ elem: z.object({ val: z.unknown() }) }))
            .optional()
            .catch(undefined),
        })
        .optional(),
    }),
  ),
});

/** `nft -j list set …`. */
export function parseStrangers(json: string): readonly Stranger[] {
  if (json === '') return [];
  const { nftables } = listing.parse(JSON.parse(json));
  return nftables.flatMap(({ set }) =>
    (set?.elem ?? []).flatMap(({ elem }) => {
      const parsed = concat.safeParse(elem.val);
      if (!parsed.success) return [];
      const [text, vni] = parsed.data.concat;
      const address = parseAddress(text);
      return address === undefined ? [] : [{ address, vni }];
    }),
  );
}
