/**
 * Result: the answer of a function whose failure is ordinary and expected, such as reading a file
 * a person wrote.
 *
 * Always: exactly one of `value` and `error` is there, and `ok` tells which. Nothing is thrown for
 * what a Result reports; what is thrown instead is a {@link file://./errors.ts | WamptcpError}.
 */
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Err<E> {
  readonly ok: false;
  readonly error: E;
}

export type Result<T, E> = Ok<T> | Err<E>;

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function err<E>(error: E): Err<E> {
  return { ok: false, error };
}
