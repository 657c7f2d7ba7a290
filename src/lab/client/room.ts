/**
 * The place where a host's client runs: its network namespace, and a file system of its own over the
 * machine's. Pure.
 *
 * Always holds: nothing of what the host writes reaches the machine; the room is gone with its last
 * process.
 */
import { resolve } from 'node:path';

import type { HostNode } from '../plan.ts';
import type { ClientPlan } from './client-plan.ts';

const INSTALL = resolve(import.meta.dirname, '../../../host/install');

/** What clients and their hooks write to. */
const OWN_TREES = ['/etc', '/usr/local', '/var/lib'];

/** @param directory of this host alone, of which `tree` is an empty folder. */
export function roomScript(host: HostNode, client: ClientPlan, directory: string): string {
  return [
    'set -eu',
    `tree='${directory}/tree'`,
    'mount -t tmpfs tmpfs "$tree"',
    ...OWN_TREES.flatMap((path) => {
      const name = path.replaceAll('/', '-');
      const own = `"$tree/upper${name}" "$tree/work${name}"`;
      const layers = `lowerdir=${path},upperdir=$tree/upper${name},workdir=$tree/work${name}`;
      return [`mkdir ${own}`, `mount -t overlay overlay -o "${layers}" ${path}`];
    }),
    'mount -t tmpfs -o mode=755 tmpfs /run',
    ...Object.entries(client.files).map(fileCommand),
    ...(host.profile === null ? [] : hostScript(host)),
    'ip link set eth0 up',
    ...client.programs,
    // Holds the room open.
    'exec sleep infinity',
    '',
  ].join('\n');
}

/** As on any host: install, and what systemd would start. */
function hostScript(host: HostNode): readonly string[] {
  const signal = host.endpoints === 'signal' ? ' --signal' : '';
  return [
    `${INSTALL} --client ${host.client} --interface eth0${signal}`,
    '/usr/local/sbin/wamptcp-host watch &',
  ];
}

function fileCommand([path, text]: readonly [string, string]): string {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return `mkdir -p ${folder}\ncat >${path} <<'END-OF-FILE'\n${text}\nEND-OF-FILE`;
}
