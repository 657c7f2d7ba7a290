/** Commands of wamptcp at work in the namespace of a gateway, for tests that interrupt them. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from './gateway-under-test.ts';
import type { GatewayUnderTest } from './gateway-under-test.ts';

const WAMPTCP = join(import.meta.dirname, '../../../bin/wamptcp');

/** With what it has said so far. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  text = '';

  private constructor(gateway: GatewayUnderTest, programs: string, argv: readonly string[]) {
    const [program, ...words] = gateway.namespace.prefix;
    // A process group of its own, as a shell gives it to a command.
    const env = { ...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}` };
    this.child = spawn(program, [...words, ...argv], { stdio: 'pipe', detached: true, env });
    for (const output of [this.child.stdout!, this.child.stderr!]) {
      output.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    }
    this.ended = new Promise((resolve) => {
      this.child.once('exit', resolve);
    });
  }

  /** @param programs a folder of programs that come before those of the machine */
  static start(gateway: GatewayUnderTest, programs: string, ...args: readonly string[]): Running {
    return new Running(gateway, programs, [WAMPTCP, ...args]);
  }

  /** On a terminal that ends with the process that is returned, as that of an SSH session does. */
  static onTerminal(
    gateway: GatewayUnderTest,
    programs: string,
    ...args: readonly string[]
  ): Running {
    const command = [WAMPTCP, ...args].join(' ');
    return new Running(gateway, programs, ['script', '-qefc', command, '/dev/null']);
  }

  /** Half of the changes are made. */
  async halfWay(): Promise<void> {
    await eventually(
      () => `half way: ${this.text}`,
      async () => {
        const [, done, all] = [...this.text.matchAll(/\[ *(\d+)\/(\d+)\]/g)].at(-1) ?? [];
        return Number(done) * 2 >= Number(all);
      },
    );
  }

  /** To it and to all that it has started in its terminal, as Ctrl-C does. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.child.pid!, signal);
  }
}
