/** Which networks may meet, and what to say where they may not. */
import type { Address } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { DraftPeer, DraftWan } from '../draft.ts';
import type { Span } from '../source.ts';

type Role = 'lan' | 'link' | 'peer-prefix' | 'peer-subnet' | 'remote';

export interface Network {
  readonly prefix: Prefix;
  readonly span: Span;
  readonly role: Role;
  readonly what: string;
  /** The WAN or peer it belongs to. */
  readonly owner: DraftWan | DraftPeer | undefined;
  /** The gateway's address in it, if it is given. */
  readonly host?: Address;
}

export interface Verdict {
  readonly severity: 'error' | 'warning';
  readonly cure: string;
  /** Told instead of "overlaps". */
  readonly message?: string;
}

/** `outer` contains `inner`, or they are equal. */
export function judge(outer: Network, inner: Network): Verdict | undefined {
  const equal = outer.prefix === inner.prefix;
  if (inner.role === 'remote') return judgeRemote(outer, inner);
  if (outer.role === 'remote') return undefined;
  if (outer.role === 'link' && inner.role === 'link') return judgeLinks(outer, inner);
  const roles = [outer.role, inner.role];
  if (roles.includes('lan') && (roles.includes('link') || outer.role === inner.role)) {
    return error('give each network of this gateway its own range of addresses');
  }
  if (roles.includes('lan') || roles.includes('link')) return judgeAgainstOurs(outer, inner, equal);
  return judgePeers(outer, inner, equal);
}

/** One of the two is ours, the other a peer's. */
function judgeAgainstOurs(outer: Network, inner: Network, equal: boolean): Verdict | undefined {
  if (!equal && outer.role === 'peer-prefix') return undefined;
  if (!equal && outer.role === 'peer-subnet' && inner.role === 'link') return undefined;
  if (!equal && outer.role === 'link') {
    return {
      severity: 'warning',
      cure: 'hosts reach it by the tunnel, this gateway may not; renumber one of the two if you can',
    };
  }
  return error('the same addresses cannot be on both sides of a tunnel; renumber one of the two');
}

function judgePeers(outer: Network, inner: Network, equal: boolean): Verdict | undefined {
  const same = outer.owner === inner.owner;
  if (outer.role === 'peer-subnet' && inner.role === 'peer-subnet') {
    return error(
      same && equal
        ? 'tie it to one path only; the other paths to the peer are its detours by themselves'
        : 'subnets of peers are LANs with hosts in them; each needs its own range',
    );
  }
  if (equal) {
    return error(
      same
        ? 'remove one of the two'
        : 'a prefix can be behind one peer only; remove it here or there',
    );
  }
  if (!same) return undefined;
  if (outer.role === 'peer-subnet') {
    return error(
      'a prefix of `prefixes` belongs to no path; remove it, or make the subnet smaller',
    );
  }
  if (inner.role === 'peer-subnet') return undefined;
  return {
    severity: 'warning',
    message: `${inner.prefix} is part of ${outer.prefix}, behind the same peer already`,
    cure: `remove the smaller one: ${inner.prefix}`,
  };
}

function judgeLinks(outer: Network, inner: Network): Verdict | undefined {
  // The same address twice is an error, and told as such.
  if (outer.owner === inner.owner || outer.host === inner.host) return undefined;
  return {
    severity: 'warning',
    cure: 'two lines in one network confuse neighbours and ARP; give one of the routers another range',
  };
}

function judgeRemote(outer: Network, inner: Network): Verdict | undefined {
  const [address = ''] = inner.prefix.split('/');
  if (outer.role === 'lan') {
    return {
      severity: 'error',
      message: `${address}, the far end of a tunnel, is inside our LAN: ${outer.prefix}`,
      cure: "use the address that the peer's WAN has on the underlay",
    };
  }
  const specific = outer.role === 'peer-prefix' && !outer.prefix.endsWith('/0');
  if (!specific && outer.role !== 'peer-subnet') return undefined;
  return {
    severity: 'warning',
    message: `${address} is in ${outer.prefix}, which itself is reached by a tunnel to it`,
    cure: "use the address of the peer's WAN; if this is it, make the prefix smaller",
  };
}

function error(cure: string): Verdict {
  return { severity: 'error', cure };
}
