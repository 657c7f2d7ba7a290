/**
 * Who has what a tunnel wants: the UDP port, or the VNI.
 *
 * Always holds: looks only; parsing is apart from asking, and what is not understood is nobody.
 */
import { z } from 'zod';

import { run } from '../../system/command.ts';
import { parseArray } from './ip-json.ts';

const device = z.object({
  ifname: z.string(),
  linkinfo: z.object({
    info_kind: z.string(),
    info_data: z.object({
      id: z.number().optional(),
      vni: z.number().optional(),
      port: z.number().optional(),
      dstport: z.number().optional(),
      external: z.boolean().optional(),
    }),
  }),
});

export interface TunnelDevice {
  readonly name: string;
  readonly kind: string;
  readonly port: number | undefined;
  readonly vni: number | undefined;
}

/** Devices that listen on a port of their own, `ip -j -d link show`. */
export function parseTunnelDevices(json: string): readonly TunnelDevice[] {
  return parseArray(json, device).map(({ ifname, linkinfo: { info_kind: kind, info_data } }) => ({
    name: ifname,
    kind,
    port: info_data.port ?? info_data.dstport,
    vni: info_data.id ?? info_data.vni,
  }));
}

/** Whose sockets they are, `ss -Hlunp`; the kernel's own are nobody's. */
export function parseSocketOwner(text: string): string | undefined {
  const [, program, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(text) ?? [];
  return program === undefined ? undefined : `${program} (process ${pid ?? '?'})`;
}

/** As a person calls it; undefined: it does not show. */
export async function udpPortHolder(port: number): Promise<string | undefined> {
  const sockets = await run(['ss', '-Hlunp', `sport = :${port}`]).catch(() => '');
  const program = parseSocketOwner(sockets);
  if (program !== undefined) return program;
  const found = (await tunnelDevices()).filter((one) => one.port === port && !isOurs(one));
  const [first] = found;
  return first === undefined ? undefined : deviceText(first);
}

export async function vniHolder(vni: number, except: string): Promise<string | undefined> {
  const found = (await tunnelDevices()).find((one) => one.vni === vni && one.name !== except);
  return found === undefined ? undefined : deviceText(found);
}

async function tunnelDevices(): Promise<readonly TunnelDevice[]> {
  return await run(['ip', '-j', '-d', 'link', 'show']).then(parseTunnelDevices, () => []);
}

function isOurs({ name }: TunnelDevice): boolean {
  return /^wt\d+$/.test(name);
}

function deviceText({ name, kind }: TunnelDevice): string {
  return `the ${kind.toUpperCase()} device ${name}`;
}
