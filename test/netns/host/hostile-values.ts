/** What somebody on the network might have a DHCP client hand to its hooks. */

/** For any place: names, numbers and addresses that are none, and shell that nobody is to run. */
export const HOSTILE: readonly string[] = [
  ...[
    '',
    ' ',
    '\n',
    '-',
    '-rf',
    '--help',
    '..',
    '*',
    '\\',
    '%s%n',
    '/*/*/*/*/*/*',
    '../../etc/passwd',
  ],
  ...['eth0/../lo', 'eth0 lo', 'eth0\nlo', 'lo', 'far0', 'eth0w2', '../eth0w2'],
  ...['$(touch /taken)', '`touch /taken`', '; touch /taken', '& touch /taken &', '>/taken'],
  ...[
    `'; touch /taken; '`,
    '"; touch /taken; "',
    '\ntouch /taken\n',
    'x[$(touch /taken)]',
    '$((1/0))',
  ],
  ...['0x2', '010', '-1', '9', '99999999999999999999', '02\n03', '2 ', '٢'],
  ...['x'.repeat(100_000), '1.'.repeat(50_000)],
];

/** Some of all kinds, where each call takes long. */
export const FEW: readonly string[] = [
  ...['', ' ', '*', '../../etc/passwd', '$(touch /taken)', '`touch /taken`', '; touch /taken'],
  ...['10.10.1.5 dev lo', '0.0.0.0', '9', '-1', '99999999999999999999', '1.'.repeat(50_000)],
];

/** More where an address is meant. */
export const NO_HOSTS: readonly string[] = [
  ...['10.10.2', '10.10.2.9.1', '10..2.9', '.10.2.9', '10.10.2.', '10.10.2.256', '010.10.2.9'],
  ...[
    '10.10.2.09',
    '0x0a.10.2.9',
    '10.10.2.9/24',
    '10.10.2.9/0',
    '10.10.2.9 dev lo',
    '10.10.2.9\n',
  ],
  ...['10.10.2.9\n10.10.2.8', '::1', 'fe80::1', '::ffff:10.10.2.9', 'any', 'default', 'all'],
  // Addresses, but of no host.
  ...['0.0.0.0', '0.10.2.9', '127.0.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
];

/** More where a mask is meant: as dhclient says it, as udhcpc says it. */
export const NO_MASKS: readonly string[] = [
  ...['0.0.0.0', '128.0.0.0', '255.0.255.0', '255.255.0.255', '0.255.255.0', '255.255.255.256'],
  ...['255.255.255', '255.255.255.0.0', '255.255.255.', '.255.255.255', '255.255.255.0\n'],
  ...['24', '255.255.255.0/24', '0255.255.255.0', '255.253.0.0', '255.255.255.255.255'],
];
export const NO_LENGTHS: readonly string[] = [
  ...['0', '1', '7', '33', '024', '24 ', '24\n', '+24', '255.255.255.0', '24;touch /taken'],
];

/** A string of random octets, of which an environment may have any but NUL. */
export function randomOctets(random: (below: number) => number): Uint8Array {
  const pick = random(2) === 0 ? () => 1 + random(255) : () => SPECIAL[random(SPECIAL.length)] ?? 1;
  return Uint8Array.from({ length: 3 + random(60) }, pick);
}

const SPECIAL = [...Buffer.from('0123456789.:/-_ethw \n\t\\\'"`$(){}[]<>|&;*?!#~=,%^@+')];
