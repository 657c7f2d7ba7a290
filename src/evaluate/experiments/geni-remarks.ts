/** What is said of the downloads of Table VI beyond their figures. Pure. */
import { median } from '../../lib/statistics.ts';
import { capitalized } from '../capitalized.ts';
import type { Scale } from '../experiment.ts';
import { titleOf } from '../mechanism-titles.ts';
import { paperGeniDownload } from '../paper/geni.ts';
import type { Flapping } from '../paper/geni.ts';
import { PERIODS } from '../paper/intermittent.ts';
import type { Period } from '../paper/intermittent.ts';
import { flaps, HIGH, rowsOfBoth, SCALES, withOutages } from './geni-rows.ts';
import type { FoundAt } from './geni-rows.ts';
import { receivedUntilStalled, worseThanOneLine } from './intermittent-remarks.ts';
import { downloadTimes } from './intermittent-targets.ts';

/** The line that stays is the one that Tunnel Handoff uses while the other one is said to flap, and does not. */
export function slowness(found: FoundAt, flapping: Flapping, scale: Scale): readonly string[] {
  const alone = median(downloadTimes(found('handoff', otherThan(flapping), 0)));
  const rows = rowsOfBoth(found, flapping);
  return [
    ...(Number.isFinite(alone)
      ? worseThanOneLine(rows, withOutages(scale), { alone, paper: slownessOfPaper(flapping) })
      : []),
    ...receivedUntilStalled(rows, withOutages(scale), SCALES[scale].bytes),
  ];
}

function otherThan(flapping: Flapping): Flapping {
  return flapping === 'first' ? 'second' : 'first';
}

/** The same of the paper's WaMPTCP, the only one of which its Table VI is legible. */
function slownessOfPaper(flapping: Flapping): string {
  const alone = Number(paperGeniDownload('handoff', otherThan(flapping), 0));
  if (Number.isNaN(alone)) return 'What that line needs alone is not legible in the paper.';
  const slower = PERIODS.filter(
    (period) => Number(paperGeniDownload('wamptcp', flapping, period)) > alone,
  );
  const name = titleOf('wamptcp');
  return slower.length === 0
    ? `In the paper ${name} never is.`
    : `In the paper ${name} is so at ${slower.map((period) => `${period} s`).join(', ')}.`;
}

/** The backup of the slow line is the fast one. */
export function fasterBackup(found: FoundAt, scale: Scale): readonly string[] {
  const of = (period: Period): number => median(downloadTimes(found('handoff', 'second', period)));
  const faster = withOutages(scale).filter((period) => of(period) < of(0));
  if (faster.length === 0) return [];
  const at = faster.map((period) => `${period} s`).join(', ');
  return [
    `${titleOf('handoff')} over the line of ${HIGH.rtt} ms is faster with its outages than without at ${at}, for its backup is ` +
      'the faster line.',
  ];
}

/** What is said of either line, each with its name. */
export function ofEachLine(
  scale: Scale,
  textsOf: (flapping: Flapping) => readonly string[],
): readonly string[] {
  return flaps(scale).flatMap(([flapping, words]) =>
    textsOf(flapping).map((text) => `${capitalized(words)}: ${text}`),
  );
}
