/** What the host script lets pass as a value, in every shell that it runs in. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { parseAddress } from '../../../src/net/address.ts';
import { HOSTILE, NO_HOSTS, NO_LENGTHS, NO_MASKS } from '../../netns/host/hostile-values.ts';

const VALUES = join(import.meta.dirname, '../../../host/lib/values.sh');

/** All of them do not go into one command line. */
const short = HOSTILE.filter((value) => value.length < 1000);

const octet = fc.oneof(
  { weight: 9, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.constantFrom('', '00', '01', '0x1', '-1', '1e2', ' 1', '*') },
);
const dotted = fc.array(octet, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));

for (const shell of [['dash'], ['busybox', 'sh']]) {
  /** What a function prints for each value, or undefined where it does not agree. */
  const said = (question: string, values: readonly string[]): (string | undefined)[] => {
    const script = `set -u; . "$0"; for value; do if said=$(${question} "$value" ''); then echo "yes:$said"; else echo no; fi; done`;
    const [program = '', ...flags] = shell;
    const text = execFileSync(program, [...flags, '-c', script, VALUES, ...values], {
      encoding: 'utf8',
    });
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => (line === 'no' ? undefined : line.slice(4)));
  };
  const passing = (question: string, values: readonly string[]): string[] => {
    const answers = said(question, values);
    assert.equal(answers.length, values.length);
    return values.filter((_, index) => answers[index] !== undefined);
  };

  describe(`in ${shell.join(' ')}`, () => {
    test('an address is one of a host', () => {
      const good = ['10.10.1.5', '1.2.3.4', '192.168.1.255', '223.255.255.255', '100.64.0.1'];
      assert.deepEqual(passing('is_ipv4', [...good, ...short, ...NO_HOSTS]), good);
    });

    test('what is an address to the host is one to the gateway, and the other way round', () => {
      const values = fc.sample(dotted, 2000);
      const expected = values.filter((value) => {
        const [first = 0] = value.split('.').map(Number);
        const isHost = first !== 0 && first !== 127 && first < 224;
        return parseAddress(value) !== undefined && isHost;
      });
      assert.ok(expected.length > 50);
      assert.deepEqual(passing('is_ipv4', values), expected);
    });

    test('a macvlan has the name of its card as far as there is room', () => {
      const named = said('macvlan_name', ['eth0', 'wlp0s20f3', 'abcdefghijklm', 'abcdefghijklmn']);
      assert.deepEqual(named, ['eth0w', 'wlp0s20f3w', 'abcdefghijklmw', 'acdefghijklmnw']);
      assert.deepEqual(said('macvlan_name', ['enx001122334455']), ['e001122334455w']);
    });

    test('a mask is its length, and what is none is nothing', () => {
      const lengths = Array.from({ length: 33 }, (_, length) => length);
      const masks = lengths.map(maskOf);
      assert.deepEqual(said('mask_length', masks), lengths.map(String));
      const none = [...short, ...NO_MASKS].filter((mask) => !masks.includes(mask));
      assert.deepEqual(new Set(said('mask_length', none)), new Set(['']));
    });

    test('a length is one of a network on a LAN', () => {
      const good = Array.from({ length: 25 }, (_, index) => String(index + 8));
      const others = [...short, ...NO_LENGTHS].filter((value) => !good.includes(value));
      assert.deepEqual(passing('is_length', [...good, ...others]), good);
    });

    test('a number of WANs is 1 to 8', () => {
      assert.deepEqual(passing('is_count', ['1', '8', '0', ...short]), ['1', '8']);
    });

    test('an interface is one that there is', () => {
      assert.deepEqual(passing('is_interface', short), ['lo']);
    });
  });
}

function maskOf(length: number): string {
  const bits = '1'.repeat(length).padEnd(32, '0');
  return [0, 8, 16, 24].map((at) => Number.parseInt(bits.slice(at, at + 8), 2)).join('.');
}
