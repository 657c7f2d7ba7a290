/** `wamptcp lab fault`: breaks or heals a line. */
import { FAULT_USAGE, parseFault } from '../lab/fault/fault.ts';
import type { Fault, Flapping } from '../lab/fault/fault.ts';
import { flap } from '../lab/fault/flap.ts';
import { openLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { faultText } from '../lab/status.ts';
import type { FaultFlags } from './lab.ts';
import { chooseLab } from './lab-choice.ts';
import { BadInput, complain, EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

export async function labFaultCommand(
  wan: string,
  words: readonly string[],
  options: FaultFlags,
): Promise<ExitCode> {
  const fault = parseFault(words);
  if (!fault.ok) throw new BadInput(fault.error, `Faults: ${FAULT_USAGE}.`);
  requireRoot();
  const lab = await openLab(await chooseLab(options.lab));
  try {
    if (fault.value.kind === 'flap') await flapLine(lab, wan, fault.value, options.json);
    else await applyFault(lab, wan, fault.value, options.json);
    return EXIT.done;
  } finally {
    lab.close();
  }
}

async function applyFault(lab: Lab, wan: string, fault: Fault, json: boolean): Promise<void> {
  const { at, active } = await lab.fault(wan, fault);
  const faults = active.map(faultText);
  if (json) printJson({ wan, at, faults });
  else print(faults.length === 0 ? `${wan} is healthy` : `${wan}: ${faults.join(', ')}`);
}

async function flapLine(lab: Lab, wan: string, flapping: Flapping, json: boolean): Promise<void> {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupt.abort());
  }
  await lab.prepareFaults();
  if (!json && flapping.time === undefined) complain('Ctrl-C ends it and leaves the line up.');
  await flap(flapping, async (fault) => lab.fault(wan, fault), {
    stop: interrupt.signal,
    onChange: (state, at) => print(json ? JSON.stringify({ wan, at, state }) : `${wan} ${state}`),
  });
}
