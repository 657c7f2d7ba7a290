/**
 * The words that the report uses without explaining them where they stand, each in a sentence or two.
 *
 * Always holds: every mechanism has its line.
 */
import { MECHANISMS } from '../../lab/mechanism/mechanism.ts';
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { titleOf } from '../mechanism-titles.ts';

export interface Term {
  readonly term: string;
  readonly text: string;
}

export interface TermGroup {
  readonly title: string;
  readonly terms: readonly Term[];
  /** Where it is told in full. */
  readonly more: string;
}

const MECHANISM_LINES: Readonly<Record<MechanismName, string>> = {
  'plain-tcp':
    'Hosts know nothing of lines: one address, plain TCP, all of it over the first line.',
  'plain-mptcp': 'The same with MPTCP: one address, so one subflow.',
  'ecmp-tcp': 'The gateways deal connections out to the lines by a hash.',
  'ecmp-mptcp': 'The same with MPTCP: one address, so one subflow per connection.',
  handoff:
    'One address, plain TCP; when BFD calls the primary tunnel dead, its traffic moves to a backup.',
  'handoff-ping': 'The same, but pings notice the death, as routers without BFD ship them.',
  proxy:
    'Hosts speak plain TCP; the gateways end it and speak MPTCP to each other, by HAProxy, without Fast Recovery.',
  'proxy-fr': 'The same with Fast Recovery.',
  'proxy-dante': 'The proxy with the engine that the paper used, Dante.',
  tunnel:
    'All TCP of a site goes inside one MPTCP connection between the gateways; a program of ours.',
  'tunnel-openvpn': 'The same with OpenVPN, which is ready-made.',
  wamptcp:
    'A host has one address per line, so its MPTCP has one subflow per line; no Fast Recovery.',
  'wamptcp-fr':
    'The same with Fast Recovery: the gateway moves the subflows of a dead line to another one, and back.',
  'wamptcp-fr-profile': 'The same, and hosts have the host profile.',
};

export const GLOSSARY: readonly TermGroup[] = [
  {
    title: 'Mechanisms',
    terms: MECHANISMS.map((name) => ({ term: titleOf(name), text: MECHANISM_LINES[name] })),
    more: 'docs/mechanisms.md',
  },
  {
    title: 'Metrics of an outage',
    terms: [
      {
        term: 'T-throughput-failure',
        text: 'From the cut until the connection has, and keeps, at least 90 % of what the remaining lines give. 0: its throughput did not notice.',
      },
      {
        term: 'T-latency-failure',
        text: 'From the cut until the last of the data that the cut has swallowed has arrived, over whichever line.',
      },
      {
        term: 'T-throughput-recovery',
        text: 'From the healing until the connection has at least 90 % of what it had before the cut.',
      },
      {
        term: 'T-latency-recovery',
        text: 'From the healing until the last of the data that the return has swallowed has arrived. 0: nothing was lost.',
      },
    ],
    more: 'docs/metrics.md',
  },
  {
    title: 'Other words',
    terms: [
      {
        term: 'Line',
        text: 'One of the WAN links between the two sites. The primary one is cut, or comes and goes.',
      },
      {
        term: 'VXLAN, direct',
        text: 'With tunnels between the gateways, one over each line; or without any, by plain routes.',
      },
      {
        term: 'BFD interval',
        text: 'How often the gateways send each other a packet over each line. A line is dead when three are missing.',
      },
      {
        term: 'Host profile',
        text: 'TCP timers as we advise hosts to set them, shorter than the kernel’s: docs/hosts.md. Without it hosts have the kernel’s own; buffers are the same for all.',
      },
      {
        term: 'Reinjected',
        text: 'What MPTCP sent again over another subflow. What TCP sent again over the same one is repeated, or retransmitted.',
      },
      {
        term: 'Stalled',
        text: 'Ended before it was done, because it stood still or took too long: in Tables IV and VI four times what the slower line alone needs, elsewhere three times what was expected and at least a minute more.',
      },
      {
        term: 'Not within … s',
        text: 'It was measured, but what was waited for did not happen while it was watched.',
      },
      {
        term: '–, not measured, not here',
        text: 'The mechanism does not exist in that form, or there is nothing to say; not measured yet; not possible on this machine.',
      },
    ],
    more: 'docs/evaluation.md',
  },
];
