/**
 * What a host of a lab runs to get its addresses: the very programs of real hosts.
 *
 * Always holds: pure; one file per client in this folder.
 */
import type { ClientKind, HostFamily } from '../topology/topology.ts';

export interface ClientHost {
  /** The interface on the LAN. */
  readonly interface: string;
  readonly family: HostFamily;
  /** Whether DHCPv6 is to be asked; router advertisements are the kernel's, or the client's, anyway. */
  readonly dhcp6: boolean;
}

export interface ClientPlan {
  /** In the host's own file system before anything starts: absolute path → text. */
  readonly files: Readonly<Record<string, string>>;
  /** Lines of shell, one after the other; what is to go on running says so by `&`. */
  readonly programs: readonly string[];
  /** Lines of shell: ask again now, as at half of the lease; give everything back. */
  readonly renew: string;
  readonly release: string;
  /** The program that has to be installed. */
  readonly needs: string;
}

export type MovingClient = Exclude<ClientKind, 'static'>;
