/** `wamptcp lab up`: makes a lab, or, when interrupted or failing, leaves nothing of it. */
import { labUp } from '../lab/lab.ts';
import { labStatuses } from '../lab/status.ts';
import { loadTopology } from '../lab/topology/load-topology.ts';
import { WamptcpError } from '../lib/errors.ts';
import { NAME } from '../config/values.ts';
import { parseDuration } from '../net/duration.ts';
import type { UpFlags } from './lab.ts';
import { labText } from './lab-text.ts';
import { BadInput, complain, EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export async function labUpCommand(topology: string, options: UpFlags): Promise<ExitCode> {
  const patience = parseDuration(options.timeout);
  if (patience === undefined) {
    throw new BadInput(`${options.timeout} is not a duration`, 'Write --timeout 15s.');
  }
  if (options.name !== undefined && !NAME.read(options.name, options.name).ok) {
    throw new BadInput(`${options.name} is not a name`, 'Use lower-case letters, digits and `-`.');
  }
  const loaded = await loadTopology(topology, options.name);
  const problems = loaded.ok ? loaded.value.warnings : loaded.error;
  if (problems.problems.length > 0) complain(problems.format());
  if (!loaded.ok) throw new BadInput(`${topology} cannot be used`, 'Mend it; nothing was made.');
  requireRoot();
  const progress = new ProgressLine();
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Once only would let a second Ctrl-C end the removal half-way.
    process.on(signal, () => interrupt.abort(interrupted(signal)));
  }
  const lab = await labUp(loaded.value.plan, {
    replace: options.replace,
    patience,
    stop: interrupt.signal,
    progress: (text) => progress.show(text),
    ...(options.gateways ? {} : { gateways: null }),
  }).finally(() => progress.clear());
  lab.close();
  const [status] = await labStatuses(lab.name);
  if (options.json) printJson(status);
  else if (status !== undefined) print(labText(status));
  return EXIT.done;
}

function interrupted(signal: string): WamptcpError {
  return new WamptcpError('INTERRUPTED', `interrupted (${signal}); nothing of the lab is left`, {
    advice: 'Start it again when you like.',
  });
}

/** One line that changes on a terminal, one per step elsewhere. */
class ProgressLine {
  #last = '';

  show(text: string): void {
    if (text === this.#last) return;
    this.#last = text;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text} …`);
    else complain(text);
  }

  clear(): void {
    if (process.stderr.isTTY && this.#last !== '') process.stderr.write('\r\u001b[K');
  }
}
