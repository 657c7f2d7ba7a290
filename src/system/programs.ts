/**
 * The programs that a gateway runs, and how to get those that are missing.
 *
 * Always holds: looks at PATH only, runs nothing.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's packages, of programs that are not called like theirs. */
const PACKAGES: Readonly<Record<string, string>> = {
  bird: 'bird2',
  bridge: 'iproute2',
  birdc: 'bird2',
  chrt: 'util-linux',
  dnsmasq: 'dnsmasq-base',
  id: 'coreutils',
  ip: 'iproute2',
  nft: 'nftables',
  nice: 'coreutils',
  ping: 'iputils-ping',
  prlimit: 'util-linux',
  rdisc6: 'ndisc6',
  setpriv: 'util-linux',
  ss: 'iproute2',
  unshare: 'util-linux',
};

export function packageOf(program: string): string {
  return PACKAGES[program] ?? program;
}

export type Lack =
  | { readonly program: string; readonly kind: 'missing' }
  | { readonly program: string; readonly kind: 'not-executable'; readonly file: string };

/** What keeps a program from being run; undefined: nothing that shows from outside. */
export function lackOf(program: string, path = process.env['PATH'] ?? ''): Lack | undefined {
  const files = program.includes('/')
    ? [program]
    : path.split(delimiter).map((directory) => join(directory, program));
  const found = files.filter(isFile);
  if (found.some(isExecutable)) return undefined;
  const [file] = found;
  return file === undefined
    ? { program, kind: 'missing' }
    : { program, kind: 'not-executable', file };
}

export function lackText(lack: Lack): string {
  return lack.kind === 'missing'
    ? `${lack.program} is not installed`
    : `${lack.program} cannot be run: ${lack.file} is not executable`;
}

/** What to do about it. */
export function lackCure(lack: Lack): string {
  const name = packageOf(lack.program);
  return lack.kind === 'missing'
    ? `Install the Debian package ${name}: \`apt-get install ${name}\`.`
    : `\`chmod 755 ${lack.file}\`, or install it anew: \`apt-get install --reinstall ${name}\`.`;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Root may read and write anything, but runs only what somebody may run. */
function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
