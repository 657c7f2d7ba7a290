/**
 * The outcome of an apply or a down for people and programs: what was reached, also after a failure.
 */
import type { Change } from '../apply/change.ts';
import { isInterruption } from '../apply/interruption.ts';
import type { Gateway, ApplyReport } from '../daemon/gateway.ts';
import { hangsOn, resourceKey } from '../plan/resource.ts';
import { changeJson, changeLine, waitingList } from './changes.ts';
import { complain, errorJson, errorText, EXIT, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';

export function printReport(
  report: ApplyReport,
  gateway: Gateway,
  json: boolean,
  doneText: string,
): ExitCode {
  if (json) printJson(reportJson(report, gateway));
  else printForPeople(report, doneText);
  const { failure, remaining, passedOver, comparison } = report;
  // A site without one of its WANs is applied, as it is with one that waits; what `down` leaves is left.
  const left = comparison.desired === undefined && passedOver.length > 0;
  const isDone = failure === undefined && remaining.length === 0 && !left;
  return isDone ? EXIT.done : EXIT.failed;
}

/** A line per change while it is made. */
export function printProgress(change: Change, index: number, total: number): void {
  complain(`[${String(index + 1).padStart(String(total).length)}/${total}] ${changeLine(change)}`);
}

function printForPeople(report: ApplyReport, doneText: string): void {
  const waiting = report.comparison.desired?.waiting ?? [];
  if (waiting.length > 0) print(waitingList(waiting));
  if (report.failure !== undefined) {
    const { change, error, notUndone } = report.failure;
    complain(`${isInterruption(error) ? 'not begun' : 'failed at'}: ${changeLine(change)}`);
    complain(errorText(error));
    complain(
      notUndone.length === 0
        ? `The ${report.done.length} changes made before it were undone: the machine is as it was.`
        : `These could not be undone: ${notUndone.map((one) => resourceKey(one.change.resource)).join(', ')}`,
    );
    return;
  }
  const { causes, following } = causesOf(report.passedOver);
  for (const { change, error } of causes) {
    complain(`could not be done, while the rest is: ${changeLine(change)}`);
    complain(errorText(error));
  }
  if (following > 0) complain(`… and ${following} more that need what could not be made`);
  if (report.passedOver.length > 0) {
    complain('Run it again when that is mended; `wamptcp run` does so by itself.');
  }
  if (report.remaining.length > 0) {
    complain('error: these did not stay as they were set; something else changes them:');
    for (const change of report.remaining) complain(changeLine(change));
    return;
  }
  print(
    report.done.length === 0 ? 'Nothing to change.' : `${report.done.length} changes. ${doneText}`,
  );
}

/** What needs a tunnel that could not be made fails with it, and says nothing new. */
function causesOf(failed: ApplyReport['passedOver']): {
  readonly causes: ApplyReport['passedOver'];
  readonly following: number;
} {
  const devices = new Set<string>(
    failed.flatMap(({ change: { resource } }) => (resource.kind === 'vxlan' ? resource.name : [])),
  );
  const causes = failed.filter(({ change: { resource } }) => !hangsOn(resource, devices));
  return { causes, following: failed.length - causes.length };
}

function reportJson(report: ApplyReport, gateway: Gateway): unknown {
  const describe = (change: Change): unknown => changeJson(change, gateway.dataplane);
  return {
    done: report.done.map(describe),
    remaining: report.remaining.map(describe),
    passedOver: report.passedOver.map(({ change, error }) => ({
      change: describe(change),
      cause: errorJson(error),
    })),
    waiting: report.comparison.desired?.waiting ?? [],
    failure:
      report.failure === undefined
        ? null
        : {
            change: describe(report.failure.change),
            cause: errorJson(report.failure.error),
            notUndone: report.failure.notUndone.map((one) => describe(one.change)),
          },
  };
}
