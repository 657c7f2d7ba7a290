/** Figures 11 to 16: the metrics of Table II against BFD timer, outage, round trip and competition. */
import type { Experiment } from '../experiment.ts';
import { PAPER_SAYS } from '../paper/outages.ts';
import { FAR_LENGTHS, FAR_WORDS, STEPS } from './outage-cells.ts';
import { NOTHING_TO_RECOVER } from './outage-remarks.ts';
import { sweepExperiment } from './sweep.ts';

const COMPARED = [
  'handoff',
  'tunnel',
  'proxy',
  'wamptcp',
  'wamptcp-fr',
  'wamptcp-fr-profile',
] as const;

const HANDOFF_RECOVERS = `T-throughput-recovery of Tunnel Handoff: ${NOTHING_TO_RECOVER}`;

export const figures11to13: Experiment = sweepExperiment({
  name: 'figure-11',
  aliases: ['figure-12', 'figure-13'],
  title: 'Figures 11–13: the metrics against the BFD timer',
  about: 'T-throughput and T-latency at BFD intervals of 10 ms to 1 s',
  paper: PAPER_SAYS.timers,
  mechanisms: COMPARED,
  x: { name: 'BFD interval, ms', log: true },
  values: { quick: [20, 100], full: [10, 20, 50, 100, 300, 1000] },
  question: (mechanism, bfd) => ({ mechanism, bfd }),
  metrics: ['throughputFailure', 'latencyFailure', 'throughputRecovery'],
  expected: (mechanism, metric) => {
    if (mechanism === 'handoff') return 'grows';
    return metric === 'throughputRecovery' ? 'grows' : 'stays about the same';
  },
  remarks: [`Failures of Tunnel Handoff: ${STEPS}`, HANDOFF_RECOVERS],
});

export const figure14: Experiment = sweepExperiment({
  name: 'figure-14',
  title: 'Figure 14: recovery against the length of the outage',
  about: 'T-throughput-recovery after outages of 2 to 20 s',
  paper: PAPER_SAYS.outageLength,
  mechanisms: ['proxy', 'wamptcp', 'wamptcp-fr', 'wamptcp-fr-profile'],
  x: { name: 'outage, s' },
  values: { quick: [2, 4], full: [2, 5, 10, 20] },
  question: (mechanism, outage) => ({
    mechanism,
    outage,
    // Backoff doubles: without Fast Recovery it may take as long again as the outage was.
    ...(outage > 10 ? { after: outage + 10 } : {}),
  }),
  metrics: ['throughputRecovery'],
  expected: (mechanism) => (mechanism === 'wamptcp-fr' ? 'stays about the same' : 'grows'),
  remarks: ['After an outage of more than 10 s, 10 s more than it lasted are watched.'],
});

export const figure15: Experiment = sweepExperiment({
  name: 'figure-15',
  title: 'Figure 15: the metrics against the round trip',
  about: 'T-throughput and T-latency at RTT 1 to 100 ms',
  paper: PAPER_SAYS.rtt,
  mechanisms: ['handoff', 'wamptcp', 'wamptcp-fr', 'wamptcp-fr-profile'],
  x: { name: 'added round trip, ms' },
  values: { quick: [1, 50], full: [1, 20, 50, 100] },
  question: (mechanism, rtt) => ({
    mechanism,
    rtt,
    // Slow start and the growth after it must be over at the cut, and again at the end.
    ...(rtt > 50 ? FAR_LENGTHS : {}),
  }),
  metrics: ['throughputFailure', 'latencyFailure', 'throughputRecovery'],
  goals: true,
  expected: (_, metric) => (metric === 'throughputRecovery' ? 'grows' : undefined),
  remarks: [
    `Above 50 ms ${FAR_WORDS}: that row has other lengths than those before it.`,
    HANDOFF_RECOVERS,
  ],
});

export const figure16: Experiment = sweepExperiment({
  name: 'figure-16',
  title: 'Figure 16: the metrics against competing TCP flows',
  about: 'T-throughput and T-latency beside 0 to 8 plain TCP downloads',
  paper: PAPER_SAYS.competing,
  mechanisms: ['handoff', 'wamptcp', 'wamptcp-fr', 'wamptcp-fr-profile'],
  x: { name: 'competing flows' },
  values: { quick: [0, 4], full: [0, 2, 8] },
  question: (mechanism, competing) => ({ mechanism, competing }),
  metrics: ['throughputFailure', 'latencyFailure', 'throughputRecovery'],
  goals: true,
  expected: (_, metric) => (metric === 'latencyFailure' ? 'grows' : 'stays about the same'),
  remarks: [
    'The competing flows are plain TCP, from the client’s first address, so all over the line that is cut. With Tunnel ' +
      'Handoff and Fast Recovery they move to the other line, too, and share it; without, they stand still, and the ' +
      'connection has the other line for itself.',
    'Beside rivals nobody knows its fair share. So T-throughput-failure is measured against what it has in the last 2 s of the ' +
      'outage; where that is more than it had before the cut, T-throughput-recovery is 0 by definition.',
    'What it has before the cut beside rivals differs much from run to run, and recovery is measured against it: single ' +
      'recovery times say little here.',
  ],
});
