/** Numbers that must not meet: VNIs of paths, the tunnels' port, tables and priorities. */
import { TABLE_COUNT, VNI_MAX } from '../defaults.ts';
import type { Draft, DraftPath, DraftPeer } from '../draft.ts';
import { quoted } from '../kind.ts';
import type { Reporter } from '../source.ts';

/** UDP ports on which this gateway itself, or BFD, listens. */
const TAKEN_PORTS: Readonly<Record<number, string>> = {
  53: 'DNS',
  67: 'DHCP',
  68: 'DHCP',
  546: 'DHCPv6',
  547: 'DHCPv6',
  3784: 'BFD',
  3785: 'BFD',
  4784: 'BFD',
};

export function checkTunnels(draft: Draft, report: Reporter): void {
  const taken = draft.port === undefined ? undefined : TAKEN_PORTS[draft.port.value];
  if (draft.port !== undefined && taken !== undefined) {
    report.error(
      draft.port.span,
      `port ${draft.port.value} is that of ${taken}, which this gateway needs`,
      'use 4789, the port of VXLAN, in the files of both ends',
    );
  }
  checkVnis(draft, report);
}

function checkVnis(draft: Draft, report: Reporter): void {
  const owners = new Map<number, { peer: DraftPeer; path: DraftPath }>();
  const told = new Set<DraftPeer>();
  for (const peer of draft.peers.items) {
    for (const path of peer.paths.items) {
      const { vni } = path;
      if (vni === undefined || told.has(peer)) continue;
      if (vni.value > VNI_MAX) {
        told.add(peer);
        report.error(
          peer.vni?.given === true ? peer.vni.span : (draft.vni?.span ?? peer.span),
          `counting up from here, the VNIs of ${nameOf(peer)} go beyond ${VNI_MAX}`,
          'use a smaller number',
        );
        continue;
      }
      const owner = owners.get(vni.value);
      if (owner === undefined) owners.set(vni.value, { peer, path });
      else {
        const free = freeBase(draft) + 10 * told.size;
        if (!vni.given) told.add(peer);
        const place = vni.given ? vni.span : peer.vni?.given === true ? peer.vni.span : peer.span;
        report.error(
          place,
          owner.peer === peer
            ? `VNI ${vni.value} is already that of another path ${report.see(owner.path.span)}`
            : `VNI ${vni.value} of ${nameOf(peer)} is already that of a path to ${nameOf(owner.peer)} ${report.see(owner.path.span)}`,
          vni.given
            ? `use a free number, such as ${free}, in the files of both ends`
            : `give this peer its own range, such as \`vni: ${free}\`, in the files of both ends`,
        );
      }
    }
  }
}

/** The next round number above all VNIs in use. */
function freeBase(draft: Draft): number {
  const vnis = draft.peers.items.flatMap((peer) =>
    peer.paths.items.map((path) => path.vni?.value ?? 0),
  );
  const highest = vnis
    .filter((vni) => vni < VNI_MAX - TABLE_COUNT)
    .reduce((a, b) => Math.max(a, b), 0);
  return Math.ceil((highest + 1) / 10) * 10;
}

function nameOf(peer: DraftPeer): string {
  return peer.name === undefined ? 'a peer' : quoted(peer.name.value);
}
