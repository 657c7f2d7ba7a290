/**
 * Packets that no honest host sends: broken, too large, forged. The server stays, and everybody
 * keeps what is his. A failure of the fuzzing prints its seed: FUZZ_SEED=<seed>. Needs root.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { udp6Frame, udpFrame } from '../../support/dhcp/ethernet.ts';
import { identifierOf, macOf, optionsOf } from '../../support/dhcp/hosts.ts';
import { encodeDhcp, macOctets, octets, OPTION, TYPE, typeOf } from '../../support/dhcp/message.ts';
import { randomBelow } from '../../../src/lib/random.ts';
import type { Random } from '../../../src/lib/random.ts';
import { eventually } from '../gateway/gateway-under-test.ts';
import { ServedLan } from './served-lan.ts';

const VICTIM = macOf(1);
const ROUNDS = 4000;

const text = (value: string): readonly number[] => [...Buffer.from(value)];

describe('a LAN with a hostile host', () => {
  let lan: ServedLan;
  let owned: string;

  before(async () => {
    lan = await ServedLan.create({
      subnets: [
        "10.1.0.0/24, 'fd00:1::/64'",
        "10.2.0.0/24, 'fd00:2::/64'",
        "10.3.0.0/24, 'fd00:3::/64'",
      ],
      provision: '{ ipv6: both }',
    });
  });
  after(() => lan.remove());

  async function address(mac: string, wan: number, patience = 5000): Promise<string | undefined> {
    const [granted] = await lan.hosts.join([{ mac, wan }], patience);
    return granted?.address;
  }

  const isOwned = async (): Promise<boolean> =>
    (await lan.status()).hosts.some(
      (host) =>
        host.mac === VICTIM && host.addresses.some((one) => one.address === owned && one.expires),
    );

  test('an honest host has its addresses', async () => {
    for (const wan of [3, 2, 1]) owned = (await address(VICTIM, wan)) ?? 'none';
    assert.match(owned, /^10\.1\./);
    assert.ok(await isOwned());
  });

  describe('an index', () => {
    let host = 50;
    const offer = async (
      ...options: readonly (readonly [number, readonly number[]])[]
    ): Promise<string | undefined> => {
      host += 1;
      const wish = { mac: macOf(host), options };
      const heard = await lan.hosts.say({
        mac: wish.mac,
        options: optionsOf(wish, TYPE.discover),
      });
      return heard.find((one) => typeOf(one) === TYPE.offer)?.yiaddr;
    };

    for (const [what, options, answer] of [
      ['2 by option 224', [[OPTION.wan, [2]]], /^10\.2\./],
      ['0', [[OPTION.wan, [0]]], undefined],
      ['4, beyond the last WAN', [[OPTION.wan, [4]]], undefined],
      ['9', [[OPTION.wan, [9]]], undefined],
      ['3 by vendor class', [[OPTION.vendorClass, text('wamptcp-3')]], /^10\.3\./],
      ['3 by user class', [[OPTION.userClass, text('wamptcp-3')]], /^10\.3\./],
      [
        '3 by user class with its length',
        [[OPTION.userClass, [9, ...text('wamptcp-3')]]],
        /^10\.3\./,
      ],
      ['12 by user class', [[OPTION.userClass, text('wamptcp-12')]], undefined],
      ['4 by vendor class', [[OPTION.vendorClass, text('wamptcp-4')]], undefined],
      ['none, of another vendor', [[OPTION.vendorClass, text('MSFT 5.0')]], /^10\.1\./],
      [
        '2 by option 224 although a class says 3',
        [
          [OPTION.wan, [2]],
          [OPTION.vendorClass, text('wamptcp-3')],
        ],
        /^10\.2\./,
      ],
    ] as const) {
      test(`of ${what} gets ${answer === undefined ? 'no answer' : answer.source}`, async () => {
        const got = await offer(...options);
        if (answer === undefined) assert.equal(got, undefined);
        else assert.match(got ?? 'none', answer);
      });
    }
  });

  describe('forged', () => {
    const request = (mac: string, options: readonly (readonly [number, readonly number[]])[]) =>
      lan.hosts.say({
        mac,
        options: optionsOf({ mac, wan: 1, options }, TYPE.request),
      });

    test('the address of another, asked for by name, is refused', async () => {
      const wanted = [[OPTION.requestedAddress, octets(owned)]] as const;
      const answers = await request(macOf(2), wanted);
      assert.ok(!answers.some((one) => typeOf(one) === TYPE.ack));
      const offers = await lan.hosts.say({
        mac: macOf(3),
        options: optionsOf({ mac: macOf(3), wan: 1, options: wanted }, TYPE.discover),
      });
      assert.ok(offers.every((one) => one.yiaddr !== owned));
      assert.ok(await isOwned());
    });

    for (const [what, type] of [
      ['RELEASE', TYPE.release],
      ['DECLINE', TYPE.decline],
    ] as const) {
      test(`${what} of another’s address changes nothing`, async () => {
        const options = [
          [OPTION.requestedAddress, octets(owned)],
          [OPTION.server, octets('10.1.0.1')],
        ] as const;
        const message = {
          ciaddr: owned,
          options: optionsOf({ mac: macOf(4), wan: 1, options }, type),
        };
        await lan.hosts.say({ ...message, mac: macOf(4) });
        // In the name of the victim, but not from its Ethernet address.
        const own = optionsOf({ mac: VICTIM, wan: 1, options }, type);
        await lan.hosts.say({ ...message, mac: VICTIM, options: own }, { from: macOf(4) });
        assert.ok(await isOwned());
      });
    }

    test('another’s Ethernet address in a request is not believed', async () => {
      const answers = await lan.hosts.say(
        { mac: VICTIM, options: optionsOf({ mac: VICTIM, wan: 2 }, TYPE.discover) },
        { from: macOf(5) },
      );
      assert.deepEqual(answers, []);
    });

    test('a relay is not believed', async () => {
      const mac = macOf(6);
      const options = optionsOf({ mac, wan: 1 }, TYPE.discover);
      assert.deepEqual(await lan.hosts.say({ mac, giaddr: '10.1.0.200', options }), []);
    });

    test('a lease got by another’s identifier is taken back, and the owner has his again', async () => {
      const thief = macOf(7);
      const clientId = identifierOf(VICTIM, 2);
      await lan.hosts.join([{ mac: thief, wan: 2, clientId }], 2000);
      const event = await eventually('it is noticed', async () =>
        (await lan.events()).find((one) => one.kind === 'host-restrained'),
      );
      assert.match(event.text, new RegExp(`${thief}.* by the identifier of ${VICTIM}`));
      const { hosts } = await lan.status();
      assert.ok(!hosts.some(({ mac }) => mac === thief));
      assert.deepEqual(await lan.hosts.join([{ mac: thief, wan: 1 }], 1500), []);
      assert.match((await address(VICTIM, 2)) ?? 'none', /^10\.2\./);
    });
  });

  test('thousands of broken packets do no harm', async (t) => {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    t.diagnostic(`FUZZ_SEED=${seed}`);
    const random = randomBelow(seed);
    const [pid, memory] = [lan.serverPid, lan.serverMemory];
    for (let round = 0; round < ROUNDS; round++) {
      const mac = macOf(round, 3);
      for (const frame of [
        udpFrame({
          from: mac,
          source: '0.0.0.0',
          destination: '255.255.255.255',
          ports: [68, 67],
          payload: broken(mac, random),
        }),
        udp6Frame(mac, broken6(random)),
      ]) {
        while (!lan.hosts.socket.send(frame)) await new Promise(setImmediate);
      }
      if (round % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // 60,000 octets in fragments, to either server.
    await lan.lan.ip('address add 10.1.0.5/24 dev eth0');
    for (const to of ['UDP4-SENDTO:10.1.0.1:67', 'UDP6-SENDTO:[ff02::1:2%eth0]:547']) {
      await lan.lan.run('sh', '-c', `head -c 60000 /dev/urandom | socat -b 60000 -u - ${to}`);
    }
    await lan.lan.ip('address delete 10.1.0.5/24 dev eth0');
    assert.equal(lan.serverPid, pid, `seed ${seed}`);
    assert.ok(lan.serverMemory < memory + 16 * 1024, `${memory} kB became ${lan.serverMemory}`);
    assert.match((await address(macOf(9), 3, 20_000)) ?? 'none', /^10\.3\./);
    assert.ok(await isOwned());
  });

  test('nothing is handed out on a WAN', async () => {
    const outside = lan.socketOn('far1');
    try {
      const mac = macOf(10);
      const options = optionsOf({ mac, wan: 1 }, TYPE.discover);
      assert.deepEqual(await outside.say({ mac, options }), []);
      assert.equal(lan.serverPid > 0, true);
    } finally {
      outside.close();
    }
  });
});

/** A good message with octets changed, options of any length, or cut off; or mere noise. */
function broken(mac: string, random: Random): Buffer {
  if (random(10) === 0) return noise(random(1400), random);
  const options = new Map(optionsOf({ mac, wan: random(12) }, random(20)));
  for (let count = random(6); count > 0; count--) {
    options.set(random(255), noise(random(255), random));
  }
  const message = encodeDhcp({ xid: random(2 ** 31), mac, options });
  for (let count = random(8); count > 0; count--) {
    const at = random(message.length);
    // Beyond the firewall, which holds hosts to their own address and knows no relay.
    if (at < 24 || at >= 34) message[at] = random(256);
  }
  message.set(macOctets(mac), 28);
  const whole = random(4) > 0;
  return (whole ? message : message.subarray(0, random(message.length))).subarray(0, 1400);
}

/** SOLICIT, REQUEST, CONFIRM, … with options whose lengths are right or not (RFC 8415 section 21). */
function broken6(random: Random): Buffer {
  const parts: Uint8Array[] = [Buffer.from([random(14), random(256), random(256), random(256)])];
  for (let count = random(8); count > 0; count--) {
    const value = noise(random(80), random);
    const header = Buffer.alloc(4);
    header.writeUInt16BE(random(30), 0);
    header.writeUInt16BE(random(3) === 0 ? random(65_536) : value.length, 2);
    parts.push(header, value);
  }
  return Buffer.concat(parts);
}

function noise(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => random(256)));
}
