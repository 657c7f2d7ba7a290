/**
 * `wamptcp lab check`: every problem of a topology and of the site files it names, alone and with each
 * other.
 *
 * Always holds: needs no root; nothing of the machine is looked at but the files themselves.
 */
import { loadTopology } from '../lab/topology/load-topology.ts';
import { EXIT, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';

export async function labCheckCommand(
  topology: string,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const loaded = await loadTopology(topology);
  const found = loaded.ok ? loaded.value.warnings : loaded.error;
  if (options.json) printJson(found.problems);
  else if (found.problems.length > 0) print(found.format());
  if (!loaded.ok) return EXIT.badInput;
  if (!options.json) {
    const { name, gateways, hosts, lines } = loaded.value.plan;
    const counts = `${gateways.length} sites, ${hosts.length} hosts, ${lines.length} lines`;
    print(
      `${topology}: lab ${name}, ${counts}; ${found.problems.length === 0 ? 'no problems' : 'warnings only'}`,
    );
  }
  return EXIT.done;
}
