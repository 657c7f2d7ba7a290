/**
 * `wamptcp lab fault`: breaks or heals a line, and says when, as `wamptcp measure` takes it.
 *
 * Always holds: the last line about a change, and `outage` and `heal` in JSON, can be given to
 * `measure` as they are.
 */
import { FAULT_USAGE, parseFault } from '../lab/fault/fault.ts';
import type { Fault, Flapping } from '../lab/fault/fault.ts';
import type { AppliedFault } from '../lab/fault/fault-desk.ts';
import { measuredOutage } from '../lab/fault/fault-times.ts';
import { flap } from '../lab/fault/flap.ts';
import { openLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { faultText } from '../lab/status.ts';
import { epochOf } from '../lab/testbed/epoch.ts';
import { momentText } from '../measure/moment.ts';
import type { Milliseconds } from '../net/duration.ts';
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
  const applied = await lab.fault(wan, fault);
  const { at, active } = applied;
  const faults = active.map(faultText);
  const times = timesOf(applied);
  if (json) {
    printJson({ wan, at, time: wallTime(at), faults, ...times });
    return;
  }
  print(faults.length === 0 ? `${wan} is healthy` : `${wan}: ${faults.join(', ')}`);
  const options = optionsText(times);
  if (options !== undefined) print(`for measure: ${options}`);
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
    onChange: (state, applied) => {
      const { at } = applied;
      const times = timesOf(applied);
      print(
        json
          ? JSON.stringify({ wan, at, time: wallTime(at), state, ...times })
          : [`${wan} ${state}`, optionsText(times)].filter(Boolean).join('  '),
      );
    },
  });
}

interface Times {
  readonly outage: string | null;
  readonly heal: string | null;
}

function timesOf({ at, change }: AppliedFault): Times {
  const { outage, heal } = measuredOutage(change, at);
  return {
    outage: outage === undefined ? null : wallTime(outage),
    heal: heal === undefined ? null : wallTime(heal),
  };
}

/** Undefined: nothing began and nothing ended. */
function optionsText({ outage, heal }: Times): string | undefined {
  const options = [
    ...(outage === null ? [] : [`--outage ${outage}`]),
    ...(heal === null ? [] : [`--heal ${heal}`]),
  ];
  return options.length === 0 ? undefined : options.join(' ');
}

/** Captures are stamped by this clock. */
function wallTime(monotonic: Milliseconds): string {
  return momentText(epochOf(monotonic));
}
