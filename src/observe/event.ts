/**
 * What happened, as data: the same record goes to the log, the journal file, the API and people.
 *
 * Always holds: `at` is wall clock; figures are milliseconds.
 */

export type EventKind =
  | 'daemon-started'
  | 'daemon-stopped'
  | 'applied'
  | 'apply-failed'
  | 'healed'
  | 'path-up'
  | 'path-down'
  | 'path-held'
  | 'path-released'
  | 'path-mtu'
  | 'path-diagnosis'
  | 'repair'
  | 'revert'
  | 'no-path'
  | 'drained'
  | 'restored'
  | 'contradiction'
  | 'program-hung'
  | 'engine-restarted'
  | 'dhcp-restarted'
  | 'proxy-restarted'
  | 'twin-down'
  | 'twin-up'
  | 'pool-exhausted'
  | 'host-restrained'
  | 'waiting'
  | 'warning'
  | 'warning-over';

export interface Event {
  readonly at: number;
  readonly kind: EventKind;
  readonly text: string;
  readonly wan?: string;
  readonly path?: string;
  /** From the engine's verdict to the kernel's change. */
  readonly switchMs?: number;
  /** How long the state lasted that ends with this event. */
  readonly afterMs?: number;
}

/** How much a person has to do with it: nothing, look at it, or act. */
export type EventLevel = 'info' | 'warn' | 'error';

const ERRORS: ReadonlySet<EventKind> = new Set(['apply-failed', 'pool-exhausted']);
const WARNINGS: ReadonlySet<EventKind> = new Set([
  ...(['path-down', 'path-diagnosis', 'path-held', 'no-path', 'repair', 'waiting'] as const),
  ...(['engine-restarted', 'dhcp-restarted', 'proxy-restarted'] as const),
  ...(['twin-down', 'host-restrained', 'warning'] as const),
]);

export function levelOf(kind: EventKind): EventLevel {
  if (ERRORS.has(kind)) return 'error';
  return WARNINGS.has(kind) ? 'warn' : 'info';
}

/** One line for a person: `19:32:11.512  repair  fibre: traffic now by lte (0.4 ms)`. */
export function formatEvent(event: Event): string {
  const time = new Date(event.at);
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  const fraction = String(time.getMilliseconds()).padStart(3, '0');
  const figure = event.switchMs === undefined ? '' : `  (${event.switchMs.toFixed(1)} ms)`;
  return `${clock}.${fraction}  ${event.kind.padEnd(16)}${event.text}${figure}`;
}
