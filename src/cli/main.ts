/**
 * The command line of wamptcp: reads the arguments and hands over to the command they name.
 *
 * Always holds: exit codes are 0 done, 1 failed, 2 bad input; a command's module is loaded only
 * when it is called.
 */
import { Command, Option } from 'commander';

import packageJson from '../../package.json' with { type: 'json' };
import type { ApplyCommandOptions } from './apply.ts';
import type { RollbackOptions } from './confirm.ts';
import type { DownOptions } from './down.ts';
import type { EvaluateFlags } from './evaluate.ts';
import { addLabCommand } from './lab.ts';
import type { MeasureOptions } from './measure.ts';
import { runCommand } from './output.ts';
import type { RunOptions } from './run.ts';

const INTERRUPTED_APPLY = `
Ctrl-C, SIGTERM or a lost terminal (SIGHUP, closed output) in the middle: the change at hand is
finished, then everything is undone, and it is said so here and in \`wamptcp events\`; exit code 1.
With --confirm a lost terminal does not stop it: it is made, and undone unless it is confirmed.`;

const program = new Command('wamptcp')
  .description(packageJson.description)
  .version(packageJson.version)
  .showHelpAfterError('(wamptcp --help lists the commands)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

program
  .command('check')
  .description('every problem of site files, alone and with each other, as file:line:col')
  .argument('<file...>', 'site files; several are compared with each other')
  .option('--json', 'print JSON', false)
  .action(async (files: string[], options: { json: boolean }) => {
    const { checkFiles } = await import('./check.ts');
    await runCommand(options.json, async () => {
      const colour = process.stdout.isTTY && !options.json;
      const { text, exitCode } = await checkFiles(files, { ...options, colour });
      process.stdout.write(text);
      return exitCode;
    });
  });

program
  .command('plan')
  .description('what would change here, and why; changes nothing')
  .requiredOption('-c, --config <file>', 'the site file')
  .option('--commands', 'show the exact commands too', false)
  .option('--json', 'print JSON', false)
  .action(async (options: { config: string; json: boolean; commands: boolean }) => {
    const { planCommand } = await import('./plan.ts');
    await runCommand(options.json, () => planCommand(options));
  });

program
  .command('apply')
  .description('make it so; undone on failure, when interrupted, or if not confirmed in time')
  .requiredOption('-c, --config <file>', 'the site file')
  .option(
    '--confirm <time>',
    'undo it unless `wamptcp confirm` comes within this time after it is made, e.g. 120s',
  )
  .option('--replace-site', 'also if another site is applied here, which is removed', false)
  .option('--discard-state', 'begin anew beside a state that cannot be read', false)
  .option('--json', 'print JSON', false)
  .addHelpText('after', INTERRUPTED_APPLY)
  .action(async (options: Omit<ApplyCommandOptions, 'confirm'> & { confirm?: string }) => {
    const { applyCommand } = await import('./apply.ts');
    const { confirm } = options;
    await runCommand(options.json, () => applyCommand({ ...options, confirm }));
  });

program
  .command('confirm')
  .description('keep what `apply --confirm` did')
  .option('--json', 'print JSON', false)
  .action(async (options: { json: boolean }) => {
    const { confirmCommand } = await import('./confirm.ts');
    await runCommand(options.json, () => confirmCommand(options));
  });

program
  .command('rollback')
  .description('undo what `apply --confirm` did, at once')
  .option('--expired', 'only if the time to confirm is over', false)
  .option('--after <time>', 'wait this long first')
  .option('--json', 'print JSON', false)
  .addOption(new Option('--guard').default(false).hideHelp())
  .action(async (options: Omit<RollbackOptions, 'after'> & { after?: string }) => {
    const { rollbackCommand } = await import('./confirm.ts');
    const { after } = options;
    await runCommand(options.json, () => rollbackCommand({ ...options, after }));
  });

program
  .command('down')
  .description('remove everything it owns, nothing else; undone when interrupted')
  .option('-c, --config <file>', 'the site file, as a check that it is this site')
  .option('--discard-state', 'begin anew beside a state that cannot be read; needs -c', false)
  .option('--json', 'print JSON', false)
  .action(async (options: Omit<DownOptions, 'config'> & { config?: string }) => {
    const { downCommand } = await import('./down.ts');
    const { config } = options;
    await runCommand(options.json, () => downCommand({ ...options, config }));
  });

program
  .command('run')
  .description('the daemon: apply, watch, recover, serve the API')
  .requiredOption('-c, --config <file>', 'the site file')
  .option('--replace-site', 'also if another site is applied here, which is removed', false)
  .action(async (options: RunOptions) => {
    const { runDaemonCommand } = await import('./run.ts');
    await runCommand(false, () => runDaemonCommand(options));
  });

program
  .command('status')
  .description('WANs, paths, detours, rates, hosts, classes, the proxy')
  .option('--json', 'print JSON (docs/status.schema.json)', false)
  .option('--watch', 'again every second', false)
  .action(async (options: { json: boolean; watch: boolean }) => {
    const { statusCommand } = await import('./status.ts');
    await runCommand(options.json, () => statusCommand(options));
  });

program
  .command('events')
  .description('what happened, newest last')
  .option('--json', 'print JSON, one object per line', false)
  .option('--follow', 'go on as things happen', false)
  .action(async (options: { json: boolean; follow: boolean }) => {
    const { eventsCommand } = await import('./events.ts');
    await runCommand(options.json, () => eventsCommand(options));
  });

const wan = program.command('wan').description('planned handoff, without loss');
for (const action of ['drain', 'restore'] as const) {
  const command = wan
    .command(`${action} <name>`)
    .description(action === 'drain' ? 'move the traffic of a WAN away' : 'let it come back');
  if (action === 'drain') {
    command.option('--force', 'also if nothing else leads where it leads', false);
  }
  command
    .option('--json', 'print JSON', false)
    .action(async (name: string, options: { json: boolean; force?: boolean }) => {
      const { wanCommand } = await import('./wan.ts');
      const { json, force = false } = options;
      await runCommand(json, () => wanCommand(action, name, { json, force }));
    });
}

program
  .command('demo')
  .description('two emulated lines, one connection, one line cut and healed')
  .option('--json', 'print the figures as JSON', false)
  .action(async (options: { json: boolean }) => {
    const { demoCommand } = await import('./demo.ts');
    await runCommand(options.json, () => demoCommand(options));
  });

program
  .command('measure')
  .description('T-throughput, T-latency and more, from captures of a connection')
  .argument('<capture...>', 'FILE, sender=FILE, receiver=FILE, or NAME=FILE of a WAN')
  .option('--outage <time>', 'when it began: since the epoch, ISO 8601, or +5.2 (first packet)')
  .option('--heal <time>', 'when the line was back')
  .option('--flow <selector>', 'number, protocol, address or :port; default: the greatest')
  .option('--json', 'print JSON (docs/measure.schema.json)', false)
  .option('--svg <file>', 'write a chart')
  .action(async (captures: string[], options: MeasureOptions) => {
    const { measureCommand } = await import('./measure.ts');
    await runCommand(options.json, () => measureCommand(captures, options));
  });

program
  .command('evaluate')
  .description('the experiments of the paper and our own, on this machine; root')
  .argument('<name...>', '`list`, `all`, `report`, or names of experiments')
  .option('--quick', 'minutes for all, in smaller sizes', false)
  .option('--out <dir>', 'raw data and report; default: out/evaluate-quick or -full')
  .option('--fresh', 'measure again what is there', false)
  .option('--repetitions <number>', 'instead of what each experiment wants')
  .option('--json', 'print JSON (docs/evaluate.schema.json)', false)
  .action(async (names: string[], options: EvaluateFlags) => {
    const { evaluateCommand } = await import('./evaluate.ts');
    await runCommand(options.json, () => evaluateCommand(names, options));
  });

addLabCommand(program);

await program.parseAsync();
