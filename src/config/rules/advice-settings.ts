/** Timers and limits that are allowed, but that a careful engineer would want to know of: warnings. */
import { formatDuration } from '../../net/duration.ts';
import type { Draft, Setting } from '../draft.ts';
import type { Reporter } from '../source.ts';

/** Medians of our own measurements; see docs on detection. */
const SAFE_INTERVAL = 20;
const SLOW_DETECTION = 1000;
const MIN_RECEIVE_BUFFER = 32 * 1024 ** 2;
const MIN_RTO = 10;
const KERNEL_RTO = 200;

export function adviseSettings(draft: Draft, report: Reporter): void {
  adviseDetection(draft, report);
  adviseRecovery(draft, report);
  adviseHost(draft, report);
}

function given<T>(setting: Setting<T> | undefined): setting is Setting<T> {
  return setting?.given === true;
}

function adviseDetection({ interval, multiplier }: Draft, report: Reporter): void {
  if (given(interval) && interval.value < SAFE_INTERVAL) {
    report.warn(
      interval.span,
      `at ${formatDuration(interval.value)}, two busy cores are enough for false alarms`,
      '20ms is as good as safe and repairs in about 55 ms',
    );
  }
  if (given(multiplier) && multiplier.value < 3) {
    report.warn(
      multiplier.span,
      'with a multiplier of 2, two lost packets in a row move traffic away from a good WAN',
      'use 3, and a shorter interval if repairs must be quicker',
    );
  }
  if (interval === undefined || multiplier === undefined) return;
  const time = interval.value * multiplier.value;
  if (time > SLOW_DETECTION) {
    report.warn(
      (interval.given ? interval : multiplier).span,
      `a dead WAN is noticed only after about ${formatDuration(time)}`,
      'people notice half a second; 50ms × 3 is the default',
    );
  }
}

function adviseRecovery(draft: Draft, report: Reporter): void {
  const { holdDown, interval, multiplier, damping, fast } = draft;
  if (given(holdDown) && holdDown.value > 0 && interval !== undefined && multiplier !== undefined) {
    const time = interval.value * multiplier.value;
    if (holdDown.value < time) {
      report.warn(
        holdDown.span,
        `a hold-down of ${formatDuration(holdDown.value)} ends before a path that fails again is noticed (${formatDuration(time)})`,
        'use 0s, or several seconds',
      );
    }
  }
  if (fast?.value === false) {
    for (const wan of draft.wans.items) {
      const first = wan.detours.items[0];
      if (first === undefined) continue;
      report.warn(
        first.span,
        'detours are not used while `recovery.fast` is off',
        'remove them, or turn `fast` on',
      );
    }
  }
  if (given(damping.enabled) && !damping.enabled.value) return;
  if (
    given(damping.window) &&
    interval !== undefined &&
    multiplier !== undefined &&
    damping.flaps !== undefined
  ) {
    const least = interval.value * multiplier.value * damping.flaps.value;
    if (damping.window.value < least) {
      report.warn(
        damping.window.span,
        `${damping.flaps.value} failures cannot be noticed within ${formatDuration(damping.window.value)}: each takes ${formatDuration(interval.value * multiplier.value)}`,
        `use more than ${formatDuration(least)}; 60s is the default`,
      );
    }
  }
}

function adviseHost({ host }: Draft, report: Reporter): void {
  const { rtoMin, receiveBuffer } = host;
  if (given(rtoMin) && rtoMin.value < MIN_RTO) {
    report.warn(
      rtoMin.span,
      `${formatDuration(rtoMin.value)} is so short that retransmissions back off before the repair is done`,
      'use 10ms: it gave the shortest gaps when a line with BFD at 10ms was cut',
    );
  }
  if (given(rtoMin) && rtoMin.value > KERNEL_RTO) {
    report.warn(
      rtoMin.span,
      `${formatDuration(rtoMin.value)} is longer than the kernel's own 200ms`,
      'use 10ms, or leave the key out',
    );
  }
  if (given(receiveBuffer) && receiveBuffer.value < MIN_RECEIVE_BUFFER) {
    report.warn(
      receiveBuffer.span,
      'MPTCP receivers can stall for seconds with less than 32MiB',
      'use 64MiB; it is a limit, not what each connection takes',
    );
  }
}
