/** The proxy has something to do, its port is free, and its exceptions leave something alone. */
import { prefixContains, prefixesOverlap } from '../../net/prefix.ts';
import type { At, Draft, DraftPeer, DraftUnproxied } from '../draft.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Reporter, Span } from '../source.ts';

export function checkProxy(draft: Draft, report: Reporter): void {
  const { proxy, peers } = draft;
  for (const peer of peers.items) checkTwin(peer, draft, report);
  if (proxy.enabled?.value !== true) return;
  if (peers.complete && peers.items.length === 0) {
    report.warn(
      proxy.span ?? draft.span,
      'the proxy carries TCP to what is behind peers, and there is no peer',
      'remove `proxy`, or add the peer',
    );
  }
  const seen = new Map<string, Span>();
  for (const each of proxy.except.items) {
    checkException(each, draft, report);
    const key = `${each.prefix.value ?? ''} ${each.port.value ?? ''}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, each.span);
    else {
      report.error(
        each.span,
        `this is left alone already ${report.see(first)}`,
        'remove one of the two',
      );
    }
  }
}

/** The peer's proxy is called through the tunnels, so it is behind that peer. */
function checkTwin(peer: DraftPeer, draft: Draft, report: Reporter): void {
  const { proxy } = peer;
  if (proxy === undefined) return;
  if (draft.proxy.enabled?.value === false) {
    report.warn(
      proxy.span,
      'this site runs no proxy that could call the one of the peer',
      'add `proxy: on`, or remove this',
    );
  }
  if (!peer.prefixes.complete || !peer.paths.complete) return;
  if (peer.paths.items.some((path) => !path.subnets.complete)) return;
  if (behind(peer).some(({ value }) => prefixContains(value, proxy.value))) return;
  report.error(
    proxy.span,
    `${proxy.value} is in none of the networks behind this peer`,
    "name an address that the peer's gateway has on its LAN, and the network of it in `prefixes`",
  );
}

function checkException(each: DraftUnproxied, draft: Draft, report: Reporter): void {
  const { prefix, port, span } = each;
  const { value } = prefix;
  if (value === undefined && port.value === undefined) {
    report.error(span, 'this names neither `prefix` nor `port`', 'name one of them, or both');
    return;
  }
  // That there is no peer was told.
  if (value === undefined || !draft.peers.complete || draft.peers.items.length === 0) return;
  const complete = draft.peers.items.every(
    (peer) =>
      peer.prefixes.complete &&
      peer.paths.complete &&
      peer.paths.items.every((path) => path.subnets.complete),
  );
  const networks = draft.peers.items.flatMap(behind);
  if (!complete || networks.some((network) => prefixesOverlap(network.value, value))) return;
  report.warn(
    prefix.span,
    `no peer has anything in ${value}, so the proxy has nothing to do with it anyway`,
    'remove it, or correct it',
  );
}

function behind(peer: DraftPeer): readonly At<Prefix>[] {
  return [...peer.prefixes.items, ...peer.paths.items.flatMap((path) => path.subnets.items)];
}
