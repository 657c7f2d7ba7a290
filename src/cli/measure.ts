/**
 * `wamptcp measure`: what a connection and its user felt, out of captures.
 *
 * Always holds: reads files and writes at most the chart; needs no root.
 */
import { writeFile } from 'node:fs/promises';

import { renderSvg } from '../chart/svg.ts';
import { WamptcpError } from '../lib/errors.ts';
import { addRow, analyse } from '../measure/analyse.ts';
import type { Capture, Outage } from '../measure/analyse.ts';
import type { Analysis } from '../measure/figures.ts';
import { measurementChart } from '../measure/chart.ts';
import { PACKET_FIELDS } from '../measure/packet.ts';
import type { Time } from '../measure/packet.ts';
import { parseMoment } from '../measure/moment.ts';
import { offsetText } from '../measure/seen-losses.ts';
import { Trace } from '../measure/trace.ts';
import { readCapture } from '../system/tshark.ts';
import { measurementText } from './measure-text.ts';
import { BadInput, EXIT, fileTrouble, print, printJson } from './output.ts';
import type { ExitCode } from './output.ts';

export interface MeasureOptions {
  readonly json: boolean;
  readonly outage?: string | undefined;
  readonly heal?: string | undefined;
  readonly flow?: string | undefined;
  readonly svg?: string | undefined;
}

export async function measureCommand(
  words: readonly string[],
  options: MeasureOptions,
): Promise<ExitCode> {
  if (options.heal !== undefined && options.outage === undefined) {
    throw new BadInput('--heal without --outage', 'Say when the outage began, too.');
  }
  try {
    const captures = await Promise.all(words.map(readOne));
    const outage = outageOf(captures, options);
    const { flow } = options;
    const analysis = analyse(captures, {
      ...(outage === undefined ? {} : { outage }),
      ...(flow === undefined ? {} : { flow }),
    });
    if (options.json) printJson(analysis.measurement);
    else print(measurementText(analysis.measurement));
    if (options.svg !== undefined) await writeChart(options.svg, analysis);
    return EXIT.done;
  } catch (error) {
    throw badInput(error);
  }
}

/** Into whatever is there: a file, a device, a pipe. */
async function writeChart(path: string, analysis: Analysis): Promise<void> {
  const label = 'Rates and delays of the connection over time';
  try {
    await writeFile(path, renderSvg(measurementChart(analysis), { label }));
  } catch (error) {
    const [words, advice] = fileTrouble(error) ?? [String(error), 'Choose another place.'];
    throw new BadInput(`--svg ${path}: ${words}`, advice);
  }
}

/** `sender=FILE`, `receiver=FILE`, `NAME=FILE` or `FILE`. */
async function readOne(word: string): Promise<Capture> {
  const [, side, named] = /^([a-z][a-z0-9-]*)=(.+)$/s.exec(word) ?? [];
  const file = named ?? word;
  const trace = new Trace();
  const { cutShort } = await readCapture(file, PACKET_FIELDS, (row) => {
    addRow(trace, row);
  });
  return { file, side, trace, cutShort };
}

/** A connection that is idle, or dies for good, has no packet for so long after the cut. */
const AFTER_SECONDS = 10;

function outageOf(
  captures: readonly Capture[],
  { outage, heal }: MeasureOptions,
): Outage | undefined {
  if (outage === undefined) return undefined;
  const first = Math.min(...captures.map(({ trace }) => trace.first ?? Infinity));
  const last = Math.max(...captures.map(({ trace }) => trace.last ?? -Infinity));
  const at = moment('--outage', outage, first);
  if (first < last && (at < first || at > last + AFTER_SECONDS)) {
    const seconds = Number(outage);
    const meant = seconds >= 0 && seconds <= last - first ? `+${outage}` : '+6.0';
    const where =
      at < first ? `${(first - at).toFixed(3)} s before` : `${(at - last).toFixed(3)} s after`;
    throw new BadInput(
      `--outage ${outage} is ${where} the captures, which are from ${isoText(first)} to ` +
        `${isoText(last)}, ${offsetText(last, first)}`,
      `Write ${meant} for so many seconds after the first packet.`,
    );
  }
  const end = heal === undefined ? undefined : moment('--heal', heal, first);
  if (end !== undefined && end <= at) {
    throw new BadInput(
      `--heal ${heal ?? ''} is not after --outage ${outage}: ${offsetText(end, first)} and ${offsetText(at, first)}`,
      'Give the time at which the line was back.',
    );
  }
  return { at, heal: end };
}

/** Such as `--outage` takes it. */
function isoText(time: Time): string {
  return new Date(time * 1000).toISOString();
}

function moment(option: string, text: string, first: number): number {
  const time = parseMoment(text, first);
  if (time !== undefined) return time;
  throw new BadInput(
    `${option} ${text}: not a time`,
    'Write seconds since the epoch, 2026-01-31T12:00:00.5Z, or +5.2 after the first packet.',
  );
}

/** What the files and words do not give is the user's to mend. */
const BAD_INPUT = new Set(['NO_CAPTURE', 'NO_FLOW', 'SIDES_UNKNOWN', 'SIDES_TWICE']);

function badInput(error: unknown): unknown {
  return error instanceof WamptcpError && BAD_INPUT.has(error.code)
    ? new BadInput(error.message, error.advice)
    : error;
}
