// Every request whose edge lived has one final row in the ledger, and the row bills what the client was given: not a
// token more, not one less. A final row never changes.

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
  if (row !== undefined && row.contradictions > 0) {
    report(`${requestId}: a final row was contradicted`);
  }
  if (history.isBillLost) return;
  if (row === undefined) return report(`${requestId}: no row`);
  const { record, isFinal } = row.entry;
  if (!isFinal) return report(`${requestId}: no final row`);
  const given = givenTokens(history);
  if (record.outputTokens !== given) {
    report(`${requestId}: ${record.outputTokens} tokens billed, ${given} given`);
  }
}

const givenTokens = ({ end, outputTokens }: ClientHistory): number =>
  end?.kind === "completed" ? end.outputTokens : outputTokens;
