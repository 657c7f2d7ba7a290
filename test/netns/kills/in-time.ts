/**
 * Waits for one step of a test with bounds; if it stands still, the error says which one, and what the
 * kernels and the gateways said at that moment.
 */
import type { Lab } from '../../../src/lab/lab.ts';
import { WAMPTCP } from '../../../src/lab/gateway-daemon.ts';

/** Far beyond what a busy machine needs for any step. */
const BOUND_MS = 40_000;

const QUESTIONS: readonly (readonly [node: string, ...argv: string[]])[] = [
  ...['client', 'server'].flatMap((host) => [
    [host, 'ss', '-Mtni'] as const,
    [host, 'nstat', '-as'] as const,
  ]),
  ...['branch', 'hub'].flatMap((gateway) => [
    [gateway, WAMPTCP, 'status'] as const,
    [gateway, WAMPTCP, 'events'] as const,
  ]),
];

export async function inTime<T>(lab: Lab, step: string, work: Promise<T>): Promise<T> {
  const bound = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => bound.resolve('late'), BOUND_MS);
  try {
    const first = await Promise.race([work.then((value) => ({ value })), bound.promise]);
    if (first !== 'late') return first.value;
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`${step}: not within ${BOUND_MS / 1000} s\n${await scene(lab)}`);
}

async function scene(lab: Lab): Promise<string> {
  const answers = await Promise.all(
    QUESTIONS.map(async ([node, ...argv]) => {
      const { stdout, stderr } = await lab.exec(node, argv);
      return `--- ${node}: ${argv.join(' ')}\n${stdout}${stderr}`;
    }),
  );
  return answers.join('');
}
