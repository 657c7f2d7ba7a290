/**
 * Values from the network that a DHCP client hands to its hooks, or keeps in its file: whatever they
 * are, nothing is executed, nothing is written outside of the run directory, nothing becomes an
 * address or an endpoint that is not one, what good leases gave stays, and the client is not disturbed.
 *
 * A failure of the fuzzing prints its seed: FUZZ_SEED=<seed>. Needs root.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { randomBelow } from '../../../src/lib/random.ts';
import { AGENT, LEASE, PLACES, SELF } from './hostile-places.ts';
import type { Place, Result } from './hostile-places.ts';
import { randomOctets } from './hostile-values.ts';
import { makeCalls } from './script-room.ts';
import type { Call } from './script-room.ts';

const FUZZED = Number(process.env['FUZZED'] ?? 40);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

/** Good calls, with whose results all others are compared. */
const KNOWN: readonly (readonly [Result, Call])[] = [
  ['as it was', { line: `${SELF} hook`, environment: { ...LEASE, reason: 'PREINIT' } }],
  ['ordinary', { line: `${SELF} hook`, environment: LEASE }],
  ['without a lease', { line: `${SELF} hook`, environment: { ...LEASE, reason: 'EXPIRE' } }],
];

interface Attempt {
  readonly place: Place;
  readonly value: string | Uint8Array;
}

/** All of them in places of one client. */
async function assertWithstands(shell: string, attempts: readonly Attempt[]): Promise<void> {
  const client = attempts[0]?.place.client ?? 'none';
  const calls = attempts.map(({ place, value }) => place.call(value));
  const outcomes = await makeCalls({ shell, client }, [...KNOWN.map(([, call]) => call), ...calls]);
  assert.equal(outcomes.length, KNOWN.length + calls.length);
  const known = new Map(KNOWN.map(([result], index) => [result, outcomes[index]?.state]));
  assert.equal(new Set(known.values()).size, KNOWN.length, 'the good ones differ');
  for (const [index, { place, value }] of attempts.entries()) {
    const outcome = outcomes[KNOWN.length + index];
    const what = `${place.hook}, ${place.name}: ${JSON.stringify(String(value)).slice(0, 200)}`;
    assert.equal(outcome?.status, 0, what);
    assert.equal(outcome.state, known.get(place.result), what);
  }
}

describe('a value from the network is harmless', { concurrency: 2 }, () => {
  for (const shell of ['dash', 'busybox']) {
    describe(`in ${shell}`, () => {
      test('and a good one is taken', async () => {
        const far = {
          line: `${SELF} hook; sleep 0.3`,
          environment: { ...LEASE, new_wamptcp_wans: '3' },
        };
        const [, another, started] = await makeCalls({ shell, client: 'dhclient' }, [
          { line: 'touch /taken', environment: {} },
          { line: SELF, environment: AGENT },
          far,
        ]);
        assert.match(another?.state ?? '', /^endpoint 10\.10\.2\.9 subflow dev eth0/m);
        assert.match(started?.state ?? '', /^dhclient .*WAMPTCP_WAN=3 eth0$/m);
      });

      test('and an agent that is given the address of the client does not take it away', async () => {
        const same = { ...AGENT, new_ip_address: LEASE.new_ip_address };
        const [outcome] = await makeCalls({ shell, client: 'dhclient' }, [
          { line: `${SELF}; reason=EXPIRE ${SELF}`, environment: same },
        ]);
        assert.equal(outcome?.status, 0);
        assert.match(outcome.state, /^address eth0 .*10\.10\.1\.5\/24/m);
        assert.match(outcome.state, /^endpoint 10\.10\.1\.5 /m);
      });

      for (const place of PLACES) {
        test(`${place.hook}: ${place.name}`, async () => {
          await assertWithstands(
            shell,
            place.values.map((value) => ({ place, value })),
          );
        });
      }

      test(`${FUZZED} strings of random octets, each in one of these places`, async (context) => {
        context.diagnostic(`FUZZ_SEED=${SEED}`);
        const random = randomBelow(SEED);
        const attempts = Array.from({ length: FUZZED }, (_, index) => ({
          place: PLACES[index % PLACES.length]!,
          value: randomOctets(random),
        }));
        for (const client of new Set(PLACES.map((place) => place.client))) {
          await assertWithstands(
            shell,
            attempts.filter(({ place }) => place.client === client),
          );
        }
      });
    });
  }
});
