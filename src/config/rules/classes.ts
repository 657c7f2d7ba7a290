/** Classes of traffic say something, and nothing that contradicts itself. */
import { formatPortRange } from '../../net/port-range.ts';
import { prefixesOverlap, prefixOf } from '../../net/prefix.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Draft, DraftClass, DraftMatch } from '../draft.ts';
import { quoted } from '../kind.ts';
import type { Reporter } from '../source.ts';

const WITH_PORTS = ['udp', 'sctp'];

export function checkClasses(draft: Draft, report: Reporter): void {
  const known = networks(draft);
  for (const one of draft.classes.items) {
    checkOrder(one, report);
    if (one.matches.complete && !one.matches.given) {
      report.error(
        one.span,
        'this class has no `match`, so no packet is in it',
        'add one, such as `match: { dscp: EF }` or `match: { port: 5060 }`',
      );
    }
    for (const match of one.matches.items) {
      checkMatch(match, report);
      if (known !== undefined) advisePrefixes(match, known, report);
    }
  }
  checkReached(draft.classes.items, report);
}

function checkOrder({ prefer, avoid, spread }: DraftClass, report: Reporter): void {
  for (const { value, span } of avoid.items) {
    const first = prefer.items.find((other) => other.value === value);
    if (first === undefined) continue;
    report.error(
      span,
      `${quoted(value)} is preferred already ${report.see(first.span)}`,
      'remove it from one of the two lists',
    );
  }
  const [ordered] = [...prefer.items, ...avoid.items];
  if (spread?.value !== true || ordered === undefined) return;
  report.error(
    spread.span,
    'a class that is spread has no order: its flows go by all paths',
    'remove `spread`, or `prefer` and `avoid`',
  );
}

function checkMatch(
  { span, dscps, protocol, ports, prefixes }: DraftMatch,
  report: Reporter,
): void {
  const lists = [dscps, ports, prefixes];
  const complete = protocol !== undefined && lists.every((list) => list.complete);
  if (complete && !protocol.given && lists.every((list) => !list.given)) {
    report.error(
      span,
      'nothing is asked for here, so everything would match',
      'name a `dscp`, `protocol`, `port` or `prefix`; the order for everything is `recovery.preference`',
    );
  }
  const [port] = ports.items;
  if (protocol?.value === undefined || port === undefined) return;
  if (WITH_PORTS.includes(protocol.value)) return;
  report.error(
    port.span,
    `${protocol.value} has no ports`,
    'remove `port`, or write `protocol: udp`',
  );
}

/** Everything that packets in tunnels come from or go to; undefined: not known in full. */
function networks(draft: Draft): readonly Prefix[] | undefined {
  const { wans, peers, lan } = draft;
  const lists = [
    ...[wans, peers, lan.addresses],
    ...wans.items.map((wan) => wan.subnets),
    ...peers.items.flatMap((peer) => [peer.prefixes, peer.paths]),
    ...peers.items.flatMap((peer) => peer.paths.items.map((path) => path.subnets)),
  ];
  if (!lists.every((list) => list.complete)) return undefined;
  return [
    ...wans.items.flatMap((wan) => wan.subnets.items.map((subnet) => subnet.prefix.value)),
    ...lan.addresses.items.map((each) => prefixOf(each.address.value)),
    ...peers.items.flatMap((peer) => [
      ...peer.prefixes.items.map((prefix) => prefix.value),
      ...peer.paths.items.flatMap((path) => path.subnets.items.map((subnet) => subnet.value)),
    ]),
  ];
}

function advisePrefixes(match: DraftMatch, known: readonly Prefix[], report: Reporter): void {
  for (const { value, span } of match.prefixes.items) {
    if (known.some((network) => prefixesOverlap(network, value))) continue;
    report.warn(
      span,
      `nothing in ${value} is on our LAN or behind a peer, so no packet matches`,
      "name a part of the LAN or of a peer's prefixes",
    );
  }
}

/** A match that stands in an earlier class, word for word, is never asked. */
function checkReached(classes: readonly DraftClass[], report: Reporter): void {
  const seen = new Map<string, DraftMatch>();
  for (const match of classes.flatMap((one) => one.matches.items)) {
    const text = matchText(match);
    const first = text === undefined ? undefined : seen.get(text);
    if (text === undefined) continue;
    if (first === undefined) seen.set(text, match);
    else {
      report.error(
        match.span,
        `this match stands already ${report.see(first.span)}, and the first one decides`,
        'remove one of the two',
      );
    }
  }
}

/** Equal for equal matches; undefined: not known in full. */
export function matchText({ dscps, protocol, ports, prefixes }: DraftMatch): string | undefined {
  const lists = [dscps, ports, prefixes];
  if (protocol === undefined || !lists.every((list) => list.complete)) return undefined;
  return JSON.stringify([
    protocol.value ?? null,
    dscps.items.map(({ value }) => value).sort((a, b) => a - b),
    ports.items.map(({ value }) => formatPortRange(value)).sort(),
    prefixes.items.map(({ value }) => value).sort(),
  ]);
}
