/**
 * The site files of the two gateways of these tests: `branch` and `hub`, N WANs each, WAN i of one
 * joined with WAN i of the other.
 *
 * Always holds: a subnet per WAN and family on both LANs, and one more network on the hub's LAN that
 * belongs to no WAN. JSON is YAML, so a test changes a file by changing an object.
 */
export type Side = 'branch' | 'hub';

export interface WanFile {
  name: string;
  interface: string;
  addresses?: string[];
  nexthops?: string[];
  capacity?: string;
  subnets: string[];
  detours?: string[];
  allow?: { protocol?: 'tcp' | 'udp'; port: number; from: string }[];
}

export interface ClassFile {
  name: string;
  match: { dscp?: string; ports?: (string | number)[]; prefixes?: string[] };
  prefer?: string[];
  avoid?: string[];
  spread?: boolean;
}

export interface SiteFile {
  site: Side;
  lan: { interface: string; addresses?: string[] };
  wans: WanFile[];
  peers: {
    name: Side;
    prefixes?: string[];
    proxy?: string;
    vni: number;
    paths: { wan: string; remote: string; subnets: string[] }[];
  }[];
  detection: { interval: string; multiplier: number };
  classes?: ClassFile[];
  proxy?: true | { except: { port: number }[] };
  provision?: true | { resolver?: boolean; dns?: string[] };
  recovery: {
    fast?: boolean;
    'hold-down'?: string;
    preference?: string[];
    spread?: boolean;
    damping?: false | { flaps?: number; window?: string; quiet?: string };
  };
}

export interface SiteOptions {
  readonly wans: number;
  /** Of the tunnels' outsides; default IPv4. */
  readonly underlay?: 'ipv4' | 'ipv6';
  /** Also IPv6 on the LANs. */
  readonly dualStack?: boolean;
  readonly capacities?: readonly string[];
  readonly recovery?: SiteFile['recovery'];
  readonly detection?: SiteFile['detection'];
  readonly classes?: readonly ClassFile[];
}

/** VNI of the path over the first WAN; the others count on from it. */
export const FIRST_VNI = 100;

/** Slow enough not to see a busy machine as a dead line. */
const DETECTION = { interval: '50ms', multiplier: 3 };

const SITE_NUMBER = { branch: 10, hub: 20 } as const;
const OUTSIDE_NUMBER = { branch: 1, hub: 2 } as const;

/** Of a gateway on WAN `wan`, counted from 1. */
export function outsideAddress(side: Side, wan: number, underlay: 'ipv4' | 'ipv6'): string {
  return underlay === 'ipv4'
    ? `192.0.2.${4 * wan + OUTSIDE_NUMBER[side]}`
    : `2001:db8:ff:${wan}::${OUTSIDE_NUMBER[side]}`;
}

/** The LAN subnet of WAN `wan`; 0 is the hub's network that belongs to none. */
export function subnet(side: Side, wan: number, family: 'ipv4' | 'ipv6' = 'ipv4'): string {
  const number = SITE_NUMBER[side];
  return family === 'ipv4' ? `10.${number}.${wan}.0/24` : `2001:db8:${number}:${wan}::/64`;
}

/** Host 1 is the gateway. */
export function hostAddress(
  side: Side,
  wan: number,
  family: 'ipv4' | 'ipv6' = 'ipv4',
  host = 2,
): string {
  return subnet(side, wan, family).replace(
    family === 'ipv4' ? '0/24' : ':/64',
    family === 'ipv4' ? String(host) : `:${host}`,
  );
}

export function siteFile(side: Side, options: SiteOptions): SiteFile {
  const far = side === 'branch' ? 'hub' : 'branch';
  const underlay = options.underlay ?? 'ipv4';
  const families = options.dualStack === true ? (['ipv4', 'ipv6'] as const) : (['ipv4'] as const);
  const numbers = Array.from({ length: options.wans }, (_, index) => index + 1);
  const loose = families.map((family) => subnet('hub', 0, family));
  return {
    site: side,
    lan: {
      interface: 'lan0',
      ...(side === 'hub'
        ? {
            addresses: families.map(
              (family) =>
                `${hostAddress('hub', 0, family, 1)}/${subnet('hub', 0, family).split('/')[1] ?? ''}`,
            ),
          }
        : {}),
    },
    wans: numbers.map((number) => ({
      name: `w${number}`,
      interface: `wan${number}`,
      addresses: [`${outsideAddress(side, number, underlay)}/${underlay === 'ipv4' ? 30 : 64}`],
      capacity: options.capacities?.[number - 1] ?? '100mbit',
      subnets: families.map((family) => subnet(side, number, family)),
    })),
    peers: [
      {
        name: far,
        ...(side === 'branch' ? { prefixes: loose } : {}),
        vni: FIRST_VNI,
        paths: numbers.map((number) => ({
          wan: `w${number}`,
          remote: outsideAddress(far, number, underlay),
          subnets: families.map((family) => subnet(far, number, family)),
        })),
      },
    ],
    detection: options.detection ?? DETECTION,
    recovery: options.recovery ?? {},
    classes: [...(options.classes ?? [])],
  };
}
