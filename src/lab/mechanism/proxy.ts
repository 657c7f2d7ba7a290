/**
 * Plain TCP at the hosts, MPTCP between the gateways: by the gateways' own proxy, without and with Fast
 * Recovery, and by the paper's engine.
 *
 * Always holds: what crosses the lines is the connection between the gateways, so that is what is
 * captured.
 */
import { DEFAULTS } from '../../config/defaults.ts';
import { mechanismOf } from '../testbed/set-up.ts';
import type { Traits } from '../testbed/set-up.ts';
import { DANTED_PORT } from './dante-setup.ts';
import { startDante } from './dante.ts';
import { untilTwinsAnswer } from './proxy-state.ts';

const proxied = {
  protocol: 'tcp',
  addresses: 'one',
} as const satisfies Partial<Traits>;

const own = {
  ...proxied,
  families: ['ipv4', 'ipv6'],
  encapsulations: ['vxlan'],
  proxy: true,
  betweenGateways: `tcp port ${DEFAULTS.proxy.port}`,
  add: async (lab) => {
    const ready = async (): Promise<void> => {
      await Promise.all(['branch', 'hub'].map((gateway) => untilTwinsAnswer(lab, gateway)));
    };
    await ready();
    return { ready, stop: () => Promise.resolve() };
  },
} as const satisfies Partial<Traits>;

export const proxy = mechanismOf({
  ...own,
  name: 'proxy',
  title: 'MPTCP Proxy',
  detects: false,
});

export const proxyFr = mechanismOf({
  ...own,
  name: 'proxy-fr',
  title: 'MPTCP Proxy+FR',
  detects: true,
  fastRecovery: true,
});

export const proxyDante = mechanismOf({
  ...proxied,
  name: 'proxy-dante',
  title: 'MPTCP Proxy (Dante)',
  detects: false,
  // redsocks knows no IPv6.
  families: ['ipv4'],
  encapsulations: ['vxlan', 'none'],
  betweenGateways: `tcp port ${DANTED_PORT}`,
  add: (lab) => startDante(lab, { branch: 'branch', hub: 'hub' }),
});
