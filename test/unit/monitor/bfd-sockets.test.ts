/** Sessions without a socket, by what the kernel says of sockets and addresses. */
import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import { describe, test } from 'node:test';

import { socketless } from '../../../src/monitor/bfd-sockets.ts';
import { tunnelAddress } from '../../../src/plan/ids.ts';

const ENDS = [100, 0xabcdef].map((vni) => ({
  device: `wt${vni}`,
  localAddress: tunnelAddress(vni, 1),
}));

const HEADER =
  '  sl  local_address                         remote_address                        st';

/** As the kernel prints them: four words, each as the machine has it in memory. */
function socket(hex: string, port: 'BCAF' | '0EC8'): string {
  const words = hex.match(/.{8}/g) ?? [];
  const printed = words.map((word) =>
    endianness() === 'LE' ? Buffer.from(word, 'hex').reverse().toString('hex') : word,
  );
  return ` 1802: ${printed.join('').toUpperCase()}:${port} ${'0'.repeat(32)}:0000 07 00000000:00000000`;
}

const hexOf = (vni: number): string =>
  `fe80${'0'.repeat(16)}${(vni >> 16).toString(16).padStart(4, '0')}${(vni & 0xffff).toString(16).padStart(4, '0')}0001`;

function names(sockets: readonly string[], addresses: readonly string[]): readonly string[] {
  return socketless(ENDS, [HEADER, ...sockets, ''].join('\n'), [...addresses, ''].join('\n')).map(
    ({ device }) => device,
  );
}

const address = (vni: number, device = `wt${vni}`): string =>
  `${hexOf(vni)} 06 40 20 82    ${device}`;

const both = (vni: number): readonly string[] => [
  socket(hexOf(vni), 'BCAF'),
  socket(hexOf(vni), '0EC8'),
];

describe('a session lacks a socket', () => {
  test('when none is bound to its address, which is there', () => {
    const addresses = [address(100), address(0xabcdef)];
    assert.deepEqual(names([], addresses), ['wt100', 'wt11259375']);
    assert.deepEqual(names(both(100), addresses), ['wt11259375']);
    assert.deepEqual(names([...both(100), ...both(0xabcdef)], addresses), []);
  });

  test('when it can only listen, or only send', () => {
    for (const one of both(100)) assert.deepEqual(names([one], [address(100)]), ['wt100']);
  });

  test('also when the kernel has given it another address of its interface', () => {
    const other = 'fe80000000000000005702fffe000064';
    const sockets = [socket(other, 'BCAF'), socket(other, '0EC8')];
    assert.deepEqual(names(sockets, [address(100)]), ['wt100']);
  });

  test('but not while its address is missing, or on another interface', () => {
    assert.deepEqual(names([], []), []);
    assert.deepEqual(names([], [address(100, 'wan0')]), []);
  });

  test('whatever else has a socket', () => {
    const any = [socket('0'.repeat(32), 'BCAF'), socket('0'.repeat(32), '0EC8')];
    assert.deepEqual(names([...any, 'nonsense', ''], [address(100)]), ['wt100']);
  });
});
