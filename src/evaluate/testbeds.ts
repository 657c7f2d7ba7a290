/**
 * A testbed for the time of one measurement.
 *
 * Always holds: it is gone afterwards, however the measurement ends; a measurement that is stopped ends
 * at once, by what it was stopped with.
 */
import { mechanism } from '../lab/mechanism/mechanisms.ts';
import type { MechanismName, Testbed, TestbedOptions } from '../lab/mechanism/mechanism.ts';
import { runBulk } from '../lab/traffic/bulk-run.ts';
import { startServer } from '../lab/traffic/traffic-server.ts';
import type { TrafficServer } from '../lab/traffic/traffic-server.ts';
import { WamptcpError } from '../lib/errors.ts';
import { Unavailable } from './experiment.ts';
import type { MeasureContext } from './experiment.ts';
import { obey } from './policies.ts';
import type { Policy } from './policies.ts';

/** Programs in between open their first connections, and compile what they run. */
export const WARM_UP_BYTES = 2e6;

export async function withTestbed<T>(
  name: MechanismName,
  { policy = 'none', ...options }: Omit<TestbedOptions, 'name'> & { readonly policy?: Policy },
  context: MeasureContext,
  work: (testbed: Testbed) => Promise<T>,
): Promise<T> {
  context.say('setting up');
  const testbed = await context.exclusively(() => setUp(name, { ...options, name: context.lab }));
  try {
    const obeying = async (): Promise<T> => {
      await obey(testbed, policy);
      return await work(testbed);
    };
    return await Promise.race([obeying(), stopped(context.stop)]);
  } finally {
    await testbed.down();
  }
}

async function setUp(name: MechanismName, options: TestbedOptions): Promise<Testbed> {
  try {
    return await mechanism(name).setUp(options);
  } catch (error) {
    const isLacking = error instanceof WamptcpError && error.code === 'CONTROL_NOT_ALLOWED';
    throw isLacking ? new Unavailable(error.message) : error;
  }
}

/** A server on the first node of that kind, gone afterwards. */
export async function withServer<T>(
  { lab, protocol, servers }: Testbed,
  work: (server: TrafficServer) => Promise<T>,
): Promise<T> {
  const [first = ''] = servers;
  const server = await startServer({ namespace: lab.namespace(first), protocol });
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** Where and to whom the first client talks. */
export function target(testbed: Testbed, server: TrafficServer): Target {
  const [host = ''] = testbed.serverAddresses;
  const [client = ''] = testbed.clients;
  const { protocol } = testbed;
  return { server, host, namespace: testbed.lab.namespace(client), protocol };
}

type Target = {
  readonly server: TrafficServer;
  readonly host: string;
  readonly namespace: string;
  readonly protocol: Testbed['protocol'];
};

/**
 * What programs in between keep open or learn is there before anything counts.
 *
 * @param bytes fewer on lines that would need seconds for them
 */
export async function warmUp(
  testbed: Testbed,
  server: TrafficServer,
  bytes = WARM_UP_BYTES,
): Promise<void> {
  await runBulk({ ...target(testbed, server), bytes }).result;
}

async function stopped(stop: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    const end = (): void => {
      reject(stop.reason as Error);
    };
    if (stop.aborted) end();
    else stop.addEventListener('abort', end, { once: true });
  });
}
