/** The shape of what a site file says of the services of a gateway: addresses for hosts, the proxy. */
import { z } from 'zod';

import { DESTINATION, UNICAST } from './addresses.ts';
import { DEFAULTS } from './defaults.ts';
import { FLAG } from './kind.ts';
import { KINDS } from './kinds.ts';
import { block, list, name, setting, value } from './shape-parts.ts';
import { DOMAIN, MAC } from './values.ts';

const reservation = block('A host that gets always the same address in each subnet.', {
  mac: value(MAC, 'The Ethernet address of its interface.'),
  host: value(
    KINDS.hostNumber,
    'The number of its address in every subnet: 20 is 10.10.1.20, 10.10.2.20, … (and ::14 by DHCPv6).',
  ),
  name: name('Its host name.', 'printer').optional(),
});

export const provision = z
  .union([
    value(FLAG, '`on` hands out addresses with the defaults below.'),
    block('Addresses for the hosts of the LAN.', {
      enabled: setting(FLAG, 'Whether hosts get addresses here.', DEFAULTS.provision.enabled),
      ipv6: setting(
        KINDS.ipv6Provision,
        'How hosts get IPv6 addresses: by router advertisement, by DHCPv6, by both, not at all.',
        DEFAULTS.provision.ipv6,
      ),
      lease: setting(
        KINDS.lease,
        'How long an address is a host’s; hosts ask again after half of it.',
        DEFAULTS.provision.lease,
      ),
      dns: list(
        value(UNICAST, 'A DNS server.'),
        'DNS servers that hosts are told of. Default: none, or the gateway with `resolver`.',
      ).optional(),
      ntp: list(value(UNICAST, 'A time server.'), 'Time servers. Default: none.').optional(),
      domain: value(DOMAIN, 'The domain of the hosts. Default: none.').optional(),
      resolver: setting(
        FLAG,
        'The gateway itself answers DNS on the LAN: it asks `dns` or, without those, its own resolvers.',
        DEFAULTS.provision.resolver,
      ),
      reservations: list(reservation, 'Hosts with fixed addresses. Default: none.').optional(),
    }),
  ])
  .meta({ description: 'Addresses for hosts, one per WAN: a block, or `on`. Default: off.' });

const unproxied = block('TCP that the proxy leaves alone: to a prefix, to a port, or both.', {
  prefix: value(DESTINATION, 'Where it goes. Default: anywhere.').optional(),
  port: value(KINDS.servicePort, 'To which port. Default: any.').optional(),
});

export const proxy = z
  .union([
    value(FLAG, '`on` uses the defaults below.'),
    block('The MPTCP proxy for hosts that speak plain TCP.', {
      enabled: setting(FLAG, 'Whether the proxy runs.', DEFAULTS.proxy.enabled),
      port: setting(
        KINDS.proxyPort,
        "Its port on the LAN addresses, for the peers' proxies only; the same in the peers' files. The next port is its own on the loopback interface.",
        DEFAULTS.proxy.port,
      ),
      connections: setting(
        KINDS.connections,
        'So many connections at once; further ones wait.',
        DEFAULTS.proxy.connections,
      ),
      except: list(unproxied, 'What is forwarded as it is. Default: none.').optional(),
    }),
  ])
  .meta({
    description: 'A transparent MPTCP proxy for plain TCP: a block, or `on`. Default: off.',
  });
