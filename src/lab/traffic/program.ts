/**
 * What the programs have in common: an error ends them with a report and exit code 1, bad
 * arguments with 2; SIGTERM and SIGINT ask them to finish early, with the figures so far; and when
 * whoever reads the reports is gone, so are they.
 */

import { messageOf } from '../../lib/errors.ts';
import { print } from './report.ts';

export class UsageError extends Error {}

export function runProgram(main: (stop: AbortSignal) => Promise<void>): void {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  process.stdout.on('error', () => process.exit(1));
  // A pipe that is full takes no more: whoever reads it slowly would never see the last reports.
  const end = (code: number): void => {
    process.stdout.write('', () => process.exit(code));
  };
  const fail = (error: unknown): void => {
    print({ event: 'error', message: messageOf(error), ...codeOf(error) });
    end(error instanceof UsageError ? 2 : 1);
  };
  process.on('uncaughtException', fail);
  main(stop.signal).then(() => end(0), fail);
}

function codeOf(error: unknown): { readonly code?: string } {
  if (!(error instanceof Error) || !('code' in error)) return {};
  return typeof error.code === 'string' ? { code: error.code } : {};
}

/** A number from the command line; undefined if the option is absent. */
export function numberOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new UsageError(`--${name}: not a number: ${text}`);
  }
  return value;
}

/** `ADDRESS:PORT`, with the address in brackets if it is IPv6. */
export function parseTarget(text: string | undefined): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text ?? '');
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) {
    throw new UsageError(`expected ADDRESS:PORT or [ADDRESS]:PORT, got ${text ?? 'nothing'}`);
  }
  return { host, port: Number(match?.[3]) };
}
