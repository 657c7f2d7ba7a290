/**
 * WamptcpError: what is thrown here.
 *
 * Always: `code` is stable and meant for programs (SCREAMING_SNAKE_CASE, never reworded), `message`
 * says what went wrong, `advice` says what the reader can do next, and `cause` is the error beneath,
 * if there was one. Problems in a file of the user's are returned, not thrown.
 */
export interface WamptcpErrorDetails {
  /** What to do next, as a sentence to a person: "Run it as root." */
  readonly advice: string;
  readonly cause?: unknown;
  /** What a program said that failed, without how it was called. */
  readonly words?: string;
}

/** The code of what a command was given and cannot work with. */
export const BAD_INPUT = 'BAD_INPUT';

export class WamptcpError extends Error {
  override readonly name = 'WamptcpError';
  readonly code: string;
  readonly advice: string;
  readonly words: string | undefined;

  constructor(code: string, message: string, details: WamptcpErrorDetails) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.advice = details.advice;
    this.words = details.words;
  }
}

/** For events, which are one line: without a command of many words. */
export function brieflyOf(error: unknown): string {
  return error instanceof WamptcpError && error.words !== undefined
    ? error.words.replaceAll(/\s*\n\s*/g, '; ')
    : messageOf(error);
}

/** What a caught value says, whatever it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
