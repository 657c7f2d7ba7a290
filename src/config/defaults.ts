/** What holds when a site file does not say: in the file's own words, so that documents can quote it. */
export const DEFAULTS = {
  capacity: '100mbit',
  allow: { protocol: 'tcp' },
  direct: false,
  tunnel: { type: 'vxlan', port: 4789, vni: 100 },
  path: { nat: false },
  detection: { interval: '50ms', multiplier: 3, dscp: 'CS6' },
  recovery: { fast: true, holdDown: '0s', spread: false },
  classes: { spread: false },
  probes: { interval: '500ms', roundTrip: '1s', window: 5, loss: '50%' },
  damping: { enabled: true, flaps: 5, window: '60s', quiet: '30s' },
  host: {
    rtoMin: '10ms',
    staleLossCount: 8,
    receiveBuffer: '64MiB',
    sendBuffer: '8MiB',
    notsentLowat: '128KiB',
    blackholeTimeout: '0s',
  },
  provision: { enabled: true, ipv6: 'slaac', lease: '1h', resolver: false },
  proxy: { enabled: true, port: 5787, connections: 10_000 },
  ids: { table: 5000, rulePriority: 5000 },
} as const;

/** How many numbers from each base of `ids` the gateway may use. */
export const TABLE_COUNT = 300;
export const RULE_PRIORITY_COUNT = 100;

/** Address-sharing MPTCP connections have at most 8 subflows in the kernel (MPTCP_SUBFLOWS_MAX). */
export const MAX_WANS = 8;

/** Each has a routing table of its own. */
export const MAX_CLASSES = 16;

/** More targets of probes tell no more. */
export const MAX_TARGETS = 16;

export const VNI_MAX = 16_777_215;
