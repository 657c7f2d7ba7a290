/**
 * Where Table I differs from the paper by more than a tenth, and why. Pure.
 *
 * Always holds: only what was measured is named.
 */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { titleInList } from '../mechanism-titles.ts';

export interface Throughput {
  readonly name: MechanismName;
  /** Of the column. */
  readonly title: string;
  /** NaN: not measured. */
  readonly mbps: number;
  readonly paper: string | undefined;
}

const SLACK = 0.1;

const MORE: Readonly<Partial<Record<MechanismName, string>>> = {
  tunnel:
    'The paper’s tunnel is a program in user space, to which we suppose each packet goes by itself. Ours is one too, but takes up to ' +
    '64 kB at a time from a TUN device with segmentation offload, which spares most of the system calls ' +
    '(docs/mechanism-tunnel.md).',
  'proxy-dante':
    'Over VXLAN the paper’s proxy loses a quarter. Here gateways encapsulate segments of up to 64 kB whole; we suppose that the ' +
    'paper’s did so packet by packet.',
};

const LESS: Readonly<Partial<Record<MechanismName, string>>> = {
  'proxy-dante':
    'Each octet is copied in and out of redsocks at the branch and of Dante at the hub, by the processors that also carry hosts and lines.',
};

export function differenceRemarks(all: readonly Throughput[]): readonly string[] {
  const remarks = (than: 'more' | 'less'): readonly string[] => {
    const sign = than === 'more' ? 1 : -1;
    const differing = all.filter(({ mbps, paper }) => sign * (mbps / Number(paper) - 1) > SLACK);
    return [...Map.groupBy(differing, ({ name }) => name)].map(([name, found]) => {
      const figures = found.map(
        ({ title, mbps, paper }) => `${mbps.toFixed(0)} for ${paper} (${title})`,
      );
      const reason = than === 'more' ? (MORE[name] ?? UNKNOWN) : (LESS[name] ?? SHARED);
      return `${titleInList(name)} has ${than} than in the paper: ${figures.join(', ')} Mb/s. ${reason}`;
    });
  };
  return [...remarks('more'), ...remarks('less'), ...openVpn(all)];
}

const UNKNOWN = 'Why was not looked for.';
const SHARED =
  'We suppose that the processors are the limit, which hosts, gateways and lines share here.';

/** The paper has no figure of it, but it is its tunnel’s nearest relative. */
function openVpn(all: readonly Throughput[]): readonly string[] {
  const [first] = all.filter(({ name, mbps }) => name === 'tunnel-openvpn' && !Number.isNaN(mbps));
  if (first === undefined) return [];
  return [
    `OpenVPN, the ready-made tunnel, has ${first.mbps.toFixed(0)} Mb/s (${first.title}): one thread moves each packet of 1,500 octets by ` +
      'itself, without encryption here, and copying alone takes a processor.',
  ];
}
