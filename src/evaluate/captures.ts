/** Captures of a testbed, read and analysed. */
import type { CaptureFiles } from '../lab/testbed/capture.ts';
import { addRow, analyse } from '../measure/analyse.ts';
import type { AnalyseOptions, Capture } from '../measure/analyse.ts';
import type { Analysis } from '../measure/figures.ts';
import { PACKET_FIELDS } from '../measure/packet.ts';
import { Trace } from '../measure/trace.ts';
import { readCapture } from '../system/tshark.ts';

/**
 * Of the connection that carried most, unless a flow is named; one end is enough for some figures.
 * @throws as {@link readCapture} and {@link analyse}
 */
export async function analyseCaptures(
  { sender, receiver }: Partial<CaptureFiles>,
  options: AnalyseOptions,
): Promise<Analysis> {
  const captures = await Promise.all([
    ...(sender === undefined ? [] : [readOne('sender', sender)]),
    ...(receiver === undefined ? [] : [readOne('receiver', receiver)]),
  ]);
  return analyse(captures, options);
}

async function readOne(side: string, file: string): Promise<Capture> {
  const trace = new Trace();
  const { cutShort } = await readCapture(file, PACKET_FIELDS, (row) => {
    addRow(trace, row);
  });
  return { file, side, trace, cutShort };
}
