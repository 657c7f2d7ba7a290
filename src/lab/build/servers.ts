/**
 * The commands that make a server in the Internet and connect it to the core of a line. Pure.
 *
 * Always holds: it has the kernel's own settings, as whoever serves the Internet knows nothing of us;
 * its answers take the line to which their destination belongs.
 */
import { inNamespace } from '../link/command.ts';
import type { Command } from '../link/command.ts';
import { makeNamespace } from '../namespace.ts';
import type { InternetServer, LabLine } from '../plan.ts';

const SERVER_SIDE = 'fe80::1';
const CORE_SIDE = 'fe80::2';

export function buildServer(lab: string, { namespace, addresses }: InternetServer): Command[] {
  return [
    makeNamespace(lab, namespace),
    inNamespace(namespace, ['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0']),
    ...addresses.map((address) => ip(namespace, 'address', 'add', address, 'dev', 'lo')),
  ];
}

/** After the line's core is there. @param index of the line, @param place of the server. */
export function connectServer(
  server: InternetServer,
  place: number,
  line: LabLine,
  index: number,
): Command[] {
  const { namespace, addresses } = server;
  const [near, far] = [`line${index + 1}`, `server${place + 1}`];
  const mtu = String(line.mtu);
  const behind = line.attachments.flatMap(({ routing, middlebox }) => [
    ...[...routing.near, ...routing.subnets],
    ...(typeof middlebox?.nat === 'string' ? [middlebox.nat] : []),
  ]);
  return [
    ip(
      namespace,
      ...['link', 'add', 'name', near, 'mtu', mtu, 'type', 'veth'],
      ...['peer', 'name', far, 'mtu', mtu, 'netns', line.core],
    ),
    ip(namespace, 'address', 'add', `${SERVER_SIDE}/64`, 'dev', near, 'nodad'),
    ip(line.core, 'address', 'add', `${CORE_SIDE}/64`, 'dev', far, 'nodad'),
    ip(namespace, 'link', 'set', near, 'up'),
    ip(line.core, 'link', 'set', far, 'up'),
    ...behind.map((prefix) => route(namespace, prefix, CORE_SIDE, near)),
    ...addresses.map((address) => route(line.core, address, SERVER_SIDE, far)),
  ];
}

function route(namespace: string, prefix: string, via: string, device: string): Command {
  const next = prefix.includes(':') ? ['via', via] : ['via', 'inet6', via];
  return ip(namespace, 'route', 'replace', prefix, ...next, 'dev', device);
}

function ip(namespace: string, ...argv: string[]): Command {
  return { argv: ['ip', '-n', namespace, ...argv] };
}
