/** All clients that a host of a lab may have. */
import type { ClientHost, ClientPlan, MovingClient } from './client-plan.ts';
import { dhclient } from './dhclient.ts';
import { dhcpcd } from './dhcpcd.ts';
import { networkd } from './networkd.ts';
import { networkmanager } from './networkmanager.ts';
import { udhcpc } from './udhcpc.ts';

export const CLIENTS: Readonly<Record<MovingClient, (host: ClientHost) => ClientPlan>> = {
  dhclient,
  udhcpc,
  dhcpcd,
  networkd,
  networkmanager,
};
