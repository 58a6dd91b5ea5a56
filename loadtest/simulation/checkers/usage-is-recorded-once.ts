// Every request has one final row in the ledger, and the row bills what the client was given: not a token more, not one less;
// of a client that was cut, at most one unacknowledged window more, which it could still have. A final row never changes.
// Of a request whose edge died the worker is the second witness; only if that one is lost too, less may be billed, or nothing.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { ClientHistory } from "#loadtest/simulation/client-history.ts";
import type { LedgerRow } from "#loadtest/simulation/ledger-device.ts";
import { edgeNames } from "#loadtest/simulation/seed-fleet.ts";
import { Witnesses } from "#loadtest/simulation/witnesses.ts";
import { witnessesLost } from "#shared/model/abandoned-account.ts";

export const usageIsRecordedOnce: Checker = {
  name: "usage-is-recorded-once",
  watch: (report, worldMs) => {
    const witnesses = new Witnesses(worldMs);
    return {
      observer: { noted: (_process, record) => witnesses.noted(record) },
      judge({ histories, ledger }) {
        for (const history of histories.values()) {
          const { tenant, requestId } = history.request;
          const row = ledger.get(`${tenant}/${requestId}`);
          judgeOne(report, history, {
            row,
            hasWitness: witnesses.has(requestId, history.billLostAtMs),
          });
        }
        if (ledger.size > histories.size) report(`${ledger.size - histories.size} rows of nobody`);
      },
    };
  },
};

interface Told {
  readonly row: LedgerRow | undefined;
  /** A worker that lives knows how it ended. */
  readonly hasWitness: boolean;
}

function judgeOne(report: Report, history: ClientHistory, { row, hasWitness }: Told): void {
  const { requestId } = history.request;
  // Two sessions may each have an account of it, if the word that one has left it to the other is lost. The first stands.
  const isReadOnce = history.comesBack !== "does";
  if (row !== undefined && isReadOnce && row.contradictions + row.otherOutcomes > 0) {
    report(`${requestId}: a final row was contradicted`);
  }
  const mayBeLost = history.isBillLost && !hasWitness;
  if (row === undefined) {
    if (!mayBeLost) report(`${requestId}: no row`);
    return;
  }
  const fault = faultOf(history, row, mayBeLost);
  if (fault !== undefined) report(`${requestId}: ${fault}`);
}

function faultOf(
  history: ClientHistory,
  { entry: { record, isFinal }, settledBy = "nobody" }: LedgerRow,
  mayBeLost: boolean,
): string | undefined {
  const { outcome, outputTokens } = record;
  if (!isFinal) return "no final row";
  if (outcome === witnessesLost && !mayBeLost) return "nobody billed it";
  const { least, most } = billable(history, edgeNames.includes(settledBy));
  const isEnough = outputTokens >= least || outcome === witnessesLost;
  if (isEnough && outputTokens <= most) return undefined;
  const billed = `${outputTokens} tokens billed (${outcome} by ${settledBy})`;
  return `${billed}, ${least} to ${most} given`;
}

/** Output tokens generated when nobody reads any more, at most: they can be had by coming back for them. */
const unreadMax = 256;

function billable(
  history: ClientHistory,
  isBilledByEdge: boolean,
): { readonly least: number; readonly most: number } {
  const { end, mostTokens, request } = history;
  if (end?.kind === "completed") return { least: end.outputTokens, most: end.outputTokens };
  // Its edge did not notice that its line broke: what that one wrote to the dead line counts as given.
  if (request.comingBack?.unnoticedAfter !== undefined && history.isBroken) {
    return { least: mostTokens, most: request.outputTokensMax };
  }
  return {
    least: mostTokens,
    most: mostTokens + (end === undefined || !isBilledByEdge ? unreadMax : 0),
  };
}
