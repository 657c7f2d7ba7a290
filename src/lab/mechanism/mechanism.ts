/**
 * The mechanisms that are compared, each a way to set up the same two sites with the same lines
 * (sections III and V of the paper), and what an experiment sees of them.
 *
 * Always holds: an experiment does not know which mechanism it measures; whatever differs stands in
 * the `Testbed`.
 */
import type { Milliseconds } from '../../net/duration.ts';
import type { Lab } from '../lab.ts';
import type { Protocol } from '../traffic/launch.ts';

export const MECHANISMS = [
  /** One address, one line. */
  'plain-tcp',
  'plain-mptcp',
  /** One address, each flow (and subflow) on the tunnel that its hash says. */
  'ecmp-tcp',
  'ecmp-mptcp',
  /** One address; its tunnel has a backup, by BFD. */
  'handoff',
  /** The same, by pings as mwan3 and OpenMPTCProuter ship: every 2 s, timeout 2 s, 3 tries. */
  'handoff-ping',
  /** Plain TCP at hosts; HAProxy on the gateways, without Fast Recovery as in the paper. */
  'proxy',
  /** … with it. */
  'proxy-fr',
  /** The paper's engine: Dante with redsocks. */
  'proxy-dante',
  /** All TCP of the site within one MPTCP connection: a TUN device with GSO over one socket. */
  'tunnel',
  /** The ready-made one: OpenVPN over TCP, with mptcpize. */
  'tunnel-openvpn',
  'wamptcp',
  'wamptcp-fr',
  /** … with our host profile instead of the kernel's own timers. */
  'wamptcp-fr-profile',
] as const;

export type MechanismName = (typeof MECHANISMS)[number];

/** What all mechanisms are measured on alike. */
export interface TestbedOptions {
  /** The lab's name. */
  readonly name: string;
  readonly lines: readonly TestbedLine[];
  readonly family: 'ipv4' | 'ipv6';
  /** VXLAN tunnels, or plain routes between the sites (the paper's "direct"). */
  readonly encapsulation: 'vxlan' | 'none';
  /** BFD interval; with tunnels a line counts as dead after three. */
  readonly bfd: Milliseconds;
  /** Hosts at the branch, and servers at the hub; default 1. */
  readonly clients?: number;
  readonly servers?: number;
  /** What the end points set, where an experiment varies it. Default: the mechanism's own. */
  readonly host?: Partial<HostSettings>;
}

export interface TestbedLine {
  /** Mb/s. */
  readonly rate: number;
  /** Added round trip; 0: a cable. */
  readonly rtt: Milliseconds;
  /** Percent of the packets, each way. */
  readonly loss?: number;
  /** How long a full queue takes to drain. Default: the lab's, by rate. */
  readonly buffer?: Milliseconds;
}

export interface HostSettings {
  readonly rtoMin: Milliseconds;
  readonly staleLossCount: number;
  readonly congestionControl: string;
}

/** Two sites under one mechanism, with hosts that can talk when `setUp` returns. */
export interface Testbed {
  readonly mechanism: MechanismName;
  readonly lab: Lab;
  /** What hosts speak. */
  readonly protocol: Protocol;
  /** Names of the lab's nodes: `client`, or `client1`, `client2`, … */
  readonly clients: readonly string[];
  readonly servers: readonly string[];
  /** As clients call the servers, in their order. */
  readonly serverAddresses: readonly string[];
  /** Names of the lab's lines, for `lab.fault`; the first is the primary. */
  readonly lines: readonly string[];
  /** Interfaces of the branch and of the hub, one per line. */
  readonly wanInterfaces: readonly string[];
  /** Where the connection that crosses the lines begins and ends, for a download. */
  readonly capture: { readonly sender: CapturePoint; readonly receiver: CapturePoint };
  /** Until everything is as after `setUp`: paths up, tunnels connected. */
  ready(): Promise<void>;
  /** Takes everything away. */
  down(): Promise<void>;
}

export interface CapturePoint {
  readonly node: string;
  /** `any`: all of the node's. */
  readonly interface: string;
  /** A pcap filter (pcap-filter(7)) that leaves only what is measured. */
  readonly filter: string;
}

export interface Mechanism {
  readonly name: MechanismName;
  /** As the paper calls it. */
  readonly title: string;
  /** Whether a dead line is noticed by BFD, so that its interval matters; without tunnels none is. */
  readonly detects: boolean;
  /** What it can be set up with. */
  readonly families: readonly TestbedOptions['family'][];
  readonly encapsulations: readonly TestbedOptions['encapsulation'][];
  /** @throws WamptcpError MECHANISM_CANNOT for options that it does not claim */
  setUp(options: TestbedOptions): Promise<Testbed>;
}
