/**
 * A site and where in its file everything stands, for comparing it with other files.
 *
 * Always holds: `draft` has the WANs, peers and paths of `site` at the same indices.
 */
import type { Address } from '../../net/address.ts';
import type { Draft, DraftPath, DraftPeer } from '../draft.ts';
import { readDraft } from '../read-draft.ts';
import { readYaml } from '../read-yaml.ts';
import type { Peer, PeerPath, SiteConfig, Wan } from '../site.ts';
import { Reporter, Source } from '../source.ts';
import type { Span } from '../source.ts';

/** A site file that `parseSite` has accepted. */
export interface GivenSite {
  readonly file: string;
  readonly text: string;
  readonly site: SiteConfig;
}

export interface PlacedSite {
  readonly file: string;
  readonly site: SiteConfig;
  readonly draft: Draft;
  readonly report: Reporter;
  readonly wanOfAddress: ReadonlyMap<Address, Wan>;
}

export interface PlacedPeer {
  readonly peer: Peer;
  readonly draft: DraftPeer;
}

export interface PlacedPath {
  readonly path: PeerPath;
  readonly draft: DraftPath;
}

export function placeSite({ file, text, site }: GivenSite): PlacedSite {
  const source = new Source(file, text);
  const report = new Reporter(source);
  const root = readYaml(source, report);
  if (root === undefined) throw new TypeError(`${file} has no site in it`);
  const draft = readDraft(root, { meant: new Map(), report });
  const wanOfAddress = new Map(
    site.wans.flatMap((wan) => wan.addresses.map((each) => [each.address, wan] as const)),
  );
  return { file, site, draft, report, wanOfAddress };
}

export function peersOf({ site, draft }: PlacedSite): PlacedPeer[] {
  return site.peers.map((peer, index) => ({ peer, draft: there(draft.peers.items[index]) }));
}

export function pathsOf({ peer, draft }: PlacedPeer): PlacedPath[] {
  return peer.paths.map((path, index) => ({ path, draft: there(draft.paths.items[index]) }));
}

export function nameSpan({ draft }: PlacedPeer): Span {
  return draft.name?.span ?? draft.span;
}

/** `hub.yaml:12`, to point from one file into another. */
export function placeIn(other: PlacedSite, span: Span): string {
  return `${other.file}:${other.report.source.lineAt(span)}`;
}

export function there<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a site and its file differ');
  return value;
}
