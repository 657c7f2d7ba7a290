/**
 * The error of a load that did not come to its end: says why in the program's own last words. Its code is
 * TRAFFIC_NO_CONNECTION when nobody answered any more, or else TRAFFIC_FAILED.
 */

import { WamptcpError } from '../../lib/errors.ts';
import type { Exit } from './launch.ts';
import type { Report } from './report.ts';

export function trafficError(what: string, exit: Exit, reports: readonly Report[]): WamptcpError {
  const said = reports.findLast((report) => report.event === 'error');
  const code = said?.code === 'ETIMEDOUT' ? 'TRAFFIC_NO_CONNECTION' : 'TRAFFIC_FAILED';
  const why =
    said?.message ?? (exit.stderr.trim() || `exit code ${exit.code ?? exit.signal ?? 'unknown'}`);
  return new WamptcpError(code, `${what}: ${why}`, {
    advice:
      'Check that the namespaces reach each other and that mptcpize and iperf3 are installed.',
  });
}
