/**
 * A line's values → what each access does to packets. Pure.
 *
 * Two sites and nothing said of either: a cable. Its values apply once, whichever way: what the first
 * site sends is shaped, delayed and lost in the first site's access, what the second one sends in
 * the second's. Otherwise a star: each access has a rate both ways, and a packet crosses two of
 * them, so that each contributes half of the line's round trip, jitter and loss, or what its own
 * values say.
 *
 * Always holds: in a cable everything that happens to a packet happens before the core, so a cut
 * there leaves nothing on the way that could still arrive.
 */
import type { Direction } from '../link/direction.ts';
import { linkSpec } from '../link/link-spec.ts';
import type { DirectionSpec, LinkSpec } from '../link/link-spec.ts';
import { formatAttachment } from './topology.ts';
import type { LinkValues, TopologyLine } from './topology.ts';

/** In the order of `connects`. */
export function planLinks(line: TopologyLine): readonly LinkSpec[] {
  const given = line.attachments.some(({ values }) => Object.keys(values).length > 0);
  if (line.connects.length === 2 && !given) {
    return (['up', 'down'] as const).map((way) =>
      linkSpec({ mtu: line.mtu, up: cable(line.values, way) }),
    );
  }
  return line.connects.map(({ value }) => {
    const name = formatAttachment(value);
    const own = line.attachments.find(({ name: each }) => formatAttachment(each.value) === name);
    const values = own?.values ?? {};
    return linkSpec({
      mtu: line.mtu,
      up: access(line.values, values, 'up'),
      down: access(line.values, values, 'down'),
    });
  });
}

function cable(values: LinkValues, way: Direction): Partial<DirectionSpec> {
  return {
    ...shared(values, way),
    delay: (values.rtt ?? 0) / 2,
    jitter: values.jitter ?? 0,
    loss: values.loss?.[way] ?? 0,
  };
}

function access(line: LinkValues, own: LinkValues, way: Direction): Partial<DirectionSpec> {
  return {
    ...shared({ ...line, ...own }, way),
    delay: (own.rtt ?? (line.rtt ?? 0) / 2) / 2,
    jitter: own.jitter ?? (line.jitter ?? 0) / 2,
    // Of two losses in a row, each as large, the line's loss must come out.
    loss: own.loss?.[way] ?? 1 - Math.sqrt(1 - (line.loss?.[way] ?? 0)),
  };
}

function shared({ rate, queue, buffer, reorder }: LinkValues, way: Direction) {
  return {
    ...(rate === undefined ? {} : { rate: rate[way] }),
    ...(queue === undefined ? {} : { queue }),
    ...(buffer === undefined ? {} : { latency: buffer }),
    ...(reorder === undefined ? {} : { reorder }),
  };
}
