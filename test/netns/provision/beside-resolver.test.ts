/**
 * A gateway that answers DNS for its LAN (`resolver: on`) on a machine that has a resolver of its own:
 * on the loopback as unbound and systemd-resolved are, or on all addresses. Needs root.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { after, afterEach, describe, test } from 'node:test';

import { macOf } from '../../support/dhcp/hosts.ts';
import { eventually } from '../gateway/gateway-under-test.ts';
import type { Namespace } from '../gateway/namespace.ts';
import { ServedLan } from './served-lan.ts';

/** DHCP option 6, RFC 2132. */
const DNS_SERVER = 6;
/** The site's own `dns`; nobody answers there, but a name of the gateway's hosts file needs nobody. */
const ELSEWHERE = [9, 9, 9, 9];
const GATEWAY = [10, 1, 0, 1];

describe('a gateway that answers DNS', () => {
  const running: ChildProcess[] = [];
  let lan: ServedLan | undefined;
  const end = async (): Promise<void> => {
    for (const one of running.splice(0)) one.kill('SIGKILL');
    await lan?.remove();
    lan = undefined;
  };
  afterEach(end);
  after(end);

  /** A resolver of the machine's own. */
  async function resolver(gateway: Namespace, ...options: string[]): Promise<ChildProcess> {
    const [program, ...prefix] = gateway.prefix;
    const dnsmasq = ['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv'];
    const child = spawn(program, [...prefix, ...dnsmasq, '--pid-file', ...options], {
      stdio: 'ignore',
    });
    running.push(child);
    await eventually('the resolver listens', async () =>
      (await gateway.run('ss', '-H', '-l', '-n', '-u', 'sport = :53')).includes(':53'),
    );
    return child;
  }

  const serve = async (...options: string[]): Promise<ServedLan> =>
    await ServedLan.create({
      subnets: ['10.1.0.0/24'],
      provision: '{ resolver: on, dns: [9.9.9.9] }',
      before: async (gateway) => {
        await resolver(gateway, ...options);
      },
    });

  /** Of the host with this number, which DNS servers it is told of. */
  async function joined({ hosts }: ServedLan, host: number): Promise<readonly number[]> {
    const [granted] = await hosts.join([{ mac: macOf(host), options: [[55, [DNS_SERVER]]] }], 8000);
    assert.match(granted?.address ?? 'none', /^10\.1\.0\./);
    return [...(granted?.message.options.get(DNS_SERVER) ?? [])];
  }

  /** Of a name that every hosts file has. */
  async function answers(from: Namespace, server: string): Promise<boolean> {
    // It fails when only one family is answered.
    const asked = `busybox nslookup localhost ${server} || true`;
    return /^Address: 127\.0\.0\.1$/m.test(await from.run('sh', '-c', asked));
  }

  for (const address of ['127.0.0.1', '127.0.0.53']) {
    test(`with a resolver on ${address}, serves DHCP and DNS`, async () => {
      lan = await serve(`--listen-address=${address}`, '--bind-interfaces');
      assert.deepEqual(await joined(lan, 1), GATEWAY);
      await lan.lan.ip('address add 10.1.0.9/24 dev eth0');
      await eventually('the gateway answers', () => answers(lan!.lan, '10.1.0.1'));
      const { waiting } = await lan.status();
      assert.deepEqual(
        waiting.filter(({ what }) => what.includes('DNS')),
        [],
      );
      assert.ok(await answers(lan.gateway, address), 'and so does the other one, itself');
    });
  }

  test('with one on all addresses, serves DHCP, says why not DNS, and serves DNS when it ends', async () => {
    lan = await serve();
    assert.deepEqual(await joined(lan, 1), ELSEWHERE);
    const reasons = (await lan.status()).waiting.filter(({ what }) => what === 'DNS for the LAN');
    assert.match(reasons[0]?.reason ?? '', /^dnsmasq has port 53 on all addresses/);
    running.splice(0)[0]!.kill('SIGKILL');
    // Any change makes the daemon look.
    await lan.lan.ip('address add 10.1.0.9/24 dev eth0', 'link set far1 down', 'link set far1 up');
    await eventually('the gateway answers', () => answers(lan!.lan, '10.1.0.1'));
    assert.deepEqual(await joined(lan, 2), GATEWAY);
  });
});
