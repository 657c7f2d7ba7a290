/**
 * Faults of what all WANs of a gateway share: rules, filter, switches, engine's routes, LAN.
 *
 * Always holds: policy rules with the engine's routes, the filter, and the LAN's addresses each keep traffic inside of the tunnels
 * without the others. Of one gateway two of them are not taken away at the same time: nothing is left
 * then that knows what a tunnel is for.
 */
import { run } from '../../../../src/system/command.ts';
import { tryOn } from './fault.ts';
import type { FaultKind } from './fault.ts';
import { endpoints, engineRoutes, lan, rules, ruleset, session, sysctl } from './look.ts';

/** Keeps traffic inside of the tunnels. */
const PROTECTION = { lane: 'protection', keepsLane: true } as const;

function protection(...words: Parameters<typeof removal>): FaultKind {
  return { ...removal(...words), ...PROTECTION };
}

function removal(
  name: string,
  look: FaultKind['look'],
  ...argv: readonly (readonly string[])[]
): FaultKind {
  return {
    ...{ name, harms: 'gateway', look },
    strike: async (target) => {
      for (const one of argv) await tryOn(target, ...one);
    },
  };
}

function takesRules(
  name: string,
  chosen: (priorities: readonly string[], draw: number) => readonly string[],
): FaultKind {
  return {
    ...{ name, harms: 'gateway', look: rules, ...PROTECTION },
    strike: async (target) => {
      for (const family of ['-4', '-6']) {
        const text = await tryOn(target, 'ip', family, 'rule');
        const priorities = [...text.matchAll(/^(5\d+):/gm)].map(([, priority]) => priority ?? '');
        // In one process: what comes back meanwhile would be deleted as well.
        const lines = chosen(priorities, target.draw).map(
          (priority) => `rule delete priority ${priority}`,
        );
        const { name } = target.gateway.namespace;
        await run(['ip', '-n', name, family, '-force', '-batch', '-'], {
          stdin: `${lines.join('\n')}\n`,
        }).catch(() => '');
      }
    },
  };
}

const TABLE = ['inet', 'wamptcp'] as const;

export const GATEWAY_FAULTS: readonly FaultKind[] = [
  takesRules('policy rules, all', (priorities) => priorities),
  takesRules('policy rules, one', (priorities, draw) =>
    priorities.slice(Math.floor(draw * priorities.length)).slice(0, 1),
  ),
  protection('nftables ruleset', ruleset, ['nft', 'flush', 'ruleset']),
  protection('nftables table', ruleset, ['nft', 'delete', 'table', ...TABLE]),
  protection('nftables chain', ruleset, ['nft', 'flush', 'chain', ...TABLE, 'forward']),
  protection('nftables set', ruleset, ['nft', 'flush', 'set', ...TABLE, 'behind_peers_ipv4']),
  protection('nftables rule added', ruleset, [
    ...['nft', 'insert', 'rule', ...TABLE, 'forward', 'counter', 'drop'],
  ]),
  removal(
    'forwarding on and off',
    sysctl(
      'net.ipv4.ip_forward',
      'net.ipv4.conf.lan0.forwarding',
      'net.ipv4.conf.wt100.forwarding',
    ),
    ['sysctl', '-qw', 'net.ipv4.ip_forward=1'],
    ['sysctl', '-qw', 'net.ipv4.ip_forward=0'],
  ),
  removal('forwarding of the LAN', sysctl('net.ipv4.conf.lan0.forwarding'), [
    ...['sysctl', '-qw', 'net.ipv4.conf.lan0.forwarding=0'],
  ]),
  removal(
    'IPv6 forwarding',
    sysctl('net.ipv6.conf.all.forwarding', 'net.ipv6.conf.lan0.forwarding'),
    [...['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=0']],
  ),
  protection('routes of the engine', engineRoutes, [
    ...['ip', 'route', 'flush', 'table', '5001', 'proto', 'bird'],
  ]),
  protection(
    'routes of the engine, all tables',
    engineRoutes,
    ['ip', '-4', 'route', 'flush', 'table', 'all', 'proto', 'bird'],
    ['ip', '-6', 'route', 'flush', 'table', 'all', 'proto', 'bird'],
  ),
  protection('addresses of the LAN', lan, [
    'ip',
    'address',
    'flush',
    'dev',
    'lan0',
    'scope',
    'global',
  ]),
  protection('LAN set down', lan, ['ip', 'link', 'set', 'lan0', 'down']),
  removal('MPTCP endpoints', endpoints, ['ip', 'mptcp', 'endpoint', 'flush']),
  {
    ...{ name: 'IPv6 off and on, whole machine', harms: 'gateway', look: session },
    ...{ lasts: [300, 1500], lane: 'ipv6' },
    strike: async (target) => {
      const set = async (value: string): Promise<void> => {
        for (const which of ['all', 'default']) {
          await tryOn(target, 'sysctl', '-qw', `net.ipv6.conf.${which}.disable_ipv6=${value}`);
        }
      };
      await set('1');
      return () => set('0');
    },
  },
];
