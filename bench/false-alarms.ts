/** Ten minutes of saturated lines at BFD 20 ms × 3: how often a path is called down that is not. */
import { saturate } from '../src/evaluate/instruments/false-alarms.ts';
import { linesOf } from '../src/lab/testbed/two-sites.ts';
import { startServer } from '../src/lab/traffic/traffic-server.ts';
import type { Benchmark } from './row.ts';
import { withLab } from './with-lab.ts';

const FULL_SECONDS = 600;
const BFD = 20;

export const falseAlarms: Benchmark = {
  name: 'false-alarms',
  about: `paths called down on saturated, healthy lines, BFD ${BFD} ms × 3`,
  run: async (context) => {
    const seconds = Math.max(30, Math.round(FULL_SECONDS * context.scale));
    const result = await withLab(
      { lines: linesOf([100, 100], 2), family: 'ipv4', interval: BFD },
      async (lab, written) => {
        const server = await startServer({ namespace: lab.namespace('server'), protocol: 'mptcp' });
        try {
          const host = written.server;
          return await saturate(lab, {
            ...{ server, host, seconds, bfd: BFD },
            say: (text) => {
              context.progress(text);
            },
          });
        } finally {
          await server.stop();
        }
      },
    );
    return [
      {
        what: `false alarms in ${seconds} s, both directions full`,
        unit: '',
        values: [result.alarms],
        raw: result,
        target: { text: '0', met: (value) => value === 0 },
      },
      { what: 'alarms while the machine stood still', unit: '', values: [result.excused] },
      {
        what: 'times that the machine stood still for 15 ms or more',
        unit: '',
        values: [result.stalls],
      },
    ];
  },
};
