/**
 * `wamptcp lab`: whole sites in network namespaces, from one topology file.
 *
 * Always holds: a command's module is loaded only when it is called.
 */
import type { Command } from 'commander';

import type { LabDownFlags } from './lab-down.ts';
import { runCommand } from './output.ts';

interface LabChoice {
  readonly lab?: string;
}

export function addLabCommand(program: Command): void {
  // What follows `lab exec NODE` is the other program's: `lab exec client ping -c 1 10.20.0.2`.
  const lab = program
    .enablePositionalOptions()
    .command('lab')
    .description('sites in namespaces from one topology file')
    .enablePositionalOptions();

  lab
    .command('up <topology>')
    .description('make the sites, hosts and lines; wait until all paths are up')
    .option('--name <name>', "the lab's name, if not the topology's")
    .option('--replace', 'take down a lab of that name first', false)
    .option('--no-gateways', 'start no daemons')
    .option('--timeout <time>', 'how long paths may take to come up', '15s')
    .option('--json', 'print JSON, as `lab status --json`', false)
    .action(async (topology: string, options: UpFlags) => {
      const { labUpCommand } = await import('./lab-up.ts');
      await runCommand(options.json, () => labUpCommand(topology, options));
    });

  lab
    .command('check <topology>')
    .description('every problem of a topology and of the site files it names')
    .option('--json', 'print JSON, as `check --json`', false)
    .action(async (topology: string, options: { json: boolean }) => {
      const { labCheckCommand } = await import('./lab-check.ts');
      await runCommand(options.json, () => labCheckCommand(topology, options));
    });

  lab
    .command('down [lab]')
    .description('remove everything it made, nothing else; also after a crash')
    .option('--if-there', 'no error where there is no such lab', false)
    .option('--json', 'print JSON', false)
    .action(async (name: string | undefined, options: LabDownFlags) => {
      const { labDownCommand } = await import('./lab-down.ts');
      await runCommand(options.json, () => labDownCommand(name, options));
    });

  lab
    .command('status [lab]')
    .description('nodes, lines with their faults, gateways with their paths')
    .option('--json', 'print JSON', false)
    .action(async (name: string | undefined, options: { json: boolean }) => {
      const { labStatusCommand } = await import('./lab-status.ts');
      await runCommand(options.json, () => labStatusCommand(name, options));
    });

  lab
    .command('exec <node> <command...>')
    .description('run a program on a node: lab exec client -- ping 10.20.0.2')
    .option('--lab <lab>', 'which lab, if several are up')
    .passThroughOptions()
    .action(async (node: string, words: readonly string[], options: LabChoice) => {
      const { labExecCommand } = await import('./lab-exec.ts');
      await runCommand(false, () => labExecCommand(node, words, options.lab));
    });

  lab
    .command('fault <wan> <fault...>')
    .description('break or heal a line, `fibre`, or the access of one site, `fibre:branch`')
    .usage(
      '[options] WAN down|up|oneway SITE|loss 5%|delay 50ms|unplug|replug|flap 1s/1s [for 20s]',
    )
    .option('--lab <lab>', 'which lab, if several are up')
    .option('--json', 'print JSON', false)
    .action(async (wan: string, words: readonly string[], options: FaultFlags) => {
      const { labFaultCommand } = await import('./lab-fault.ts');
      await runCommand(options.json, () => labFaultCommand(wan, words, options));
    });
}

export interface UpFlags {
  readonly name?: string;
  readonly replace: boolean;
  readonly gateways: boolean;
  readonly timeout: string;
  readonly json: boolean;
}

export interface FaultFlags extends LabChoice {
  readonly json: boolean;
}
