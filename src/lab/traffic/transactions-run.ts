/**
 * Transactions between two namespaces, from the caller's side: starts the client and fulfils `result`
 * with its figures.
 */

import type { Report, TransactionsInterval, TransactionsSummary } from './report.ts';
import { trafficError } from './traffic-error.ts';
import { startTransfer, transferRun } from './transfer-run.ts';
import type { Transfer, TransferOptions, TransferRun } from './transfer-run.ts';

export type TransactionsOptions = Omit<TransferOptions, 'direction'> & {
  /** Default 10. */
  readonly seconds?: number;
  /** Bytes of a request and of its answer, default 1. */
  readonly request?: number;
  readonly response?: number;
};

export type TransactionsRun = TransferRun<TransactionsInterval, TransactionsSummary>;

export function runTransactions(options: TransactionsOptions): TransactionsRun {
  const { seconds, request, response } = options;
  const transfer = startTransfer(
    'transactions',
    options,
    { seconds, request, response },
    (reports) => reports.some(isSummary),
  );
  return transferRun(transfer, isInterval, resultOf(transfer));
}

async function resultOf(transfer: Transfer): Promise<TransactionsSummary> {
  const summary = await transfer.reports.find(isSummary);
  if (summary !== undefined) return summary;
  throw trafficError('transactions', await transfer.exited, transfer.reports.items);
}

function isInterval(report: Report): report is TransactionsInterval {
  return report.event === 'interval' && report.kind === 'transactions';
}

function isSummary(report: Report): report is TransactionsSummary {
  return report.event === 'summary' && report.kind === 'transactions';
}
