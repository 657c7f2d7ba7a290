/**
 * Command: what is to be run, as data, so that the pure parts of the lab can be read and compared.
 *
 * Always: run in order, each after the one before has ended well. A command that fails says in one
 * error which it was, what the program said and what it was fed.
 */
import { execa } from 'execa';
import { WamptcpError } from '../../lib/errors.ts';

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly input?: string;
}

export function inNamespace(namespace: string, argv: readonly string[], input?: string): Command {
  const command = { argv: ['ip', 'netns', 'exec', namespace, ...argv] } as const;
  return input === undefined ? command : { ...command, input };
}

export async function runCommands(commands: readonly Command[]): Promise<void> {
  for (const command of commands) await runCommand(command);
}

export async function runCommand({ argv, input }: Command): Promise<string> {
  const [program, ...rest] = argv;
  const options = { reject: false, ...(input === undefined ? {} : { input }) } as const;
  const result = await execa(program, rest, options);
  if (!result.failed) return result.stdout;
  const said = result.stderr === '' ? result.shortMessage : result.stderr;
  const fed = input === undefined ? '' : `, given:\n${input}`;
  throw new WamptcpError('LAB_COMMAND_FAILED', `${argv.join(' ')}: ${said}${fed}`, {
    cause: result,
    advice:
      'The lab needs root, iproute2, nftables and iptables; `wamptcp lab down` clears what is left.',
  });
}
