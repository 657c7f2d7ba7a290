/**
 * The command line of wamptcp: reads the arguments and hands over to the command they name.
 *
 * Always: exit codes are 0 done, 1 failed, 2 bad input.
 */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };

const program = new Command('wamptcp')
  .description(packageJson.description)
  .version(packageJson.version)
  .showHelpAfterError('(wamptcp --help lists the commands)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

await program.parseAsync();
