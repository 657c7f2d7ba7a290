/**
 * The site file of a hub with many branches, each with a line to each WAN of the hub.
 *
 * Always holds: a branch's part of the file follows from its number alone, so a hub with one branch more
 * has the same file and one branch more.
 */
export interface HubSite {
  /** Up to 4096. */
  readonly branches: number;
  readonly wans: number;
  /** BFD's interval, milliseconds. */
  readonly interval?: number;
}

/** The interface of WAN `index`. */
export function hubWan(index: number): string {
  return `wan${index}`;
}

export const HUB_LAN = 'lan0';

export function hubSite({ branches, wans, interval = 1000 }: HubSite): string {
  const each = Array.from({ length: wans }, (_, index) => index);
  return [
    'site: hub',
    `lan: { interface: ${HUB_LAN}, addresses: [10.255.0.1/24] }`,
    'wans:',
    ...each.map(
      (wan) =>
        `  - { name: isp-${wan}, interface: ${hubWan(wan)}, address: 203.0.113.${4 * wan + 1}/30, ` +
        `nexthop: 203.0.113.${4 * wan + 2}, capacity: 1gbit }`,
    ),
    'peers:',
    ...Array.from({ length: branches }, (_, branch) => peer(branch, each)),
    `detection: { interval: ${interval}ms, multiplier: 3 }`,
    '',
  ].join('\n');
}

function peer(branch: number, wans: readonly number[]): string {
  const [high, low] = [branch >> 8, branch & 255];
  return [
    `  - name: branch-${branch}`,
    `    vni: ${1000 + 10 * branch}`,
    '    paths:',
    ...wans.map(
      (wan) =>
        `      - { wan: isp-${wan}, remote: 198.${18 + wan}.${high}.${low}, ` +
        `subnet: 10.${16 * wan + high}.${low}.0/24 }`,
    ),
  ].join('\n');
}
