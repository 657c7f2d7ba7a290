/**
 * {@link Draft} → {@link SiteConfig}: fills in what the file leaves to defaults.
 *
 * Always holds: it is called only for drafts without errors, so every part of them is there.
 */
import { ENGINE_DSCP } from '../net/dscp.ts';
import { nthAddress } from '../net/prefix.ts';
import type { InterfaceName } from '../net/interface-name.ts';
import type {
  Draft,
  DraftClass,
  DraftList,
  DraftMatch,
  DraftPeer,
  DraftProbes,
  DraftProvision,
  DraftProxy,
  DraftSubnet,
  DraftWan,
} from './draft.ts';
import { pathNames } from './path-names.ts';
import type {
  ClassMatch,
  Detection,
  Peer,
  PeerPath,
  Probes,
  Provision,
  Proxy,
  Recovery,
  SiteConfig,
  TrafficClass,
  Wan,
  WanSubnet,
} from './site.ts';

export function complete(draft: Draft): SiteConfig {
  const interfaces = values(draft.lan.interfaces);
  const first = sure(interfaces[0]);
  const wans = draft.wans.items.map((wan) => completeWan(wan, first));
  const { host } = draft;
  return {
    site: sure(draft.site).value,
    lan: {
      interfaces,
      addresses: draft.lan.addresses.items.map((each) => ({
        interface: each.interface?.value ?? first,
        address: each.address.value,
      })),
    },
    wans,
    peers: completePeers(draft.peers.items, wans),
    tunnel: { type: 'vxlan', port: sure(draft.port).value },
    detection: completeDetection(draft),
    recovery: completeRecovery(draft, wans),
    classes: draft.classes.items.map(completeClass),
    probes: completeProbes(draft.probes),
    host: {
      rtoMin: sure(host.rtoMin).value,
      staleLossCount: sure(host.staleLossCount).value,
      receiveBuffer: sure(host.receiveBuffer).value,
      sendBuffer: sure(host.sendBuffer).value,
      notsentLowat: sure(host.notsentLowat).value,
      blackholeTimeout: sure(host.blackholeTimeout).value,
    },
    provision: completeProvision(draft.provision),
    proxy: completeProxy(draft.proxy),
    ids: { table: sure(draft.table).value, rulePriority: sure(draft.rulePriority).value },
  };
}

function completeDetection(draft: Draft): Detection {
  const dscp = sure(draft.dscp).value;
  return {
    interval: sure(draft.interval).value,
    multiplier: sure(draft.multiplier).value,
    ...(dscp === ENGINE_DSCP ? {} : { dscp }),
  };
}

function completeWan(wan: DraftWan, firstLan: InterfaceName): Wan {
  return {
    name: sure(wan.name).value,
    interface: sure(wan.interface).value,
    addresses: values(wan.addresses),
    nexthops: values(wan.nexthops),
    capacity: sure(wan.capacity).value,
    subnets: wan.subnets.items.map((subnet) => completeSubnet(subnet, firstLan)),
    detours: wan.detours.given ? values(wan.detours) : undefined,
    allow: wan.allow.items.map(({ protocol, port, from }) => ({
      protocol: protocol.value,
      port: port.value,
      from: from.value,
    })),
    direct: sure(wan.direct).value,
  };
}

function completeSubnet(subnet: DraftSubnet, firstLan: InterfaceName): WanSubnet {
  const prefix = subnet.prefix.value;
  return {
    prefix,
    gateway: subnet.gateway?.value ?? sure(nthAddress(prefix, 1n)),
    interface: subnet.interface?.value ?? firstLan,
    pool: subnet.pool?.value,
  };
}

function completePeers(peers: readonly DraftPeer[], wans: readonly Wan[]): Peer[] {
  const names = pathNames(
    peers.map(({ name, paths }) => ({
      peer: sure(name).value,
      wans: paths.items.map((path) => sure(path.wan).value),
    })),
  );
  const capacities = new Map(wans.map((wan) => [wan.name, wan.capacity]));
  return peers.map((peer, peerIndex) => ({
    name: sure(peer.name).value,
    prefixes: values(peer.prefixes),
    proxy: peer.proxy?.value,
    paths: peer.paths.items.map((path, pathIndex): PeerPath => {
      const wan = sure(path.wan).value;
      const capacity = sure(capacities.get(wan));
      return {
        name: sure(names[peerIndex]?.[pathIndex]),
        wan,
        remote: sure(path.remote).value,
        vni: sure(path.vni).value,
        subnets: values(path.subnets),
        capacity: Math.min(capacity, path.capacity?.value ?? capacity),
        nat: sure(path.nat).value,
      };
    }),
  }));
}

function completeRecovery(draft: Draft, wans: readonly Wan[]): Recovery {
  const { damping } = draft;
  const listed = values(draft.preference);
  // sort() is stable: WANs of one capacity stay in the order of the file.
  const others = wans
    .filter((wan) => !listed.includes(wan.name))
    .sort((one, other) => other.capacity - one.capacity);
  return {
    fast: sure(draft.fast).value,
    holdDown: sure(draft.holdDown).value,
    preference: [...listed, ...others.map((wan) => wan.name)],
    spread: sure(draft.spread).value,
    damping: {
      enabled: sure(damping.enabled).value,
      flaps: sure(damping.flaps).value,
      window: sure(damping.window).value,
      quiet: sure(damping.quiet).value,
    },
  };
}

function completeClass(one: DraftClass): TrafficClass {
  return {
    name: sure(one.name).value,
    matches: one.matches.items.map(completeMatch),
    prefer: values(one.prefer),
    avoid: values(one.avoid),
    spread: sure(one.spread).value,
  };
}

function completeMatch(match: DraftMatch): ClassMatch {
  return {
    dscps: values(match.dscps),
    protocol: sure(match.protocol).value,
    ports: values(match.ports),
    prefixes: values(match.prefixes),
  };
}

function completeProbes(draft: DraftProbes): Probes {
  return {
    targets: draft.targets.items.map(({ address, tcp }) => ({
      address: address.value,
      tcp: tcp?.value,
    })),
    interval: sure(draft.interval).value,
    roundTrip: sure(draft.roundTrip).value,
    window: sure(draft.window).value,
    loss: sure(draft.loss).value,
    quorum: draft.quorum?.value,
  };
}

function completeProvision(draft: DraftProvision): Provision | undefined {
  if (!sure(draft.enabled).value) return undefined;
  return {
    ipv6: sure(draft.ipv6).value,
    lease: sure(draft.lease).value,
    dns: values(draft.dns),
    ntp: values(draft.ntp),
    domain: draft.domain?.value,
    resolver: sure(draft.resolver).value,
    reservations: draft.reservations.items.map(({ mac, host, name }) => ({
      mac: mac.value,
      host: host.value,
      name: name?.value,
    })),
  };
}

function completeProxy(draft: DraftProxy): Proxy | undefined {
  if (!sure(draft.enabled).value) return undefined;
  return {
    port: sure(draft.port).value,
    connections: sure(draft.connections).value,
    except: draft.except.items.map(({ prefix, port }) => ({
      prefix: prefix.value,
      port: port.value,
    })),
  };
}

function values<T>(list: DraftList<{ readonly value: T }>): T[] {
  return list.items.map((item) => item.value);
}

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a site file without problems lacks a value');
  return value;
}
