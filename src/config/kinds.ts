/** Kinds that differ from key to key by their limits. */
import { MAX_TARGETS, RULE_PRIORITY_COUNT, TABLE_COUNT, VNI_MAX } from './defaults.ts';
import { wholeNumber, words } from './kind.ts';
import { duration, size } from './values.ts';

export const KINDS = {
  vni: wholeNumber(1, VNI_MAX, 100, 'a VNI has 24 bits'),
  port: wholeNumber(1, 65535, 4789),
  transport: words('tcp', 'udp'),
  servicePort: wholeNumber(1, 65535, 22),
  proxyPort: wholeNumber(1, 65534, 5787, 'the next one is the proxy’s, too'),
  connections: wholeNumber(1, 25_000, 10_000, 'a peer’s proxy is called from one address'),
  tunnelType: words('vxlan'),
  interval: duration('10ms', '1s', '1ms', '50ms'),
  multiplier: wholeNumber(2, 50, 3),
  holdDown: duration('0s', '1h', '1ms', '10s'),
  flaps: wholeNumber(2, 100, 5),
  window: duration('1s', '1h', '1ms', '60s'),
  quiet: duration('1s', '1h', '1ms', '30s'),
  probeInterval: duration('100ms', '10s', '1ms', '500ms'),
  probeRoundTrip: duration('10ms', '10s', '1ms', '1s'),
  probeWindow: wholeNumber(2, 100, 5),
  quorum: wholeNumber(1, MAX_TARGETS, 2),
  rtoMin: duration('1ms', '1s', '1ms', '10ms'),
  staleLossCount: wholeNumber(1, 255, 1),
  buffer: size(65536, 1024 ** 3, '64MiB'),
  unsent: size(16384, 1024 ** 3, '128KiB'),
  blackholeTimeout: duration('0s', '24h', '1s', '0s'),
  lease: duration('2m', '720h', '1s', '1h'),
  ipv6Provision: words('slaac', 'dhcp', 'both', 'off'),
  hostNumber: wholeNumber(1, 65_534, 20, 'the number of an address in its subnet'),
  table: wholeNumber(
    256,
    4_294_967_295 - TABLE_COUNT,
    5000,
    '0 and 253 to 255 are the tables of the kernel',
  ),
  rulePriority: wholeNumber(
    1,
    32766 - RULE_PRIORITY_COUNT,
    5000,
    'the rule of the main table has 32766',
  ),
} as const;
