/** What a WAN may reach of the gateway itself is reachable, and meant. */
import { prefixContains, prefixLength, prefixOf } from '../../net/prefix.ts';
import type { Draft, DraftAllowed } from '../draft.ts';
import type { Reporter, Span } from '../source.ts';

/** RFC 5881 and RFC 5883. */
const BFD_PORTS = [3784, 4784];

export function checkAllowed(draft: Draft, report: Reporter): void {
  for (const wan of draft.wans.items) {
    const seen = new Map<string, Span>();
    for (const each of wan.allow.items) {
      const { protocol, port, from } = each;
      const key = `${protocol.value} ${port.value} ${from.value}`;
      const first = seen.get(key);
      if (first !== undefined) {
        report.error(
          port.span,
          `this is allowed already ${report.see(first)}`,
          'remove one of the two',
        );
        continue;
      }
      seen.set(key, port.span);
      checkPort(draft, each, report);
      checkOrigin(draft, each, report);
    }
  }
}

function checkPort(draft: Draft, { protocol, port }: DraftAllowed, report: Reporter): void {
  if (protocol.value !== 'udp') return;
  if (port.value === draft.port?.value) {
    report.error(
      port.span,
      `UDP port ${port.value} is that of the tunnels, which is open to the peers, and to nobody else`,
      'remove it here',
    );
  } else if (BFD_PORTS.includes(port.value)) {
    report.error(
      port.span,
      `UDP port ${port.value} is that of BFD, which this gateway speaks inside of its tunnels only`,
      'remove it here',
    );
  }
}

function checkOrigin(draft: Draft, { port, from }: DraftAllowed, report: Reporter): void {
  if (prefixLength(from.value) === 0) {
    report.warn(
      from.span,
      `whoever finds port ${port.value} can try it, wherever in the Internet they are`,
      'name the network that you come from',
    );
    return;
  }
  const own = [
    ...draft.wans.items.flatMap((wan) => wan.subnets.items.map(({ prefix }) => prefix)),
    ...draft.lan.addresses.items.map(({ address: { value, span } }) => ({
      value: prefixOf(value),
      span,
    })),
  ].find((network) => prefixContains(network.value, from.value));
  if (own === undefined) return;
  report.error(
    from.span,
    `${from.value} lies in our own LAN ${report.see(own.span)}; from a WAN, that is a forged source`,
    'remove it: what comes from the LAN is not filtered',
  );
}
