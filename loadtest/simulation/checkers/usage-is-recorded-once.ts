// Every request whose edge lived has one final row in the ledger, and the row bills what the client was given: not a
// token more, not one less; of a client that hung up, what it could still have. A final row never changes.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { ClientHistory } from "#loadtest/simulation/client-history.ts";
import type { LedgerRow } from "#loadtest/simulation/ledger-device.ts";

export const usageIsRecordedOnce: Checker = {
  name: "usage-is-recorded-once",
  watch: (report) => ({
    judge({ histories, ledger }) {
      for (const history of histories.values()) {
        const { tenant, requestId } = history.request;
        judgeOne(report, history, ledger.get(`${tenant}/${requestId}`));
      }
      if (ledger.size > histories.size) report(`${ledger.size - histories.size} rows of nobody`);
    },
  }),
};

function judgeOne(report: Report, history: ClientHistory, row: LedgerRow | undefined): void {
  const { requestId } = history.request;
  // What its first client left, and the second read to its end: one bill, two words for it.
  const outcomes = history.comesBack === "does" ? 0 : (row?.otherOutcomes ?? 0);
  if (row !== undefined && row.contradictions + outcomes > 0) {
    report(`${requestId}: a final row was contradicted`);
  }
  if (history.isBillLost) return;
  if (row === undefined) return report(`${requestId}: no row`);
  const { record, isFinal } = row.entry;
  if (!isFinal) return report(`${requestId}: no final row`);
  const { least, most } = billable(history);
  if (record.outputTokens < least || record.outputTokens > most) {
    report(`${requestId}: ${record.outputTokens} tokens billed, ${least} to ${most} given`);
  }
}

/** Output tokens generated when nobody reads any more, at most: they can be had by coming back for them. */
const unreadMax = 256;

function billable({ end, mostTokens }: ClientHistory): { least: number; most: number } {
  if (end?.kind === "completed") return { least: end.outputTokens, most: end.outputTokens };
  return { least: mostTokens, most: mostTokens + (end === undefined ? unreadMax : 0) };
}
