/**
 * What own experiment e shows of a line that loses packets. Pure.
 *
 * Always holds: a remark compares what was measured at the same loss; a loss of which something is missing
 * is left out of it.
 */

export interface LossyFigures {
  readonly mbps: number;
  /** Milliseconds within which 99 % of the messages came. */
  readonly late: number;
  readonly alarms: number;
}

/** NaN: not measured. */
export interface AtLoss {
  /** Percent of the packets. */
  readonly loss: number;
  readonly tcp: LossyFigures;
  readonly handoff: LossyFigures;
  readonly proxy: LossyFigures;
  readonly wamptcp: LossyFigures;
  readonly profile: LossyFigures;
  readonly drained: LossyFigures;
}

/** @param runs of which the figures are, in words */
export function lossRemarks(all: readonly AtLoss[], runs: string): readonly string[] {
  return [
    'BFD needs three missing packets in a row, so a line that loses some stays in use. `wamptcp wan drain` is the ' +
      'operator’s act.',
    ...drained(measured(all, ['profile', 'drained']), runs),
    ...timers(measured(all, ['proxy', 'wamptcp', 'profile']), runs),
    ...chance(measured(all, ['tcp', 'handoff']), runs),
  ];
}

function measured(
  all: readonly AtLoss[],
  names: readonly Exclude<keyof AtLoss, 'loss'>[],
): readonly AtLoss[] {
  return all.filter((one) => names.every((name) => !Number.isNaN(one[name].mbps + one[name].late)));
}

/** What an operator wants to know. */
function drained(all: readonly AtLoss[], runs: string): readonly string[] {
  if (all.length === 0) return [];
  const each = all.map(({ loss, profile, drained: without }) => {
    const percent = 100 * (without.mbps / profile.mbps - 1);
    const sign = percent < 0 ? '−' : '+';
    return (
      `at ${loss} % of loss ${sign}${Math.abs(percent).toFixed(0)} % of the download, and ${without.late.toFixed(1)} for ` +
      `${profile.late.toFixed(1)} ms for 99 % of the messages`
    );
  });
  const slower = all.every(({ profile, drained: without }) => without.mbps < profile.mbps);
  const sooner = all.every(({ profile, drained: without }) => without.late < profile.late);
  return [
    `What draining the first line changes, with the host profile (${runs}): ${each.join('; ')}.` +
      (slower ? ' The download was never faster without the line.' : '') +
      (sooner ? ' The late messages always came sooner.' : ''),
  ];
}

function timers(all: readonly AtLoss[], runs: string): readonly string[] {
  if (all.length === 0) return [];
  const each = all.map(
    ({ loss, proxy, wamptcp, profile }) =>
      `at ${loss} % of loss WaMPTCP ${wamptcp.late.toFixed(0)} ms, MPTCP Proxy ${proxy.late.toFixed(0)} ms, with the host ` +
      `profile ${profile.late.toFixed(0)} ms`,
  );
  const quiet = all.every(({ profile }) => profile.alarms === 0);
  return [
    `How late 99 % of the messages came at most (${runs}): ${each.join('; ')}.` +
      (quiet
        ? ' BFD called no path down, so Fast Recovery did nothing: what is left between WaMPTCP and the profile are its timers, and chance.'
        : ''),
  ];
}

/** Two that do the same show how much is chance. */
function chance(all: readonly AtLoss[], runs: string): readonly string[] {
  const quiet = all.filter(({ handoff }) => handoff.alarms === 0);
  if (quiet.length === 0) return [];
  const each = quiet.map(
    ({ loss, tcp, handoff }) =>
      `at ${loss} % of loss ${tcp.mbps.toFixed(1)} and ${handoff.mbps.toFixed(1)} Mb/s, ${tcp.late.toFixed(1)} and ` +
      `${handoff.late.toFixed(1)} ms`,
  );
  return [
    'Plain TCP and Tunnel Handoff use the same line in the same way as long as BFD calls no path down. So their difference is ' +
      `chance, and shows how much of the others’ can be (${runs}): ${each.join('; ')}.`,
  ];
}
