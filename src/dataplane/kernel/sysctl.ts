/**
 * Sysctls by their files under /proc/sys.
 *
 * Always holds: names are parts, not dotted text, since an interface may be called `eth0.100`.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { WamptcpError } from '../../lib/errors.ts';
import { IPV6_FORWARDING } from '../../plan/sysctls.ts';
import type { Sysctl } from '../../plan/resource.ts';
import { isMissing } from '../../system/file.ts';

export function readSysctl(key: readonly string[]): Sysctl | undefined {
  try {
    return { kind: 'sysctl', key, value: readFileSync(pathOf(key), 'utf8').trim() };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Sets a value. `net.ipv6.conf.all.forwarding` would overwrite the switch of every interface of the
 * machine, so those are put back at once: forwarding as such needs only the one of the machine.
 */
export function writeSysctl(wanted: Sysctl): void {
  const others = wanted.key.join('/') === IPV6_FORWARDING.join('/') ? ipv6Forwarding() : [];
  write(wanted);
  for (const other of others) {
    if (readSysctl(other.key)?.value !== other.value) write(other);
  }
}

/** Deleting an IPv4 address of these takes no other one of its network along while `work` runs. */
export async function keepingSecondaries(
  names: readonly string[],
  work: () => Promise<unknown>,
): Promise<void> {
  const off = [...new Set(names)].flatMap((name) => {
    const before = readSysctl(['net', 'ipv4', 'conf', name, 'promote_secondaries']);
    return before?.value === '0' ? [before] : [];
  });
  try {
    for (const before of off) write({ ...before, value: '1' });
    await work();
  } finally {
    for (const before of off) {
      // The interface may be gone by now, and its switch with it.
      if (readSysctl(before.key) !== undefined) write(before);
    }
  }
}

/** False: the kernel was booted with `ipv6.disable=1`, and no switch brings it back. */
export function hasIpv6(): boolean {
  return existsSync(pathOf(['net', 'ipv6', 'conf', 'all']));
}

function write({ key, value }: Sysctl): void {
  try {
    writeFileSync(pathOf(key), value);
  } catch (error) {
    throw new WamptcpError('SYSCTL_FAILED', `cannot set ${key.join('.')} to ${value}`, {
      advice: isMissing(error)
        ? 'The interface is gone, or this kernel lacks the switch.'
        : 'Run it as root, outside a container that forbids it.',
      cause: error,
    });
  }
}

function ipv6Forwarding(): readonly Sysctl[] {
  const root = ['net', 'ipv6', 'conf'];
  return readdirSync(pathOf(root))
    .filter((name) => name !== 'all')
    .flatMap((name) => readSysctl([...root, name, 'forwarding']) ?? []);
}

function pathOf(key: readonly string[]): string {
  return join('/proc/sys', ...key);
}
