/**
 * What the daemon has decided at run time about paths; everything else about a path follows from
 * the site file. Always holds: names are those of `PeerPath.name`, where nothing else is said.
 */
export interface Overrides {
  /** Drained here: announced to the peer as administratively down (RFC 5880 section 6.8.16). */
  readonly drained: ReadonlySet<string>;
  /** Not to be returned to yet, though BFD says up: hold-down, damping, drained by the peer. */
  readonly held: ReadonlySet<string>;
  /** Known down: last in the order of last resort, so that a restarted engine guesses right. */
  readonly suspect: ReadonlySet<string>;
  /** Octets of the greatest packet that fits through, where that is less than its device takes. */
  readonly pathMtu: ReadonlyMap<string, number>;
  /** Direct paths, by `DirectPath.name`, that their probes call down. */
  readonly directDown: ReadonlySet<string>;
  /** Direct paths not to be returned to yet, or drained. */
  readonly directHeld: ReadonlySet<string>;
}

export const NO_OVERRIDES: Overrides = {
  drained: new Set(),
  held: new Set(),
  suspect: new Set(),
  pathMtu: new Map(),
  directDown: new Set(),
  directHeld: new Set(),
};
