/**
 * Logger: one JSON object per line on stderr, for the journal and for machines. What a person reads
 * is printed by the commands, on stdout, and does not go through here.
 *
 * Always: stdout stays clean; a line is written before the call returns, so a crash loses none; the
 * value of a field called token, secret or password never appears, down to the fourth level.
 */
import { pino, stdSerializers } from 'pino';
import type { DestinationStream, Level, Logger as PinoLogger } from 'pino';

import { WamptcpError } from './errors.ts';

export type Logger = PinoLogger;

const SECRET_FIELDS = ['token', 'secret', 'password'];
// pino's wildcard stands for exactly one level, so each level is a path of its own.
const LEVELS = ['', '*.', '*.*.', '*.*.*.'];

export interface LoggerOptions {
  readonly level?: Level | 'silent';
  /** Where lines go instead of stderr; tests read them back. */
  readonly destination?: DestinationStream;
}

export function createLogger(options: LoggerOptions = {}): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorFields },
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: LEVELS.flatMap((level) => SECRET_FIELDS.map((field) => level + field)),
        censor: '[redacted]',
      },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
  );
}

/** Of what we throw ourselves all is said; where an error that nobody expected comes from, is not. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof WamptcpError)) {
    return error instanceof Error ? stdSerializers.err(error) : error;
  }
  const { code, message, advice } = error;
  return { code, message, advice };
}
