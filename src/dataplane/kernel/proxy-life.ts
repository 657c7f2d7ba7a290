/**
 * Gives a process of the proxy the nftables table that ends with it (`src/plan/proxy-life.ts`).
 *
 * Always holds: a process marks its connections only if it has such a table; without one, hosts see them
 * end as the kernel closes them.
 */
import { randomInt } from 'node:crypto';

import { PROXY_LIVES } from '../../plan/ids.ts';
import { lifeBatch, lifeMark, parseLives } from '../../plan/proxy-life.ts';
import { run } from '../../system/command.ts';

/**
 * Makes the table and becomes the program that owns it: first the batch in hexadecimal digits, then the
 * program's words. The socket gets the last descriptor number that the process may have, so that it is
 * the first to be closed. 16 is AF_NETLINK, 12 NETLINK_NETFILTER, 3 SOCK_RAW, 0 F_DUPFD.
 */
const OWNER = `
socket(my $socket, 16, 3, 12) or die "socket: $!\\n";
send($socket, pack("H*", shift), 0, pack("SSLL", 16, 0, 0, 0)) or die "send: $!\\n";
recv($socket, my $answer, 65536, 0);
$! = -unpack("x16 l", $answer) and die "nftables: $!\\n";
open(my $limits, "<", "/proc/self/limits") or die "limits: $!\\n";
my ($files) = map { /^Max open files +(\\d+)/ } <$limits>;
fcntl($socket, 0, $files - 1) or die "fcntl: $!\\n";
exec { $ARGV[0] } @ARGV or die "exec: $!\\n";
`;

export interface Life {
  /** Before the program's own; none: the kernel or Perl is not up to it. */
  readonly words: readonly string[];
  /** For the sockets of the process; 0 is what sockets have anyway. */
  readonly mark: string;
}

/** Of a process that speaks to no host. */
export const UNMARKED: Life = { words: [], mark: '0' };

/**
 * For a process that takes over from those that live. Where the machine is up to it, a process without
 * its table would get no connection, so then it does not start.
 */
export async function newLife(): Promise<Life> {
  if (!(await ownedTables())) return UNMARKED;
  const before = parseLives(await run(['nft', 'list', 'tables', 'inet']));
  let life = randomInt(PROXY_LIVES);
  while (before.includes(life)) life = randomInt(PROXY_LIVES);
  return { words: owner(life, before), mark: lifeMark(life) };
}

let known: Promise<boolean> | undefined;

/** Whether this machine is up to it; tried in a network namespace of its own, once. */
export async function ownedTables(): Promise<boolean> {
  known ??= succeeds(['unshare', '--net', ...owner(0, []), 'true']);
  return await known;
}

function owner(life: number, before: readonly number[]): readonly string[] {
  return ['perl', '-e', OWNER, Buffer.from(lifeBatch(life, before)).toString('hex')];
}

async function succeeds(words: readonly string[]): Promise<boolean> {
  return await run(words).then(
    () => true,
    () => false,
  );
}
