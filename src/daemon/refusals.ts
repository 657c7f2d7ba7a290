/**
 * A site file that is not meant for this machine, or not now.
 *
 * Always holds: reads only; one interface of the LAN and one of a WAN are enough, since the others may
 * be unplugged.
 */
import type { Dataplane } from '../apply/dataplane.ts';
import type { Applied } from '../apply/state.ts';
import type { SiteConfig } from '../config/site.ts';
import { anotherSite, otherMachine } from './gateway-errors.ts';

/** An interface of a site file, what it is for, and whether this machine has it. */
export interface SiteInterface {
  readonly name: string;
  /** A LAN interface, or the name of the WAN. */
  readonly wan: string | undefined;
}

/** In the order of the file, the LAN first. */
export function interfacesOf(site: SiteConfig): readonly SiteInterface[] {
  return [
    ...site.lan.interfaces.map((name) => ({ name, wan: undefined })),
    ...site.wans.map(({ name, interface: device }) => ({ name: device, wan: name })),
  ];
}

/** @throws when it would take the place of another site. */
export function refuseAnotherSite(applied: Applied | undefined, site: SiteConfig): void {
  if (applied !== undefined && applied.site.site !== site.site)
    throw anotherSite(applied, site.site);
}

/**
 * An interface that the same site has had here is unplugged, and no sign of another machine.
 * @throws when the file has no interface of the LAN, or none of a WAN, that is here.
 */
export async function refuseWithoutInterfaces(
  dataplane: Dataplane,
  applied: Applied | undefined,
  site: SiteConfig,
): Promise<void> {
  const wanted = interfacesOf(site);
  const present = await dataplane.present(wanted.map(({ name }) => name));
  const before = applied?.site.site === site.site ? interfacesOf(applied.site) : [];
  const known = new Set([...present, ...before.map(({ name }) => name)]);
  for (const side of ['LAN', 'WAN'] as const) {
    const names = wanted
      .filter(({ wan }) => (wan === undefined) === (side === 'LAN'))
      .map(({ name }) => name);
    if (!names.some((name) => known.has(name))) throw otherMachine(side, site.site, names);
  }
}
