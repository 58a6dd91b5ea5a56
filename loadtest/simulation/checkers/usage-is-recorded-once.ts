// Every request whose edge lived has one final row in the ledger, and the row bills what the client was given: not a
// token more, not one less; of a client that hung up, what it could still have. A final row never changes.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { ClientHistory } from "#loadtest/simulation/client-history.ts";
import type { Completed } from "#shared/messages/to-client.ts";
import { struckBy } from "#loadtest/simulation/fault-plan.ts";
import type { LedgerRow } from "#loadtest/simulation/ledger-device.ts";

export const usageIsRecordedOnce: Checker = {
  name: "usage-is-recorded-once",
  watch: (report) => ({
    judge({ histories, ledger, plan }) {
      const hasForgotten = [...struckBy(plan, ["kill"])].some((name) => name.startsWith("edge"));
      for (const history of histories.values()) {
        const { tenant, requestId } = history.request;
        const row = ledger.get(`${tenant}/${requestId}`);
        // An edge that died knows no more what was cut off there; a new owner lets it run again, in an account that is closed.
        if (hasForgotten && isClosedEarly(history, row)) continue;
        judgeOne(report, history, row);
      }
      if (ledger.size > histories.size) report(`${ledger.size - histories.size} rows of nobody`);
    },
  }),
};

function judgeOne(report: Report, history: ClientHistory, row: LedgerRow | undefined): void {
  const { requestId } = history.request;
  if (row !== undefined && isContradicted(history, row)) {
    report(`${requestId}: a final row was contradicted`);
  }
  if (history.isBillLost) return;
  if (row === undefined) {
    if (!isAccountless(history)) report(`${requestId}: no row`);
    return;
  }
  const { record, isFinal } = row.entry;
  if (!isFinal && (isLeftOpen(history) || isAccountless(history))) return;
  if (!isFinal) return report(`${requestId}: no final row`);
  const { least, most } = billable(history);
  if (record.outputTokens < least || record.outputTokens > most) {
    report(`${requestId}: ${record.outputTokens} tokens billed, ${least} to ${most} given`);
  }
}

const isClosedEarly = (history: ClientHistory, row: LedgerRow | undefined): boolean =>
  history.request.named !== undefined &&
  wholeOf(history) !== undefined &&
  row?.entry.isFinal === true &&
  !["stop", "length"].includes(row.entry.record.outcome);

/** What its first client left, and the second read to its end: one bill, two words for it. */
function isContradicted({ comesBack, echoes }: ClientHistory, row: LedgerRow): boolean {
  const isShared = comesBack === "does" || echoes.length > 0;
  return row.contradictions + (isShared ? 0 : row.otherOutcomes) > 0;
}

/** Refused under a name, or ended before it had a place: the name has no account yet, or an empty one. */
const isAccountless = ({ request, mostTokens }: ClientHistory): boolean =>
  request.named !== undefined && mostTokens === 0;

/** Whoever had it run again under its name left before its end. */
const isLeftOpen = (history: ClientHistory): boolean =>
  history.request.named !== undefined &&
  (history.comesBack === "does" || history.echoes.length > 0) &&
  wholeOf(history) === undefined;

const wholeOf = ({ end, echoes }: ClientHistory): Completed | undefined =>
  [end, ...echoes.map((echo) => echo.end)].find((each) => each?.kind === "completed");

/** Output tokens generated when nobody reads any more, at most: they can be had by coming back for them. */
const unreadMax = 256;

function billable(history: ClientHistory): { least: number; most: number } {
  const { end, mostTokens } = history;
  const whole = wholeOf(history);
  if (whole !== undefined) return { least: whole.outputTokens, most: whole.outputTokens };
  // Of one that asked again: what its first edge sent to nobody.
  const isUnread = end === undefined || isLeftOpen(history);
  return { least: mostTokens, most: mostTokens + (isUnread ? unreadMax : 0) };
}
