/** A lab as a person reads it. Always holds: colour only for meaning. */
import Table from 'cli-table3';

import type { GatewayLine, LabStatus, WanLine } from '../lab/status.ts';
import { formatDuration } from '../net/duration.ts';
import { formatRate } from '../net/rate.ts';
import { colours } from './output.ts';

export function labText(lab: LabStatus): string {
  const state = lab.state === 'up' ? colours.green('up') : colours.red('incomplete');
  const delay = lab.delayBy === 'netem' ? 'netem' : 'the delay line';
  return [
    `${colours.bold(lab.name)}  ${state}  ${colours.dim(lab.topology)}, delay by ${delay}`,
    table(['gateway', 'daemon', 'paths'], lab.gateways.map(gatewayRow)),
    ...(lab.hosts.length === 0
      ? []
      : [
          table(
            ['host', 'site', 'client', 'addresses'],
            lab.hosts.map((host) => [host.name, host.site, host.client, host.addresses.join(' ')]),
          ),
        ]),
    table(['wan', 'connects', 'rate', 'rtt', 'loss', 'mtu', 'fault'], lab.wans.map(wanRow)),
  ].join('\n');
}

function gatewayRow({ name, pid, paths }: GatewayLine): string[] {
  return [
    name,
    pid === null ? colours.red('none') : `pid ${pid}`,
    paths
      .map(
        (path) =>
          `${path.name} ${path.state === 'up' ? colours.green('up') : colours.red(path.state)}`,
      )
      .join('\n'),
  ];
}

function wanRow(wan: WanLine): string[] {
  const jitter = wan.jitter === undefined ? '' : ` ± ${formatDuration(wan.jitter)}`;
  return [
    wan.name,
    wan.connects.join('\n'),
    ways(wan.rate, formatRate) ?? 'any',
    formatDuration(wan.rtt ?? 0) + jitter,
    ways(wan.loss, percent) ?? '0%',
    String(wan.mtu),
    wan.faults.length === 0 ? '' : colours.red(wan.faults.join('\n')),
  ];
}

function ways(
  value: { readonly up: number; readonly down: number } | undefined,
  format: (value: number) => string,
): string | undefined {
  if (value === undefined) return undefined;
  if (value.up === value.down) return format(value.up);
  return `${format(value.up)} up\n${format(value.down)} down`;
}

function percent(part: number): string {
  return `${Math.round(part * 1e6) / 1e4}%`;
}

function table(head: string[], rows: string[][]): string {
  const drawn = new Table({ head, style: { head: [], border: [], compact: true } });
  drawn.push(...rows);
  return drawn.toString();
}
