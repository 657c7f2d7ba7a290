/**
 * Table I of the paper: throughput over 5 × 1 Gb/s, Mb/s.
 *
 * Always holds: as printed. Its plain flows over VXLAN are dealt out by a hash, so ten of them stand
 * here as the hashed mechanisms.
 */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';

export type Column =
  'none ipv4' | 'none ipv6' | 'none ten' | 'vxlan ipv4' | 'vxlan ipv6' | 'vxlan ten';

type Row = Readonly<Partial<Record<Column, string>>>;

const TABLE_1: Readonly<Partial<Record<MechanismName, Row>>> = {
  'plain-tcp': {
    ...{ 'none ipv4': '941', 'none ipv6': '928', 'none ten': '944' },
    ...{ 'vxlan ipv4': '908', 'vxlan ipv6': '893' },
  },
  'plain-mptcp': {
    ...{ 'none ipv4': '928', 'none ipv6': '915', 'none ten': '931' },
    ...{ 'vxlan ipv4': '893', 'vxlan ipv6': '888' },
  },
  'ecmp-tcp': { 'vxlan ten': '4550' },
  'ecmp-mptcp': { 'vxlan ten': '4480' },
  tunnel: { 'none ipv4': '120', 'none ten': '119', 'vxlan ipv4': '114', 'vxlan ten': '112' },
  'proxy-dante': {
    ...{ 'none ipv4': '4285', 'none ipv6': '3925', 'none ten': '4550' },
    ...{ 'vxlan ipv4': '3233', 'vxlan ipv6': '2763', 'vxlan ten': '3610' },
  },
  wamptcp: {
    ...{ 'none ipv4': '4606', 'none ipv6': '4531', 'none ten': '4640' },
    ...{ 'vxlan ipv4': '4433', 'vxlan ipv6': '4221', 'vxlan ten': '4490' },
  },
};

/** A second proxy, which is not measured here. */
const HPSOCK: Row = {
  ...{ 'none ipv4': '740', 'none ten': '1050' },
  ...{ 'vxlan ipv4': '752', 'vxlan ten': '876' },
};

export function paperHpSock(column: Column): string | undefined {
  return HPSOCK[column];
}

export function paperThroughput(name: MechanismName, column: Column): string | undefined {
  return TABLE_1[name]?.[column];
}
